/**
 * A publisher's view of one channel: where its log ends, which life it lives, and which ids its last 5 minutes hold. A view may be out
 * of date; it then costs a conflict and a look, never a wrong append, because an append is conditional on its number being free.
 */

import { type Instant, instantOf } from '../../runtime/instant.ts';
import type { Clock } from '../../runtime/ports.ts';
import { entriesLength, type LogBlock, type Mark } from '../block.ts';
import type { ChannelRecords, EventLog, IdDigest, NewBlock, StreamStore } from '../ports.ts';
import { markOfText, type QueueMark } from '../queue-mark.ts';
import type { Producer, Writers } from '../writers.ts';
import type { IdSpan } from './id-digest.ts';
import type { RecentIds } from './recent-ids.ts';

/** The high-water mark is raised in steps of this many numbers: one extra write in 1,000 events. */
export const RESERVE_STEP = 1_000;
/**
 * How long before its newest block expires a channel is appended to with care: expired blocks are deleted in no particular order, so what
 * then seems to be the newest need not be. Longer than a reader's margin (head-reader.ts) by more than clocks differ and an append takes.
 */
const CARE_MS = 10 * 60_000;

export interface WriterState {
  readonly channel: string;
  /** Where its blocks stand: under its own name, or in the log of one life. */
  readonly log: string;
  /** True of a stream of bytes. */
  readonly holdsBytes: boolean;
  epoch: string;
  /** Highest vid known to be given out. */
  head: number;
  /** As the channel's own item says; 0 while there is none. */
  highWaterMark: number;
  recordReadAt: Instant;
  headReadAt: Instant;
  /** When the newest block may be gone; 0 without one. No later block may expire earlier. */
  expires: number;
  /** As the block at the head says: one without it may be an older writer's, who took messages and did not say so. */
  queueMark: QueueMark | undefined;
  /** Of the last 5 minutes; undefined until a publish needs them compared. */
  ids: RecentIds | undefined;
  /** What is being gathered for the next digest of ids; a stream of bytes has none. */
  readonly span: IdSpan;
  /** As the newest block says. */
  writers: Writers | undefined;
  /** Nothing more can be appended here. */
  mark: Mark | undefined;
  /** Producers that stand on no block, as they were read; undefined: there is none. */
  readonly evicted: Map<string, Producer | undefined>;
}

export interface WriterStatePorts {
  readonly log: EventLog;
  readonly records: ChannelRecords;
  readonly clock: Clock;
  /** Needed by producers only. */
  readonly streams?: Pick<StreamStore, 'producer' | 'keepProducer'>;
  /** Vids of a digest's step; by default as id-digest.ts has it. */
  readonly digestStep?: number;
}

/**
 * Takes into the view what has been appended since; returns the blocks. One read, though there may be more: a put that lost its number stood
 * right after the view's head, so what took the number comes first, and reading on would only give others time to append once more.
 */
export async function catchUp(ports: WriterStatePorts, state: WriterState): Promise<readonly LogBlock[]> {
  const blocks = await ports.log.read(state.log, state.head, 1_000);
  for (const block of blocks) noteBlock(state, block, ports.clock);
  return blocks;
}

/**
 * True when the newest block is about to expire, or has, or is gone. Numbers up to the high-water mark may then have been given out and have expired,
 * so they are skipped before the next append, by a block without events, written where the next block would go: a publisher who knows less
 * cannot take them either.
 */
export function mustSkip(state: WriterState, now: number): boolean {
  const born = state.head > 0 || state.highWaterMark > 0;
  return born && mayExpire(state, now);
}

/** True when the newest block is about to expire, or has, or there is none. */
export function mayExpire({ expires }: WriterState, now: number): boolean {
  return expires <= now + CARE_MS;
}

/** Takes one block into the view. */
export function noteBlock(state: WriterState, block: LogBlock, clock: Clock): void {
  noteEnd(state, block);
  state.expires = Math.max(state.expires, block.expires);
  state.epoch = block.epoch;
  state.headReadAt = instantOf(clock);
  // Another process may have evicted others meanwhile.
  state.evicted.clear();
  // Who appended the block that ends a span keeps its digest.
  if (!state.holdsBytes) state.span.add(block, state.epoch);
  if (state.ids) noteIds(state.ids, block, clock);
}

/** What is known of who writes is what the newest block says: one's own may be found after others were read that came later. */
function noteEnd(
  state: WriterState,
  { last, writers, mark, queueMark }: Pick<NewBlock, 'last' | 'writers' | 'mark' | 'queueMark'>,
): void {
  if (last < state.head) return;
  state.head = last;
  state.writers = writers;
  state.mark = mark;
  state.queueMark = markOfText(queueMark);
}

/** Brings the ids of a block into those that are known. */
export function noteIds(ids: RecentIds, { first, at, entries }: LogBlock, clock: Clock): void {
  const elapsed = elapsedAt(Date.parse(at), clock);
  entries.forEach(({ id, key }, i) => {
    ids.note(id, first + i, elapsed, key);
  });
}

/** Takes a block that this process has written into the view; returns the digest of the span that it ends, if it ends one. */
export function noteAppended(state: WriterState, block: NewBlock, clock: Clock): IdDigest | undefined {
  const { first, last, expires, events } = block;
  for (const { id } of state.writers?.producers ?? []) state.evicted.delete(id);
  noteEnd(state, block);
  state.expires = Math.max(state.expires, expires);
  state.headReadAt = instantOf(clock);
  const at = clock.elapsed();
  events.forEach(({ id, key }, i) => {
    state.ids?.note(id, first + i, at, key);
  });
  if (state.holdsBytes) return undefined;
  const textLength = entriesLength(events);
  return state.span.add({ first, last, at: block.at, entries: events, textLength }, state.epoch);
}

/**
 * When that was, in ms of `Clock.elapsed`. A time that has not come yet by this wall clock, which may have
 * been set back, counts as now.
 */
export function elapsedAt(wallMs: number, clock: Clock): number {
  return clock.elapsed() - Math.max(0, clock.now() - wallMs);
}
