/**
 * The state of a channel: the newest event of each key, in pages. A reader folds the pages that it gets (the higher vid wins) and then polls from the
 * FIRST page's `maxvid`: every event after it comes, so none is missed, and one that a page already had changes nothing.
 */

import type { Caller } from '../auth/caller.ts';
import { coversKey, type KeyGrants, prefixOf, readableKeys, requireKeys } from '../auth/key-grants.ts';
import { PushError } from '../errors.ts';
import { isGap } from '../log/block.ts';
import type { EventLog } from '../log/ports.ts';
import { bornHead } from '../log/read/born-head.ts';
import type { HeadReader } from '../log/read/head-reader.ts';
import { LIMITS, type StateAnswer } from '../protocol/doorbell.ts';
import { StateFold } from './fold.ts';
import { EVENTS_A_PAGE } from './fold-channel.ts';
import { compareKeys, isInRange } from './keys.ts';
import type { KeyRange, StateEntry, StatePage, StateStore } from './ports.ts';

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
  const range = grants ? allowedRange(grants, channel, asked) : asked;
  // Before the state: so that the state has everything up to here, and perhaps more.
  const { vid: maxvid, epoch } = await bornHead(ports.headReader, channel);
  const { entries, next } = await pageUpTo(ports, { channel, epoch, maxvid }, range);
  const given = grants ? entries.filter(({ key }) => coversKey(grants, key)) : entries;
  return { channel, epoch, maxvid, ...cutPage(given, next) };
}

type At = Pick<StateAnswer, 'channel' | 'epoch' | 'maxvid'>;

/**
 * A page that has every event up to `maxvid`. What is neither in the page that is kept nor in the log may have been folded, and have expired, between the two
 * reads. Then the kept page has it now.
 */
async function pageUpTo(ports: StatePorts, at: At, range: KeyRange): Promise<Omit<StatePage, 'upTo'>> {
  const { states } = ports;
  for (;;) {
    const page = await states.page(at.channel, at.epoch, range);
    if (page.upTo >= at.maxvid) return page;
    const { entries, lacks } = await folded(ports, at, range, page);
    const isAll = !lacks || (await states.foldedTo(at.channel, at.epoch)) <= page.upTo;
    if (isAll) return { entries, next: page.next };
  }
}

/**
 * The range, where all of it may be seen: so that no page's end is a key that may not. Without `key` and `prefix` it is what the token covers, where that is
 * one range. Throws `forbidden`.
 */
function allowedRange(grants: KeyGrants, channel: string, range: KeyRange): KeyRange {
  if (range.keys.length > 0) {
    requireKeys(grants, range.keys, channel);
    return range;
  }
  const prefixes = grants.flatMap((grant) => prefixOf(grant) ?? []);
  if (range.prefix !== '' && prefixes.some((prefix) => range.prefix.startsWith(prefix))) return range;
  const [prefix] = prefixes;
  const isOne = range.prefix === '' && new Set(grants).size === 1;
  if (isOne && prefix !== undefined) return { ...range, prefix };
  if (
    range.prefix === '' &&
    range.after === '' &&
    prefixes.length === 0 &&
    grants.length <= LIMITS.keysPerRequest
  )
    return { ...range, keys: grants };
  const message = `The token allows some keys of channel ${channel}: name up to ${LIMITS.keysPerRequest} of them by key, or a prefix that it covers.`;
  throw new PushError('forbidden', message, { field: range.prefix === '' ? 'key' : 'prefix' });
}

/** The page with what the log has after it, up to `maxvid`. `lacks`: some numbers are not there any more. */
async function folded(
  { log, mostPages = Number.POSITIVE_INFINITY }: StatePorts,
  { channel, epoch, maxvid }: At,
  range: KeyRange,
  { upTo, entries, next }: StatePage,
): Promise<{ readonly entries: readonly StateEntry[]; readonly lacks: boolean }> {
  const fold = new StateFold(entries);
  const wants = (key: string) => isInRange(key, range) && (next === null || compareKeys(key, next) <= 0);
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
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (i > 0 && bytes > LIMITS.answerBytes)
      return { entries: entries.slice(0, i), next: entries[i - 1]?.key ?? next };
  }
  return { entries, next };
}
