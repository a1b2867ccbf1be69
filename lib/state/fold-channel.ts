/**
 * Folding: takes a channel's events from the log into the state that is kept beside it, so that the state outlives the events and whoever asks for it has only
 * the newest events to fold. May be repeated, run twice at once, and end anywhere: what is said to be folded only moves forward, after all of it was taken.
 */

import type { ChannelRecords, EventLog } from '../log/ports.ts';
import { LIMITS } from '../protocol/doorbell.ts';
import type { Clock } from '../runtime/ports.ts';
import { StateFold } from './fold.ts';
import type { FoldedStates, KeyChange } from './ports.ts';

export interface FoldPorts {
  readonly log: EventLog;
  readonly records: Pick<ChannelRecords, 'get'>;
  readonly states: FoldedStates;
  readonly clock: Clock;
}

/** Pages of the log that one channel gets in a run, so that a busy one does not use up the time of all others: 20,000 events, or 20 MiB. */
export const PAGES_A_CHANNEL = 20;
/** Pages that are folded before they are written: a key that changes often is written once for all of them, and 5 MiB is what a small function can hold. */
const PAGES_A_FOLD = 5;
/** Writes at once. */
const WRITES = 16;

/** Folds what is new on the channel, some of it where it is much, until `by` (ms of `Clock.elapsed`). Returns how many numbers it went on. */
export async function foldChannel(ports: FoldPorts, channel: string, by: number): Promise<number> {
  const { log, states, clock } = ports;
  const epoch = (await ports.records.get(channel))?.epoch ?? '';
  // Not born, or made by PUT: no event of it has a key.
  if (epoch === '') return 0;
  const begun = await states.foldedTo(channel, epoch);
  // One small read tells that nothing is new; a page would read the block before it, too.
  if (!(await log.last(channel, begun))) return 0;
  let upTo = begun;
  for (let pages = 0; pages < PAGES_A_CHANNEL && clock.elapsed() < by; pages += PAGES_A_FOLD) {
    const fold = new StateFold();
    const folded = await gather(log, channel, epoch, upTo, fold);
    if (folded === upTo) break;
    await takeAll(fold.changes(), (change) => states.take(channel, epoch, change));
    await states.foldTo(channel, epoch, folded);
    upTo = folded;
  }
  return upTo - begun;
}

/** Folds some pages after `after`. Returns how far. */
async function gather(
  log: EventLog,
  channel: string,
  epoch: string,
  after: number,
  fold: StateFold,
): Promise<number> {
  let upTo = after;
  for (let page = 0; page < PAGES_A_FOLD; page++) {
    const blocks = await log.read(channel, upTo, LIMITS.maxLimit);
    const last = blocks.at(-1);
    // Another incarnation has begun since.
    if (!last || blocks.some((block) => block.epoch !== epoch)) break;
    for (const block of blocks) fold.add(block, () => true);
    upTo = last.last;
  }
  return upTo;
}

async function takeAll(
  changes: readonly KeyChange[],
  take: (change: KeyChange) => Promise<void>,
): Promise<void> {
  const left = changes.values();
  const writer = async () => {
    for (const change of left) await take(change);
  };
  await Promise.all(Array.from({ length: WRITES }, writer));
}
