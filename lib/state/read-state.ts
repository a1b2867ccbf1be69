/**
 * The state of a channel: the newest event of each key, in pages. A reader folds the pages that it gets (the higher vid wins) and then polls from the
 * FIRST page's `maxvid`: every event after it comes, so none is missed, and one that a page already had changes nothing.
 */

import type { Caller } from '../auth/caller.ts';
import { coversKey, readableKeys } from '../auth/key-grants.ts';
import { PushError } from '../errors.ts';
import { isGap } from '../log/block.ts';
import type { EventLog } from '../log/ports.ts';
import { bornHead } from '../log/read/born-head.ts';
import type { HeadReader } from '../log/read/head-reader.ts';
import { LIMITS, type StateAnswer } from '../protocol/doorbell.ts';
import { allowedRanges, endOf } from './allowed-ranges.ts';
import { StateFold } from './fold.ts';
import { EVENTS_A_PAGE } from './fold-channel.ts';
import { compareKeys, isInRange } from './keys.ts';
import type { KeyRange, StateEntry, StatePage, StateStore } from './ports.ts';

/** Ranges of keys that one page is read from. A token may name hundreds. */
export const MOST_RANGES = 20;

export interface StatePorts {
  readonly log: EventLog;
  readonly headReader: HeadReader;
  readonly states: StateStore;
  /** Pages of the log that one request folds by itself. Absent: as many as there are. */
  readonly mostPages?: number;
}

/** What is answered to a caller who may see some keys is of these only. Throws `forbidden`, `not-found` before the channel's first event, `unavailable` where the state is too far behind its log, and what the log and the store throw. */
export async function readState(
  ports: StatePorts,
  caller: Caller,
  channel: string,
  asked: KeyRange,
): Promise<StateAnswer> {
  const grants = readableKeys(caller, channel);
  const ranges = grants ? allowedRanges(grants, channel, asked) : [asked];
  // Before the state: so that the state has everything up to here, and perhaps more.
  const { vid: maxvid, epoch } = await bornHead(ports.headReader, channel);
  const { entries, next } = await pageUpTo(ports, { channel, epoch, maxvid }, ranges);
  const given = grants ? entries.filter(({ key }) => coversKey(grants, key)) : entries;
  return { channel, epoch, maxvid, ...cutPage(given, next) };
}

type At = Pick<StateAnswer, 'channel' | 'epoch' | 'maxvid'>;

/**
 * A page that has every event up to `maxvid`. What is neither in the page that is kept nor in the log may have been folded, and have expired, between the two
 * reads. Then the kept page has it now.
 */
async function pageUpTo(
  ports: StatePorts,
  at: At,
  ranges: readonly KeyRange[],
): Promise<Omit<StatePage, 'upTo'>> {
  const { states } = ports;
  for (;;) {
    const page = await keptPage(states, at, ranges);
    if (page.upTo >= at.maxvid) return page;
    const { entries, lacks } = await folded(ports, at, page);
    const isAll = !lacks || (await states.foldedTo(at.channel, at.epoch)) <= page.upTo;
    if (isAll) return { entries, next: page.next };
  }
}

interface KeptPage extends StatePage {
  /** What it holds all keys of, up to `bound`. */
  readonly ranges: readonly KeyRange[];
  readonly bound: string | null;
}

/** Of the ranges as many as one page holds. */
async function keptPage(
  states: StateStore,
  { channel, epoch }: At,
  ranges: readonly KeyRange[],
): Promise<KeptPage> {
  const entries: StateEntry[] = [];
  let upTo = Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (const [i, range] of ranges.entries()) {
    const page = await states.page(channel, epoch, range);
    upTo = Math.min(upTo, page.upTo);
    entries.push(...page.entries);
    const read = { upTo, entries, ranges: ranges.slice(0, i + 1), bound: page.next };
    if (page.next !== null) return { ...read, next: page.next };
    bytes += page.entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
    const isFull = bytes > LIMITS.answerBytes || i + 1 === MOST_RANGES;
    if (isFull && i + 1 < ranges.length) return { ...read, next: endOf(range) };
  }
  return { upTo, entries, ranges, bound: null, next: null };
}

function bytesOf(entry: StateEntry): number {
  return Buffer.byteLength(JSON.stringify(entry)) + 1;
}

/** The page with what the log has after it, up to `maxvid`. `lacks`: some numbers are not there any more. */
async function folded(
  { log, mostPages = Number.POSITIVE_INFINITY }: StatePorts,
  { channel, epoch, maxvid }: At,
  { upTo, entries, ranges, bound }: KeptPage,
): Promise<{ readonly entries: readonly StateEntry[]; readonly lacks: boolean }> {
  const fold = new StateFold(entries);
  const wants = (key: string) =>
    (bound === null || compareKeys(key, bound) <= 0) && ranges.some((range) => isInRange(key, range));
  let lacks = false;
  let pages = 0;
  for (let after = upTo; after < maxvid; ) {
    if (++pages > mostPages) throw tooFarBehind(channel);
    const blocks = await log.read(channel, after, EVENTS_A_PAGE);
    if (blocks.length === 0) lacks = true;
    // Another life has begun since. Whoever polls on is told so.
    if (blocks.length === 0 || blocks.some((block) => block.epoch !== epoch)) break;
    for (const block of blocks) {
      // Numbers may be skipped over where events have expired.
      if (block.first > after + 1 || isGap(block)) lacks = true;
      fold.add(block, wants);
      after = block.last;
    }
  }
  return { entries: fold.entries(), lacks };
}

/** A request that read on would run into its time. The sweep folds the channel, a minute later at most, and goes on until it is done. */
function tooFarBehind(channel: string): PushError {
  const message = `The state of channel ${channel} is too far behind its events. It is being folded: try again in a minute.`;
  return new PushError('unavailable', message, { channel, retryAfter: 60 });
}

/** As many entries as one answer holds. */
function cutPage(entries: readonly StateEntry[], next: string | null): Pick<StateAnswer, 'entries' | 'next'> {
  let bytes = 0;
  for (const [i, entry] of entries.entries()) {
    bytes += bytesOf(entry);
    if (i > 0 && bytes > LIMITS.answerBytes)
      return { entries: entries.slice(0, i), next: entries[i - 1]?.key ?? next };
  }
  return { entries, next };
}
