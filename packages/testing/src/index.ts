/** A Doorbell for the tests of an application that uses one. */

export type { Event, PublishAnswer } from '../../../lib/protocol/doorbell.ts';
export { type ConnectOptions, connect } from './connect.ts';
export type {
  Grants,
  LocalDoorbell,
  Patience,
  PublishedAs,
  Read,
  ServerOptions,
  TestChannel,
  TestClock,
  TestDoorbell,
  TestQueue,
} from './doorbell.ts';
export type { Faults, Ordered, Which } from './gateway/faults.ts';
export { startMemory } from './memory/start-memory.ts';
export { startLocal } from './start-local.ts';
