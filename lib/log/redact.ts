/** Taking the data of an event out of its block. Pure. It is the only change that a block ever sees: numbers, ids, keys and times stay. */

import { type Entry, type NewEvent, newEvent } from './block.ts';

/** The entries with the data of the one at `index` taken out; undefined where there is none. */
export function withoutData(entries: readonly Entry[], index: number): readonly NewEvent[] | undefined {
  if (!entries[index]) return undefined;
  return entries.map(({ id, key, data, ...extras }, i) =>
    i === index ? newEvent(id, null, key, { ...extras, redacted: true }) : newEvent(id, data, key, extras),
  );
}
