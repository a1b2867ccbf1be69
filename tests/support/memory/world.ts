/**
 * Doorbell in memory: one world (what AWS would keep) and any number of processes on it, put together as `lib/compose/base.ts` does.
 * Time is the world's fake clock.
 */

import { TRUSTED } from '../../../lib/auth/caller.ts';
import type { Cursors } from '../../../lib/cursors/ports.ts';
import { WriteBehindCursors } from '../../../lib/cursors/write-behind.ts';
import { Appender } from '../../../lib/log/append/appender.ts';
import { eventsAfter, type NewEvent, newEvent } from '../../../lib/log/block.ts';
import type { ChannelRecords, Directory, EventLog, IdDigests, StreamStore } from '../../../lib/log/ports.ts';
import { HeadReader, readFollowing } from '../../../lib/log/read/head-reader.ts';
import { HeldPolls, superseded } from '../../../lib/poll/held-polls.ts';
import { type PollPorts, type PollRequest, poll } from '../../../lib/poll/poll.ts';
import { RepeatLimiter } from '../../../lib/poll/repeat-limiter.ts';
import type { Event, PollAnswer } from '../../../lib/protocol/doorbell.ts';
import { type PublishPorts, publish } from '../../../lib/publish/publish.ts';
import { AfterResponse } from '../../../lib/runtime/after-response.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { KnownStreams } from '../../../lib/streams/known-streams.ts';
import type { StreamReadPorts, StreamWritePorts } from '../../../lib/streams/ports.ts';
import { Bell } from '../../../lib/wakeup/bell.ts';
import { InProcessBell } from '../../../lib/wakeup/in-process-bell.ts';
import { Mailbox } from '../../../lib/wakeup/mailbox.ts';
import type { Mailboxes, MailboxRegistry, Waiters } from '../../../lib/wakeup/ports.ts';
import { WatchRegistry } from '../../../lib/wakeup/watch-registry.ts';
import { MemoryDigests } from '../../../packages/testing/src/memory/digests.ts';
import {
  MemoryCursors,
  MemoryLog,
  MemoryMailboxes,
  MemoryMailboxRegistry,
  MemoryWaiters,
} from '../../../packages/testing/src/memory/stores.ts';
import { FakeClock, SeededRandom } from '../time/clock.ts';
import { MemoryLogger, MemoryMeter } from './doubles.ts';

export interface World {
  readonly clock: FakeClock;
  readonly random: SeededRandom;
  readonly log: MemoryLog;
  readonly digests: MemoryDigests;
  readonly waiters: MemoryWaiters;
  readonly registry: MemoryMailboxRegistry;
  readonly mailboxes: MemoryMailboxes;
  readonly cursors: MemoryCursors;
}

export function memoryWorld(seed = 1): World {
  const clock = new FakeClock();
  return {
    clock,
    random: new SeededRandom(seed),
    log: new MemoryLog(),
    digests: new MemoryDigests(),
    waiters: new MemoryWaiters(),
    registry: new MemoryMailboxRegistry(),
    mailboxes: new MemoryMailboxes(clock),
    cursors: new MemoryCursors(),
  };
}

/** Ports that a process sees instead of the world's own. */
export interface Glasses {
  readonly clock?: Clock;
  readonly log?: EventLog & ChannelRecords;
  readonly digests?: IdDigests;
  /** Vids of a digest's step. */
  readonly digestStep?: number;
  readonly waiters?: Waiters;
  readonly registry?: MailboxRegistry;
  readonly mailboxes?: Mailboxes;
  readonly cursors?: Cursors;
  readonly streams?: StreamStore;
}

export interface MemoryProcess {
  readonly poll: PollPorts & { readonly mailbox: Mailbox; readonly directory: Directory };
  readonly publish: PublishPorts;
  readonly streaming: StreamReadPorts & StreamWritePorts;
  readonly meter: MemoryMeter;
  readonly logger: MemoryLogger;
}

export function memoryProcess(world: World, glasses: Glasses = {}): MemoryProcess {
  const { ports, poll } = compose(world, glasses, {}, undefined);
  return { ...ports, poll, ...writing(ports, poll, new Bell(ports)) };
}

