/** What of a state a caller may see who may see some keys only: ranges of keys, so that a page ends at none that may not be seen. Pure. */

import { type KeyGrants, prefixOf, requireKeys } from '../auth/key-grants.ts';
import { PushError } from '../errors.ts';
import { KEY_PATTERN, LIMITS } from '../protocol/doorbell.ts';
import { compareKeys } from './keys.ts';
import type { KeyRange } from './ports.ts';

/**
 * What is asked for, as far as the grants go: ranges in the order of their keys, of which none reaches into another. Throws `forbidden` for a key by name that
 * is not granted, and for a prefix of which nothing is.
 */
export function allowedRanges(grants: KeyGrants, channel: string, asked: KeyRange): readonly KeyRange[] {
  if (asked.keys.length > 0) {
    requireKeys(grants, asked.keys, channel);
    return [asked];
  }
  const { prefix: wanted, after } = asked;
  const prefixes = outermost(
    grants.flatMap((grant) => {
      const prefix = prefixOf(grant);
      if (prefix === undefined) return [];
      return prefix.startsWith(wanted) ? prefix : wanted.startsWith(prefix) ? wanted : [];
    }),
  );
  const keys = new Set(grants.filter((grant) => prefixOf(grant) === undefined && grant.startsWith(wanted)));
  if (prefixes.length + keys.size === 0) {
    const message = `The token does not allow keys of channel ${channel} that begin with this prefix.`;
    throw new PushError('forbidden', message, { field: 'prefix' });
  }
  const others = [...keys].filter((key) => !prefixes.some((prefix) => key.startsWith(prefix)));
  return inOrder(prefixes, others).flatMap((range) => behind(range, after));
}

/** Where a reader goes on who has seen the whole range. Keys with rare characters may come twice; none is passed over. */
export function endOf({ prefix, keys }: KeyRange): string {
  const end = keys.at(-1) ?? `${prefix}\uffff`;
  return KEY_PATTERN.test(end) ? end : prefix;
}

function outermost(prefixes: readonly string[]): readonly string[] {
  return [...new Set(prefixes)].filter(
    (one, _, all) => !all.some((other) => other !== one && one.startsWith(other)),
  );
}

/** Keys that stand next to each other make one range, as many as one request may name. */
function inOrder(prefixes: readonly string[], keys: readonly string[]): readonly KeyRange[] {
  const ranges: KeyRange[] = [];
  const isPrefix = new Set(prefixes);
  for (const start of [...prefixes, ...keys].sort(compareKeys)) {
    const last = ranges.at(-1);
    if (isPrefix.has(start)) ranges.push({ prefix: start, after: '', keys: [] });
    else if (last && last.keys.length > 0 && last.keys.length < LIMITS.keysPerRequest)
      ranges[ranges.length - 1] = { ...last, keys: [...last.keys, start] };
    else ranges.push({ prefix: '', after: '', keys: [start] });
  }
  return ranges;
}

/** What of the range stands behind a key; nothing where that is none of it. */
function behind(range: KeyRange, after: string): readonly KeyRange[] {
  const { prefix, keys } = range;
  if (after === '') return [range];
  if (keys.length > 0) {
    const left = keys.filter((key) => compareKeys(key, after) > 0);
    return left.length > 0 ? [{ ...range, keys: left }] : [];
  }
  if (after.startsWith(prefix)) return [{ ...range, after }];
  return compareKeys(prefix, after) > 0 ? [range] : [];
}
