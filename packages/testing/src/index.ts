/** A Doorbell for the tests of an application that uses one. */

export type { Event, PublishAnswer } from '../../../lib/protocol/doorbell.ts';
export { DoorbellError, type ErrorCode } from '../../client/src/index.ts';
export { type ConnectOptions, connect } from './connect.ts';
export type {
  Grants,
  Patience,
  PublishedAs,
  Read,
  TestChannel,
  TestClock,
  TestDoorbell,
} from './doorbell.ts';
export type { Faults, Ordered, Which } from './gateway/faults.ts';
export type { LocalDoorbell, LocalOptions, TestQueue } from './local/start-local.ts';
export { type MemoryOptions, startMemory } from './memory/start-memory.ts';
export { startLocal } from './start-local.ts';
