/**
 * A publisher's view of one channel: where its log ends, which life it lives, and which ids its last 5 minutes hold. A view may be out
 * of date; it then costs a conflict and a look, never a wrong append, because an append is conditional on its number being free.
 */

import { type Instant, instantOf, msSince } from '../../runtime/instant.ts';
import type { Clock } from '../../runtime/ports.ts';
import { entriesLength, type LogBlock, type Mark, NEVER } from '../block.ts';
import type { ChannelRecords, EventLog, IdDigest, Incarnation, NewBlock, StreamStore } from '../ports.ts';
import { markOfText, type QueueMark } from '../queue-mark.ts';
import { isJson, liveRecord, type StreamRecord } from '../stream-record.ts';
import type { Producer, Writers } from '../writers.ts';
import { IdSpan } from './id-digest.ts';
import type { RecentIds } from './recent-ids.ts';

/**
 * The channel's own item is read again after this long: tables that were dropped and made anew are noticed before a number of the old life
 * goes into the new log (dropping and making a table takes longer than this on AWS).
 */
const LIFE_MS = 10_000;
/** The high-water mark is raised in steps of this many numbers: one extra write in 1,000 events. */
export const RESERVE_STEP = 1_000;
/** A head older than this is read again: far below any retention, so the numbers after it cannot have been used and expired. */
const HEAD_MS = 5 * 60_000;
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

/** A view that is fresh enough to append by. `newEpoch` names a life if one must begin. */
export async function freshWriterState(
  ports: WriterStatePorts,
  channel: string,
  old: WriterState | undefined,
  newEpoch: string,
): Promise<WriterState> {
  const { clock } = ports;
  let state = old;
  if (state && (msSince(clock, state.headReadAt) >= HEAD_MS || mayExpire(state, clock.now())))
    state = undefined;
  if (state && msSince(clock, state.recordReadAt) >= LIFE_MS) state = await sameLife(ports, state);
  return state ?? load(ports, channel, newEpoch);
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

function mayExpire({ expires }: WriterState, now: number): boolean {
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
  entries.forEach(({ id }, i) => {
    ids.note(id, first + i, elapsed);
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
  events.forEach(({ id }, i) => {
    state.ids?.note(id, first + i, at);
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

async function sameLife(
  { records, clock }: WriterStatePorts,
  state: WriterState,
): Promise<WriterState | undefined> {
  const readAt = instantOf(clock);
  const life = await records.get(state.channel);
  const moved = movedTo(state.channel, life, clock.now());
  if (moved || state.log !== state.channel) {
    if (moved?.log !== state.log) return undefined;
    state.recordReadAt = readAt;
    return state;
  }
  const unrecorded = life === undefined && state.highWaterMark === 0;
  if (!unrecorded && life?.epoch !== state.epoch) return undefined;
  state.highWaterMark = life?.highWaterMark ?? 0;
  state.recordReadAt = readAt;
  return state;
}

/**
 * Reads a channel from nothing. The own item first, the blocks second: a channel is born block first, so an own item without
 * blocks means that all have expired, and numbering goes on after every number that may have been given out.
 */
async function load(
  { log, records, clock, digestStep }: WriterStatePorts,
  channel: string,
  newEpoch: string,
): Promise<WriterState> {
  const readAt = instantOf(clock);
  let life: Incarnation | undefined = await records.get(channel);
  const last = await log.last(channel);
  // Deleted since the record was read, perhaps.
  if (last?.mark === 'deleted') life = await records.get(channel);
  const moved = movedTo(channel, life, clock.now());
  if (moved) return loadOwn(log, channel, moved, readAt, digestStep);
  // Where nothing is left, every publisher skips the same numbers first, and so meets the others there: one that has raised the high-water mark
  // but not appended yet must not be overtaken.
  const head = last?.last ?? Math.max(0, (life?.highWaterMark ?? 0) - RESERVE_STEP);
  const end = {
    channel,
    log: channel,
    holdsBytes: false,
    epoch: last?.epoch ?? (life?.epoch || newEpoch),
    head,
    highWaterMark: life?.highWaterMark ?? 0,
    expires: last?.expires ?? 0,
  };
  return stateAt(end, last, readAt, digestStep);
}

/** A life with a log of its own: nothing expires there, so no number need be reserved. */
async function loadOwn(
  log: EventLog,
  channel: string,
  record: StreamRecord,
  readAt: Instant,
  digestStep: number | undefined,
): Promise<WriterState> {
  const last = await log.last(record.log);
  const end = {
    channel,
    log: record.log,
    holdsBytes: !isJson(record.contentType),
    epoch: last?.epoch ?? String(record.stamp),
    head: last?.last ?? record.base,
    highWaterMark: NEVER,
    expires: NEVER,
  };
  return stateAt(end, last, readAt, digestStep);
}

type LogEnd = Pick<
  WriterState,
  'channel' | 'log' | 'holdsBytes' | 'epoch' | 'head' | 'highWaterMark' | 'expires'
>;

/** What the newest block `last` says of a log that ends there. */
function stateAt(
  end: LogEnd,
  last: LogBlock | undefined,
  readAt: Instant,
  digestStep: number | undefined,
): WriterState {
  return {
    ...end,
    recordReadAt: readAt,
    headReadAt: readAt,
    queueMark: markOfText(last?.queueMark),
    ids: undefined,
    span: new IdSpan(end.head, digestStep),
    writers: last?.writers,
    mark: last?.mark,
    evicted: new Map(),
  };
}

/** The record of the name's present life where that has a log of its own. */
function movedTo(channel: string, life: Incarnation | undefined, now: number): StreamRecord | undefined {
  const record = liveRecord(life?.stream?.record, now);
  return record && record.log !== channel ? record : undefined;
}
