/** A map that holds only so many entries, and drops the oldest. */

import { describe, expect, test } from 'vitest';
import { BoundedMap, type BoundedMapOptions } from '../../../lib/runtime/bounded-map.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];

/** A map of three with `a`, `b` and `c` in it. */
function three(options?: BoundedMapOptions<string, number>) {
  const map = new BoundedMap<string, number>(3, options);
  for (const key of ['a', 'b', 'c']) map.set(key, key.charCodeAt(0));
  return map;
}

const held = (map: BoundedMap<string, number>) => KEYS.filter((key) => map.has(key));

describe('a bounded map', () => {
  test('drops the oldest entry when a new one finds no room', () => {
    const map = three();

    map.set('d', 0);

    expect([held(map), map.size]).toEqual([['b', 'c', 'd'], 3]);
  });

  test('keeps an entry that was set again, or touched, longer than one that was only read', () => {
    const map = three();

    map.get('a');
    map.touch('b');
    map.set('c', 1);
    map.set('d', 0);
    map.set('e', 0);

    expect(held(map)).toEqual(['c', 'd', 'e']);
    expect([map.get('a'), map.get('c')]).toEqual([undefined, 1]);
  });

  test('drops what was not touched since half of it was taken before what was', () => {
    const map = new BoundedMap<string, number>(6);
    for (const key of ['a', 'b', 'c']) map.set(key, 0);
    // While half of it is free, a touch moves nothing.
    map.touch('a');
    expect(map.size).toBe(3);
    map.set('d', 0);
    map.touch('a');
    for (const key of ['e', 'f', 'g']) map.set(key, 0);

    expect([map.has('a'), map.has('b'), map.has('c'), map.size]).toEqual([true, false, true, 6]);
  });

  test('returns what it was given to set, and undefined for what it does not hold', () => {
    const map = three();

    expect([map.set('d', 7), map.touch('d'), map.touch('a'), map.get('a')]).toEqual([
      7,
      7,
      undefined,
      undefined,
    ]);
    expect(held(map)).toEqual(['b', 'c', 'd']);
  });

  test('tells of each entry that went to make room, and of no other', () => {
    const dropped: string[] = [];
    const map = three({ onDrop: (key, value) => dropped.push(`${key} ${value}`) });

    map.delete('b');
    map.set('d', 0);
    map.set('e', 0);

    expect([dropped, held(map)]).toEqual([['a 97'], ['c', 'd', 'e']]);
  });

  test('leaves busy entries alone, and never drops the one that was just set', () => {
    const busy = new Set([97, 98, 99]);
    const map = three({ isBusy: (value) => busy.has(value) });

    map.set('d', 100);
    expect(held(map)).toEqual(['a', 'b', 'c', 'd']);

    busy.clear();
    map.set('e', 101);
    expect(held(map)).toEqual(['c', 'd', 'e']);
  });

  test('deletes from the oldest entry on, up to the first that is good', () => {
    const map = three();
    map.touch('a');

    map.deleteWhile((value) => value !== 99);

    expect(held(map)).toEqual(['a', 'c']);
    map.clear();
    expect(map.size).toBe(0);
  });
});
