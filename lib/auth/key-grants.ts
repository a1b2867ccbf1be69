/**
 * Rights that are narrowed to keys: `site#sensor-7` covers one key of channel `site`, `site#a.*` the keys that go on after `a.`, and `site#*` all events that have a
 * key. One that names no key, `site#`, grants nothing. What stands before the `#` is a channel as in every grant. Whoever has rights of this kind only may poll, publish and see the state of these keys,
 * and nothing else: whatever asks for the channel as a whole (`requireRead`, `requireWrite`) refuses them.
 */

import { PushError } from '../errors.ts';
import { type Caller, covers, requireRead, requireWrite } from './caller.ts';

/** Keys, `prefix.*` or `*`, as in grants of channels. */
export type KeyGrants = readonly string[];

const SEPARATOR = '#';

/** What the caller may read of the channel; undefined: all of it. Throws `forbidden` where that is nothing. */
export function readableKeys(caller: Caller, channel: string): KeyGrants | undefined {
  if (covers(caller.read, channel)) return undefined;
  const keys = keysOf(caller.read, channel);
  if (keys.length === 0) requireRead(caller, channel);
  return keys;
}

/** Of which keys the caller may publish to the channel; undefined: of all, and without one. Throws `forbidden` where that is none. */
export function writableKeys(caller: Caller, channel: string): KeyGrants | undefined {
  if (covers(caller.write, channel)) return undefined;
  const keys = keysOf(caller.write, channel);
  if (keys.length === 0) requireWrite(caller, channel);
  return keys;
}

/** Throws `forbidden` where the caller may neither read nor publish anything of the channel. */
export function requireSome(caller: Caller, channel: string): void {
  const grants = [...caller.read, ...caller.write];
  if (!covers(grants, channel) && keysOf(grants, channel).length === 0) requireRead(caller, channel);
}

/** True of an event that belongs to one of the keys; one without a key belongs to none. */
export function coversKey(grants: KeyGrants, key: string | undefined): boolean {
  return key !== undefined && covers(grants, key);
}

/** Throws `forbidden` unless all of the keys are covered. */
export function requireKeys(grants: KeyGrants, keys: Iterable<string | undefined>, channel: string): void {
  for (const key of keys) {
    if (coversKey(grants, key)) continue;
    const what = key === undefined ? 'events without a key' : `key ${JSON.stringify(key)}`;
    throw new PushError('forbidden', `The token does not allow ${what} of channel ${channel}.`, {
      field: 'key',
    });
  }
}

/** What keys begin with that the grant covers; undefined of a grant for one key. */
export function prefixOf(grant: string): string | undefined {
  if (grant === '*') return '';
  return grant.endsWith('.*') || grant.endsWith('/*') ? grant.slice(0, -1) : undefined;
}

function keysOf(grants: readonly string[], channel: string): KeyGrants {
  return grants.flatMap((grant) => {
    const at = grant.indexOf(SEPARATOR);
    const key = grant.slice(at + 1);
    return at >= 0 && key !== '' && covers([grant.slice(0, at)], channel) ? [key] : [];
  });
}
