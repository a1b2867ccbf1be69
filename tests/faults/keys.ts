/** Which thing an event tells of: decided by its mark, so that whoever judges knows it too. */

import { type NewEvent, newEvent } from '../../lib/log/block.ts';

export const KEYS = ['a', 'b'] as const;
const GONE = ' gone';

/** The mark of an event that deletes its key, where chance has it so. Its data are null, so its id must be its mark. */
export function orGone(mark: string): string {
  return sumOf(mark) % 3 === 0 ? `${mark}${GONE}` : mark;
}

/** Few, so that each is told of often. Undefined: of none. */
export function keyOf(mark: string): string | undefined {
  return KEYS[sumOf(mark.replace(GONE, '')) % (KEYS.length + 1)];
}

export function isGone(mark: string): boolean {
  return mark.endsWith(GONE);
}

export function markedEvent(id: string, mark: string): NewEvent {
  return newEvent(id, isGone(mark) ? null : mark, keyOf(mark));
}

/** The mark of an event in the log. */
export function markIn({ id, data }: { readonly id: string; readonly data: unknown }): string {
  return data === null ? id : String(data);
}

function sumOf(mark: string): number {
  let sum = 7;
  for (const char of mark) sum = (sum * 31 + char.charCodeAt(0)) % 1_000_003;
  return sum;
}
