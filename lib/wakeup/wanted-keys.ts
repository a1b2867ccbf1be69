/**
 * Whom a ring concerns: a waiter who wants events of some keys only is left alone while others come. A waiter that is rung in vain asks in vain; one
 * that is not rung sleeps past its event. So in doubt it is rung. Pure.
 */

import { hashOf } from '../log/append/id-digest.ts';
import type { VidRange } from '../log/block.ts';
import type { NewBlock } from '../log/ports.ts';
import type { KeySet } from '../log/read/narrow.ts';
import type { WantedKeys } from './ports.ts';

/** Of `WantedKeys` as JSON, in UTF-8: each look at a channel's arms reads those of all. Whoever wants more than that is rung for every event. */
export const MAX_WANTED_BYTES = 1_024;

/** The keys of what was appended, with undefined for events without one. Undefined: it concerns everybody. */
export type RingKeys = ReadonlySet<string | undefined> | undefined;

/** What an arm says of the keys that its waiter wants. Undefined, as for a waiter that wants every event, where it would be too long. */
export function wantedOf(set: KeySet | undefined): WantedKeys | undefined {
  if (!set) return undefined;
  const hashes = [...new Set(set.keys.map(hashOf))];
  const wanted = { hashes, prefixes: [...new Set(set.prefixes)] };
  return Buffer.byteLength(JSON.stringify(wanted)) <= MAX_WANTED_BYTES ? wanted : undefined;
}

/** True unless the waiter wants no event of this key. */
export function mayWant({ hashes, prefixes }: WantedKeys, key: string | undefined): boolean {
  if (key === undefined) return false;
  return prefixes.some((prefix) => key.startsWith(prefix)) || hashes.includes(hashOf(key));
}

/** True unless the waiter wants nothing of what was appended. */
export function concerns(keys: RingKeys, wanted: WantedKeys | undefined): boolean {
  if (!keys || !wanted) return true;
  for (const key of keys) if (mayWant(wanted, key)) return true;
  return false;
}

/**
 * The keys in a new block. What is more than events concerns everybody: a mark that ends the log, and the first block of a life, whose readers may have
 * followed another one. So does what was in the log already: nobody looks what that was.
 */
export function keysIn(news: NewBlock | VidRange): RingKeys {
  if (!('events' in news) || news.first === 1) return undefined;
  const { first, last, events } = news;
  return events.length === last - first + 1 ? new Set(events.map(({ key }) => key)) : undefined;
}

/** The keys of two rings that became one. */
export function keysOfBoth(one: RingKeys, other: RingKeys): RingKeys {
  return one && other ? new Set([...one, ...other]) : undefined;
}
