/**
 * Chance that can be repeated: every decision of a run comes from its seed. Each actor draws from a generator of its own, so what one
 * decides does not depend on how the others happen to be scheduled; only the network's timing differs between two runs.
 */

export interface Random {
  /** 0 ≤ number < 1. */
  next(): number;
  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** The generator of one actor. The same seed and name draw the same numbers, on every machine. */
export function random(seed: number, actor: string): Random {
  const next = mulberry32(seed ^ fnv1a(actor));
  const integer = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (items) => items[integer(0, items.length - 1)] ?? items[0],
  };
}

/** From 0 up to 1, the same for the same seed: Tommy Ettinger's mulberry32, 32 bits of state, public domain. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a, 32 bits: spreads names that differ in one digit. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
