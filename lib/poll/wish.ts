/** What a reader wants of the events, and what of that it may have. Pure. */

import type { Caller } from '../auth/caller.ts';
import { coversKey, type KeyGrants, readableKeys } from '../auth/key-grants.ts';
import type { Narrow } from '../log/read/narrow.ts';

/** Undefined for a reader who wants everything. With neither keys nor a prefix, events without a key are wanted too. */
export function narrowOf(keys: readonly string[], prefix: string, latest: boolean): Narrow | undefined {
  if (keys.length === 0 && prefix === '' && !latest) return undefined;
  const name = JSON.stringify([keys, prefix, latest]);
  if (keys.length > 0) return { name, latest, wants: (key) => key !== undefined && keys.includes(key) };
  if (prefix !== '') return { name, latest, wants: (key) => key?.startsWith(prefix) === true };
  return { name, latest, wants: () => true };
}

/** What the caller is given of the channel, of what it asks for. Undefined: everything. Throws `forbidden`. */
export function narrowFor(caller: Caller, channel: string, asked: Narrow | undefined): Narrow | undefined {
  const grants = readableKeys(caller, channel);
  return grants ? within(grants, asked) : asked;
}

function within(grants: KeyGrants, asked: Narrow | undefined): Narrow {
  return {
    name: JSON.stringify([grants, asked?.name]),
    latest: asked?.latest ?? false,
    wants: (key) => coversKey(grants, key) && (asked?.wants(key) ?? true),
  };
}
