/** Offsets: what they look like, how they sort, and which are refused. */

import { describe, expect, test } from 'vitest';
import { offsetAt, placeOf, stampOfEpoch } from '../../../lib/streams/offsets.ts';

const NOW = 1_795_000_000_000;
const plain = { stamp: NOW, base: 0, segments: [] };
/** A fork of a fork: 1..10 of the first, 11..20 of the second, its own from 21 on. */
const fork = {
  stamp: NOW + 2,
  base: 20,
  segments: [
    { log: 'a', upTo: 10, stamp: NOW },
    { log: 'b', upTo: 20, stamp: NOW + 1 },
  ],
};
const ZEROS = '0000000000000000_0000000000000000';

test('an offset is two numbers of 16 digits', () => {
  expect(offsetAt(plain, 42)).toBe('0001795000000000_0000000000000042');
});

test('offsets of a fork sort as their positions do, across its sources', () => {
  const offsets = Array.from({ length: 30 }, (_, position) => offsetAt(fork, position));

  expect([...offsets].sort()).toEqual(offsets);
  expect(new Set(offsets).size).toBe(30);
});

test('every offset that was given out leads back to its position', () => {
  for (const numbered of [plain, fork])
    for (let position = 1; position <= 30; position++)
      expect(placeOf(offsetAt(numbered, position), numbered, 30)).toBe(position);
});

test('where a fork leaves its source, its own stamp and the source’s say the same', () => {
  for (const stamp of [NOW + 1, NOW + 2]) expect(placeOf(`000${stamp}_0000000000000020`, fork, 30)).toBe(20);
});

test.each([
  [undefined, 'start'],
  ['-1', 'start'],
  [ZEROS, 'start'],
  ['now', 'now'],
])('%j is the %s', (offset, place) => {
  expect(placeOf(offset, plain, 0)).toBe(place);
});

describe('is refused', () => {
  test.each(['', '-2', '1', 'NOW', '1_2', '0001795000000000_00000000000000042', 'a'.repeat(33), `${ZEROS} `])(
    'as malformed: %j',
    (offset) => {
      expect(() => placeOf(offset, plain, 9)).toThrow(expect.objectContaining({ code: 'bad-parameter' }));
    },
  );

  test.each([
    ['of an earlier life', NOW - 1, 5, 'gone'],
    ['of a life that has not begun', NOW + 1, 5, 'bad-parameter'],
    ['beyond the end', NOW, 10, 'bad-parameter'],
    ['beyond every end', 9_000_000_000_000_000, 9_000_000_000_000_000, 'bad-parameter'],
  ])('one %s', (_, stamp, position, code) => {
    const offset = [stamp, position].map((number) => String(number).padStart(16, '0')).join('_');

    expect(() => placeOf(offset, plain, 9)).toThrow(expect.objectContaining({ code }));
  });

  test('one of a source that lies beyond what was inherited', () => {
    const offset = offsetAt({ ...plain, segments: [] }, 11);

    expect(() => placeOf(offset, fork, 30)).toThrow(expect.objectContaining({ code: 'gone' }));
  });
});

test("a channel's stamp is below every time, and another one for another epoch", () => {
  const stamps = ['a', 'b', 'c', crypto.randomUUID()].map(stampOfEpoch);

  expect(new Set(stamps).size).toBe(4);
  for (const stamp of stamps) expect(stamp).toBeLessThan(10 ** 12);
});
