/** What a reader wants of the events, from the words of its request. Pure. */

import type { Narrow } from '../log/read/narrow.ts';

/** Undefined for a reader who wants everything. With neither keys nor a prefix, events without a key are wanted too. */
export function narrowOf(keys: readonly string[], prefix: string, latest: boolean): Narrow | undefined {
  if (keys.length === 0 && prefix === '' && !latest) return undefined;
  const name = JSON.stringify([keys, prefix, latest]);
  if (keys.length > 0) return { name, latest, wants: (key) => key !== undefined && keys.includes(key) };
  if (prefix !== '') return { name, latest, wants: (key) => key?.startsWith(prefix) === true };
  return { name, latest, wants: () => true };
}
