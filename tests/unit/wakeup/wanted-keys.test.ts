/** Whom a ring concerns: in doubt everybody, and nobody who wants none of its keys. */

import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import type { NewBlock } from '../../../lib/log/ports.ts';
import {
  concerns,
  keysIn,
  keysOfBoth,
  MAX_WANTED_BYTES,
  mayWant,
  wantedOf,
} from '../../../lib/wakeup/wanted-keys.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';

const set = (keys: readonly string[], prefixes: readonly string[] = []) => ({ keys, prefixes });
const block = (first: number, ...keys: ReadonlyArray<string | undefined>): NewBlock =>
  newBlock(
    first,
    keys.map((key, i) => newEvent(`id-${first + i}`, i, key)),
  );

describe('a waiter', () => {
  test('wants the keys that it names, those that begin so, and no event without a key', () => {
    const wanted = wantedOf(set(['a', 'b'], ['c.', 'é']));

    const wants = (key: string | undefined) => wanted && mayWant(wanted, key);

    expect(['a', 'b', 'c.1', 'c.', 'é', 'éa'].map(wants)).not.toContain(false);
    expect(['', 'ab', 'A', 'c', 'x', 'x.c.', undefined].map(wants)).not.toContain(true);
  });

  test('wants any key where it names the empty beginning', () => {
    const wanted = wantedOf(set([], ['']));

    expect(wanted && [mayWant(wanted, 'x'), mayWant(wanted, undefined)]).toEqual([true, false]);
  });

  test('wants nothing where it names nothing', () => {
    const wanted = wantedOf(set([]));

    expect(wanted && mayWant(wanted, 'a')).toBe(false);
  });

  test('that names no keys is rung for every event', () => {
    expect(wantedOf(undefined)).toBeUndefined();
    expect(concerns(new Set(['a']), undefined)).toBe(true);
  });

  test('that may name 20 keys of any length, and beginnings up to a KiB; more than that is rung for every event', () => {
    const keys = Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(256, '\u{1f514}'));
    const long = wantedOf(set(keys));
    const tooLong = wantedOf(set([], ['a'.repeat(MAX_WANTED_BYTES)]));

    expect(keys.every((key) => long && mayWant(long, key))).toBe(true);
    expect(tooLong).toBeUndefined();
  });
});

describe('a ring', () => {
  const wanted = wantedOf(set(['a']));

  test.each<[string, NewBlock, boolean]>([
    ['events of other keys', block(2, 'b', 'c'), false],
    ['events without a key', block(2, undefined), false],
    ['one event of its key among others', block(2, undefined, 'b', 'a'), true],
    ['the first block of a life', block(1, 'b'), true],
    ['the end of the log', { ...block(2, 'b'), last: 3, mark: 'closed' }, true],
    ['its deletion', { ...block(2), first: 2, last: 2, mark: 'deleted' }, true],
    ['bytes', { ...block(2), first: 2, last: 4, bytes: new Uint8Array(3) }, true],
  ])('about %s', (_, news, isConcerned) => {
    expect(concerns(keysIn(news), wanted)).toBe(isConcerned);
  });

  test('about what was in the log already concerns everybody', () => {
    expect(concerns(keysIn({ first: 7, last: 7, epoch: 'e' }), wanted)).toBe(true);
  });

  test('that is two has the keys of both, and of one that concerns everybody all', () => {
    const others = keysIn(block(2, 'b'));
    const own = keysIn(block(3, 'a'));

    expect(concerns(keysOfBoth(others, others), wanted)).toBe(false);
    expect(concerns(keysOfBoth(own, others), wanted)).toBe(true);
    expect(concerns(keysOfBoth(others, own), wanted)).toBe(true);
    expect(concerns(keysOfBoth(others, undefined), wanted)).toBe(true);
    expect(concerns(keysOfBoth(undefined, others), wanted)).toBe(true);
  });
});
