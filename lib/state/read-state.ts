/**
 * The state of a channel: the newest event of each key, in pages. A reader folds the pages that it gets (the higher vid wins) and then polls from the
 * FIRST page's `maxvid`: every event after it comes, so none is missed, and one that a page already had changes nothing.
 */

import type { Caller } from '../auth/caller.ts';
import { coversKey, type KeyGrants, prefixOf, readableKeys, requireKeys } from '../auth/key-grants.ts';
import { PushError } from '../errors.ts';
import type { EventLog } from '../log/ports.ts';
import { bornHead } from '../log/read/born-head.ts';
import type { HeadReader } from '../log/read/head-reader.ts';
import { LIMITS, type StateAnswer } from '../protocol/doorbell.ts';
import { StateFold } from './fold.ts';
import { compareKeys, isInRange } from './keys.ts';
import type { KeyRange, StateEntry, StatePage, StateStore } from './ports.ts';

export interface StatePorts {
  readonly log: EventLog;
  readonly headReader: HeadReader;
  readonly states: StateStore;
}

/** Events of the log that are folded at once. */
const FOLD_EVENTS = 1_000;

/** What is answered to a caller who may see some keys is of these only. Throws `forbidden`, `not-found` before the channel's first event, and what the log and the store throw. */
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
  const page = await ports.states.page(channel, epoch, range);
  const entries = page.upTo >= maxvid ? page.entries : await folded(ports.log, channel, range, page, maxvid);
  const given = grants ? entries.filter(({ key }) => coversKey(grants, key)) : entries;
  return { channel, epoch, maxvid, ...cutPage(given, page.next) };
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

/** The page with what the log has after it, up to `maxvid`. */
async function folded(
  log: EventLog,
  channel: string,
  range: KeyRange,
  { upTo, entries, next }: StatePage,
  maxvid: number,
): Promise<readonly StateEntry[]> {
  const fold = new StateFold(entries);
  const wants = (key: string) => isInRange(key, range) && (next === null || compareKeys(key, next) <= 0);
  for (let after = upTo; after < maxvid; ) {
    const blocks = await log.read(channel, after, FOLD_EVENTS);
    for (const block of blocks) fold.add(block, wants);
    const last = blocks.at(-1);
    if (!last) break;
    after = last.last;
  }
  return fold.entries();
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
