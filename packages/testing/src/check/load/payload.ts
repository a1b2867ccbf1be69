/** What producers publish: JSON of every shape, each with its producer and number, so that no two events of a run are alike. */

import { deletionBy, inBrief } from '../brief.ts';
import type { Sent } from '../history.ts';
import type { Random } from '../random.ts';

export interface Payload {
  readonly id?: string;
  readonly key?: string;
  readonly data: unknown;
}

/** Few, so that each is told of often; none of them is like the others. */
export const KEYS = ['door-1', 'door-2', 'door-3', '__proto__', 'ünï ✓ 🚪', 'a "b" c'] as const;

/** About the bytes of a large event: several pages of a disk, and a dozen of them still fit one block. */
const LARGE = { least: 10_000, most: 18_000 };

/** The `number`-th event of a producer; with an `id` that is its own, where `keyed`; larger than a few pages of a disk, where `large`. */
export function payload(
  producer: string,
  number: number,
  keyed: boolean,
  chance: Random,
  large = false,
): Payload {
  const data = large
    ? padded(producer, number, chance.integer(LARGE.least, LARGE.most), chance)
    : shape(producer, number, chance);
  return keyed ? { id: `${producer}-${number}`, data } : { data };
}

/**
 * The same about a key, half of the times, where it has an id: some delete it. Without an id nobody could tell two deletions apart.
 */
export function aboutKey(one: Payload, chance: Random): Payload {
  if (one.id === undefined || chance.chance(0.5)) return one;
  const key = chance.pick(KEYS);
  return chance.chance(0.25) ? { id: one.id, key, data: null } : { ...one, key };
}

/** As it goes into the history. */
export function sent({ id, key, data }: Payload): Sent {
  const brief = data === null ? deletionBy(id) : inBrief(data);
  return { ...(id === undefined ? {} : { id }), ...(key === undefined ? {} : { key }), data: brief };
}

function shape(producer: string, number: number, chance: Random): unknown {
  const kind = chance.integer(1, 100);
  if (kind <= 10) return `${producer}:${number}`;
  if (kind <= 20) return [producer, number, chance.next()];
  if (kind <= 92) return { producer, number, value: value(chance, 3) };
  // Larger than a doorbell carries now and then; and a block must not always hold everything that waits.
  const pad = kind <= 98 ? chance.integer(1_000, 10_000) : chance.integer(20_000, 90_000);
  return padded(producer, number, pad, chance);
}

function padded(producer: string, number: number, bytes: number, chance: Random) {
  return { producer, number, pad: `${chance.next()} `.repeat(bytes / 20) };
}

const TEXTS = [
  '',
  'open',
  'ünï ✓ 🚪',
  'a "quoted" \\ line\nand \u0000 more',
  '__proto__',
  ' ',
  '\u2028',
] as const;

function value(chance: Random, depth: number): unknown {
  switch (chance.integer(1, depth > 0 ? 7 : 5)) {
    case 1:
      return null;
    case 2:
      return chance.chance(0.5);
    case 3:
      return chance.pick([0, -1, 1e-7, 1.5, 2 ** 53 - 1, -(2 ** 40), chance.next()]);
    case 4:
      return chance.pick(TEXTS);
    case 5:
      return chance.integer(0, 1_000_000);
    case 6:
      return Array.from({ length: chance.integer(0, 3) }, () => value(chance, depth - 1));
    default:
      return { [chance.pick(TEXTS)]: value(chance, depth - 1), b: value(chance, depth - 1) };
  }
}
