/** The order of keys, and which of them a range holds. Pure. */

import type { KeyRange } from './ports.ts';

/** By code point, as SQLite and DynamoDB order UTF-8; JavaScript's own order differs beyond the basic plane. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function isInRange(key: string, { prefix, after, keys }: KeyRange): boolean {
  if (keys.length > 0) return keys.includes(key);
  return key.startsWith(prefix) && (after === '' || compareKeys(key, after) > 0);
}
