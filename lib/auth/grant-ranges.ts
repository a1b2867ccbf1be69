/**
 * Grants as ranges of names, so that a list of channels is read where the caller may read, and nowhere else. Pure. Names are ordered by character
 * code: `-` comes first of all characters that a name may have, and `z` last.
 */

import { CHANNEL_PATTERN } from '../protocol/doorbell.ts';

/** Names from `from` to `to`, both included. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

const FIRST = '-';
const LAST = 'z';
const MAX_NAME = 128;

/** The ranges behind `after` that hold just the names that the grants cover (`covers` of caller.ts); ascending, none within another. */
export function readable(grants: readonly string[], after?: string): readonly Range[] {
  const ranges = grants.flatMap(rangeOf).sort((a, b) => order(a.from, b.from) || order(b.to, a.to));
  const apart: Range[] = [];
  // Two ranges are apart, or one is within the other: prefixes are.
  for (const range of ranges) if (range.to > (apart.at(-1)?.to ?? '')) apart.push(range);
  if (after === undefined) return apart;
  // Nothing comes between a name and the same name with one more of the first character.
  const least = `${after}${FIRST}`;
  return apart
    .filter(({ to }) => to > after)
    .map(({ from, to }) => ({ from: from > after ? from : least, to }));
}

/** None when no channel can have such a name. */
function rangeOf(grant: string): readonly Range[] {
  if (grant === '*') return [{ from: FIRST, to: LAST.repeat(MAX_NAME) }];
  const prefix = grant.endsWith('.*') ? grant.slice(0, -1) : undefined;
  const from = prefix === undefined ? grant : `${prefix}${FIRST}`;
  if (!CHANNEL_PATTERN.test(from)) return [];
  return [{ from, to: prefix === undefined ? grant : prefix.padEnd(MAX_NAME, LAST) }];
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
