/**
 * Reads where a channel stands, for a publisher who knows nothing of it or whose view is too old. Whether the channel still lives the same life is asked
 * more often than where its log ends, which every append tells.
 */

import { type Instant, instantOf, msSince } from '../../runtime/instant.ts';
import { type LogBlock, NEVER } from '../block.ts';
import type { EventLog, Incarnation } from '../ports.ts';
import { markOfText } from '../queue-mark.ts';
import { isJson, liveRecord, type StreamRecord } from '../stream-record.ts';
import { IdSpan } from './id-digest.ts';
import { mayExpire, RESERVE_STEP, type WriterState, type WriterStatePorts } from './writer-state.ts';

/**
 * The channel's own item is read again after this long: tables that were dropped and made anew are noticed before a number of the old life
 * goes into the new log (dropping and making a table takes longer than this on AWS).
 */
const LIFE_MS = 10_000;
/** A head older than this is read again: far below any retention, so the numbers after it cannot have been used and expired. */
const HEAD_MS = 5 * 60_000;

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
