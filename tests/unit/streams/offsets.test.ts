/** Offsets: where a reader stands, and in which life of a stream. */

import { describe, expect, test } from 'vitest';
import {
  checkOffsetForm,
  type Numbered,
  offsetAt,
  placeOf,
  stampOfEpoch,
} from '../../../lib/streams/offsets.ts';

/** A fork: numbers up to 3 are of the life 1000, those up to 5 of the life 2000, its own follow. */
const FORK: Numbered = {
  stamp: 3_000,
  base: 5,
  segments: [
    { log: 'a', upTo: 3, stamp: 1_000 },
    { log: 'b', upTo: 5, stamp: 2_000 },
  ],
};
const PLAIN: Numbered = { stamp: 3_000, base: 0, segments: [] };
const offset = (stamp: number, position: number) =>
  `${String(stamp).padStart(16, '0')}_${String(position).padStart(16, '0')}`;

test.each([
  [0, 1_000],
  [3, 1_000],
  [4, 2_000],
  [5, 2_000],
  [6, 3_000],
])('position %i of a fork is an offset of the life %i', (position, stamp) => {
  expect(offsetAt(FORK, position)).toBe(offset(stamp, position));
});

test('offsets sort as text as their positions do', () => {
  const positions = [0, 3, 5, 9, 10, 99, 100, 12_345];

  const offsets = positions.map((position) => offsetAt(FORK, position));

  expect(offsets.toSorted()).toEqual(offsets);
});

describe('a reader', () => {
  test.each([[undefined], ['-1'], [offset(0, 0)]])('that says %s begins with the oldest message', (text) => {
    expect(placeOf(text, PLAIN, 9)).toBe('start');
  });

  test('that says now begins at the end', () => {
    expect(placeOf('now', PLAIN, 9)).toBe('now');
  });

  test.each([0, 3, 4, 5, 7, 9])('that sends the offset of %i back goes on from there', (position) => {
    expect(placeOf(offsetAt(FORK, position), FORK, 9)).toBe(position);
  });

  test.each([
    { what: 'the end of one part', text: offset(2_000, 3), place: 3 },
    { what: 'the end of what is inherited', text: offset(3_000, 5), place: 5 },
  ])('may name $what by the life that follows', ({ text, place }) => {
    expect(placeOf(text, FORK, 9)).toBe(place);
  });

  test.each([
    { what: 'an earlier life', text: offset(2_999, 1), numbered: PLAIN },
    { what: 'an earlier life, at a place that it has not', text: offset(1_000, 4), numbered: FORK },
    { what: 'this life, at a place that is inherited', text: offset(3_000, 4), numbered: FORK },
  ])('that names $what is told that it is gone', ({ text, numbered }) => {
    expect(() => placeOf(text, numbered, 9)).toThrow(
      expect.objectContaining({ code: 'gone', details: { field: 'offset' } }),
    );
  });

  test.each([
    { what: 'a place behind the end', text: offset(3_000, 10) },
    { what: 'a life that has not begun', text: offset(3_001, 1) },
  ])('that names $what is told where the end is', ({ text }) => {
    expect(() => placeOf(text, PLAIN, 9)).toThrow(`beyond the end of the stream, ${offset(3_000, 9)}.`);
    expect(() => placeOf(text, PLAIN, 9)).toThrow(expect.objectContaining({ code: 'bad-parameter' }));
  });
});

const BAD = [
  '',
  '-2',
  'NOW',
  '1_2',
  `${offset(1, 2)}0`,
  `x${offset(1, 2)}`,
  '0000000000000000-0000000000000000',
];

test.each(BAD)('%j is no offset, and the field that held it is named', (text) => {
  expect(() => placeOf(text, PLAIN, 9, 'fork')).toThrow(
    expect.objectContaining({ code: 'bad-parameter', details: { field: 'fork' } }),
  );
  expect(() => checkOffsetForm(text)).toThrow(expect.objectContaining({ code: 'bad-parameter' }));
});

test.each([undefined, '-1', 'now', offset(1, 2)])('%s has the form of an offset', (text) => {
  expect(() => checkOffsetForm(text)).not.toThrow();
});

test('the stamp of a channel comes from its epoch alone, and lies below every time', () => {
  const epochs = Array.from({ length: 100 }, (_, i) => `epoch-${i}`);
  const stamps = epochs.map(stampOfEpoch);

  expect(epochs.map(stampOfEpoch)).toEqual(stamps);
  expect(new Set(stamps).size).toBe(100);
  for (const stamp of stamps) expect(stamp).toBeLessThan(Date.parse('2001-09-10'));
});
