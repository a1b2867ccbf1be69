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

/** What one turn of a channel has done. */
export interface Turn {
  /** How many numbers its state went on. */
  readonly events: number;
  /** The turn has ended before the log did. */
  readonly hasMore: boolean;
}

/** Pages of the log that one channel gets in a turn, so that a busy one does not use up the time of all others. A page ends at so many events, or at 1 MiB. */
export const PAGES_A_TURN = 20;
export const EVENTS_A_PAGE = 5_000;
/**
 * What is kept of the pages before it is written: about so many keys, or 5 MiB, which a small function can hold. A key that changes often is written once for
 * all of them. And a fold ends: one table partition takes 1,000 small writes a second, so these keys take seconds, whatever is throttled.
 */
export const KEYS_A_FOLD = 5_000;
const BYTES_A_FOLD = 5 * LIMITS.answerBytes;
/** Writes at once. */
const WRITES = 16;

/** Folds what is new on the channel, some of it where it is much, until `by` (ms of `Clock.elapsed`). */
export async function foldChannel(ports: FoldPorts, channel: string, by: number): Promise<Turn> {
  const { log, states, clock } = ports;
  const epoch = (await ports.records.get(channel))?.epoch ?? '';
  // Not born, or made by PUT: no event of it has a key.
  if (epoch === '') return { events: 0, hasMore: false };
  const begun = await states.foldedTo(channel, epoch);
  // One small read tells that nothing is new; a page would read the block before it, too.
  if (!(await log.last(channel, begun))) return { events: 0, hasMore: false };
  let upTo = begun;
  for (let pages = 0; pages < PAGES_A_TURN && clock.elapsed() < by; ) {
    const fold = await gather(ports, { channel, epoch, after: upTo, most: PAGES_A_TURN - pages, by });
    if (fold.upTo > upTo) {
      await takeAll(fold.changes, (change) => states.take(channel, epoch, change));
      await states.foldTo(channel, epoch, fold.upTo);
    }
    upTo = fold.upTo;
    pages += fold.pages;
    if (fold.isEnd) return { events: upTo - begun, hasMore: false };
  }
  return { events: upTo - begun, hasMore: true };
}

interface Wanted {
  readonly channel: string;
  readonly epoch: string;
  readonly after: number;
  /** Pages. */
  readonly most: number;
  readonly by: number;
}

interface Gathered {
  readonly upTo: number;
  readonly pages: number;
  readonly isEnd: boolean;
  readonly changes: readonly KeyChange[];
}

/** Folds pages after `after`, one at least, until they make a fold, or the time is over. */
async function gather(
  { log, clock }: FoldPorts,
  { channel, epoch, after, most, by }: Wanted,
): Promise<Gathered> {
  const fold = new StateFold();
  let upTo = after;
  for (let pages = 1; ; pages++) {
    const blocks = await log.read(channel, upTo, EVENTS_A_PAGE);
    const last = blocks.at(-1);
    // Another incarnation has begun since.
    const isEnd = !last || blocks.some((block) => block.epoch !== epoch);
    if (!isEnd) {
      for (const block of blocks) fold.add(block, () => true);
      upTo = last.last;
    }
    if (isEnd || pages >= most || clock.elapsed() >= by || isFull(fold, pages))
      return { upTo, pages, isEnd, changes: fold.changes() };
  }
}

function isFull(fold: StateFold, pages: number): boolean {
  if (fold.size >= KEYS_A_FOLD) return true;
  // So few pages cannot hold more.
  return pages * LIMITS.answerBytes >= BYTES_A_FOLD && fold.bytes() >= BYTES_A_FOLD;
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