/** A process that publishes, holds polls, lives on, and saves its clients' places up to `delayMs` late. */
export function memoryHub(
  world: World,
  glasses: Glasses = {},
  delayMs = 5_000,
): MemoryProcess & { readonly late: WriteBehindCursors } {
  const { clock, cursors: table } = { ...world, ...glasses };
  const late = new WriteBehindCursors({ table, clock, logger: new MemoryLogger(), delayMs });
  const { ports, poll } = compose(world, { ...glasses, cursors: late }, { lingerMs: LINGER_MS }, late);
  poll.mailbox.listenForGood();
  const bell = new Bell({ ...ports, isOwn: (mailbox) => poll.mailbox.isOwn(mailbox) });
  const local = new InProcessBell({
    bell,
    watchRegistry: poll.watchRegistry,
    told: async () => undefined,
    written: async () => undefined,
  });
  return { ...ports, poll, ...writing(ports, poll, local), late };
}

/** How long a hub keeps a channel in mind that nobody polls. */
export const LINGER_MS = 45_000;

function writing(
  ports: ReturnType<typeof compose>['ports'],
  poll: MemoryProcess['poll'],
  bell: PublishPorts['bell'],
): Pick<MemoryProcess, 'publish' | 'streaming'> {
  const { log, streams } = ports;
  const appender = new Appender({ ...ports, records: log, retentionMs: WEEK_MS });
  return {
    publish: { appender, bell },
    streaming: {
      ...poll,
      log,
      records: log,
      streams,
      appender,
      bell,
      knownStreams: new KnownStreams(ports.clock),
    },
  };
}

function compose(
  world: World,
  glasses: Glasses,
  living: { readonly lingerMs?: number },
  late: WriteBehindCursors | undefined,
) {
  const meter = new MemoryMeter();
  const logger = new MemoryLogger();
  const ports = { ...world, streams: world.log.streams, ...glasses, meter, logger };
  const { clock, log, mailboxes, registry } = ports;
  const afterResponse = new AfterResponse(logger);
  const held = new HeldPolls(10_000, 10_000);
  const headReader = new HeadReader({ log, records: log, clock });
  const followed = readFollowing(log, headReader);
  const mailbox: Mailbox = new Mailbox(
    { ...ports, mailboxes, registry, afterResponse, prefix: 'mailbox-' },
    (doorbell) =>
      doorbell.kind === 'ring' ? watchRegistry.heard(doorbell) : superseded(held, late, doorbell.nonce),
    () => watchRegistry.moved(),
  );
  const watchRegistry = new WatchRegistry({ ...ports, log: followed, ...living, headReader, mailbox });
  const repeatLimiter = new RepeatLimiter(clock, 1_000);
  return {
    ports,
    poll: {
      ...ports,
      log: followed,
      directory: world.log,
      headReader,
      mailbox,
      watchRegistry,
      held,
      afterResponse,
      repeatLimiter,
    },
  };
}

export const WAIT_MS = 20_000;
/** How long events are kept, unless a test makes TTL come earlier. */
export const WEEK_MS = 7 * 24 * 3_600_000;

/** A poll that waits 20 s for up to 500 events, unless told otherwise. */
export function ask(
  process: MemoryProcess,
  cursor: PollRequest['cursors'][number],
  more: Partial<Omit<PollRequest, 'cursors'>> = {},
): Promise<PollAnswer> {
  return askMany(process, [cursor], more).then(([answer]) => {
    if (!answer) throw new Error('a poll of one channel was not answered');
    return answer;
  });
}

export function askMany(
  process: MemoryProcess,
  cursors: PollRequest['cursors'],
  more: Partial<Omit<PollRequest, 'cursors'>> = {},
): Promise<readonly PollAnswer[]> {
  return poll(process.poll, TRUSTED, { cursors, waitMs: WAIT_MS, limit: 500, ...more });
}

/** Publishes one event per id, as one block; `data` is the id. */
export function say(process: MemoryProcess, channel: string, ...ids: readonly string[]) {
  return publish(process.publish, TRUSTED, channel, newEventsFor(ids), true);
}

/** Publishes one event for each key, as one block; `data` is the key. */
export function tell(process: MemoryProcess, channel: string, ...keys: readonly string[]) {
  const events = keys.map((key) => newEvent('made', key, key));
  return publish(process.publish, TRUSTED, channel, events, false);
}

export function newEventsFor(ids: readonly string[]): readonly NewEvent[] {
  return ids.map((id) => newEvent(id, id));
}

/** Every event that the log holds, ascending. */
export function eventsIn(world: World, channel: string): readonly Event[] {
  return world.log.blocks(channel).flatMap((block) => eventsAfter(block, 0));
}

export const vidsOf = (answer: PollAnswer) => answer.events.map(({ vid }) => vid);

/** Follows a promise without waiting for it. */
export function track<T>(promise: Promise<T>): { done: boolean; readonly promise: Promise<T> } {
  const tracked = { done: false, promise };
  const mark = () => {
    tracked.done = true;
  };
  promise.then(mark, mark);
  return tracked;
}
