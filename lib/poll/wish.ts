/** What a reader wants of the events, and what of that it may have. Pure. */

import type { Caller } from '../auth/caller.ts';
import { coversKey, type KeyGrants, prefixOf, readableKeys } from '../auth/key-grants.ts';
import type { KeySet, Narrow } from '../log/read/narrow.ts';
import type { WantedKeys } from '../wakeup/ports.ts';
import { mayWant } from '../wakeup/wanted-keys.ts';

/** Undefined for a reader who wants everything. With neither keys nor a prefix, events without a key are wanted too. */
export function narrowOf(keys: readonly string[], prefix: string, latest: boolean): Narrow | undefined {
  if (keys.length === 0 && prefix === '' && !latest) return undefined;
  const name = JSON.stringify([keys, prefix, latest]);
  if (keys.length > 0)
    return {
      name,
      latest,
      wants: (key) => key !== undefined && keys.includes(key),
      keys: { keys, prefixes: [] },
    };
  if (prefix !== '')
    return {
      name,
      latest,
      wants: (key) => key?.startsWith(prefix) === true,
      keys: { keys: [], prefixes: [prefix] },
    };
  return { name, latest, wants: () => true };
}

/** Of what a ticket says. It wants what the reader wants, and perhaps more. */
export function narrowOfWanted(wanted: WantedKeys): Narrow {
  const name = JSON.stringify(['wanted', wanted]);
  return { name, latest: false, wants: (key) => mayWant(wanted, key) };
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
    keys: common(keySetOf(grants), asked?.keys),
  };
}

/** A prefix as a key is one too many: a grant of `a.*` is for what goes on after `a.`. */
function keySetOf(grants: KeyGrants): KeySet {
  return {
    keys: grants.filter((grant) => prefixOf(grant) === undefined),
    prefixes: grants.flatMap((grant) => prefixOf(grant) ?? []),
  };
}

/** What is in both; `other` undefined: everything. */
function common(one: KeySet, other: KeySet | undefined): KeySet {
  if (!other) return one;
  const prefixes = one.prefixes.flatMap((mine) =>
    other.prefixes.flatMap((its) => (mine.startsWith(its) ? mine : its.startsWith(mine) ? its : [])),
  );
  return {
    keys: [...one.keys.filter((key) => isIn(other, key)), ...other.keys.filter((key) => isIn(one, key))],
    prefixes,
  };
}

function isIn({ keys, prefixes }: KeySet, key: string): boolean {
  return keys.includes(key) || prefixes.some((prefix) => key.startsWith(prefix));
}
