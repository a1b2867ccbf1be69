/** What a log remembers of its producers: whose batch comes next, who is remembered, and how it is written down. */

import { describe, expect, test } from 'vitest';
import {
  evict,
  isSame,
  MAX_PRODUCERS,
  type Producer,
  standingOf,
  type Writers,
  withProducer,
  writersOf,
  writersText,
} from '../../../lib/log/writers.ts';

const producer = (epoch: number, seq: number, id = 'p'): Producer => ({ id, epoch, seq });
const many = (count: number) => Array.from({ length: count }, (_, i) => producer(0, i, `p${i}`));

describe('a batch', () => {
  test.each([
    { what: 'that begins', known: undefined, batch: producer(0, 0), standing: { kind: 'next' } },
    {
      what: 'that does not begin at 0',
      known: undefined,
      batch: producer(0, 3),
      standing: { kind: 'gap', expected: 0 },
    },
    { what: 'that follows', known: producer(1, 4), batch: producer(1, 5), standing: { kind: 'next' } },
    {
      what: 'that leaves one out',
      known: producer(1, 4),
      batch: producer(1, 6),
      standing: { kind: 'gap', expected: 5 },
    },
    {
      what: 'that comes again',
      known: producer(1, 4),
      batch: producer(1, 4),
      standing: { kind: 'duplicate', producer: producer(1, 4) },
    },
    {
      what: 'of long ago',
      known: producer(1, 4),
      batch: producer(1, 0),
      standing: { kind: 'duplicate', producer: producer(1, 4) },
    },
    {
      what: 'of an older session',
      known: producer(2, 0),
      batch: producer(1, 9),
      standing: { kind: 'fenced', epoch: 2 },
    },
    { what: 'of a new session', known: producer(1, 4), batch: producer(2, 0), standing: { kind: 'next' } },
    {
      what: 'of a new session that does not begin at 0',
      known: producer(1, 4),
      batch: producer(2, 1),
      standing: { kind: 'bad-start' },
    },
  ])('$what is told apart', ({ known, batch, standing }) => {
    expect(standingOf(known, batch)).toEqual(standing);
  });
});

test.each([
  { one: producer(1, 2), other: producer(1, 2), same: true },
  { one: producer(1, 2), other: producer(1, 3), same: false },
  { one: producer(1, 2), other: producer(2, 2), same: false },
  { one: producer(1, 2), other: producer(1, 2, 'q'), same: false },
  { one: producer(1, 2), other: undefined, same: false },
  { one: undefined, other: producer(1, 2), same: false },
  { one: undefined, other: undefined, same: false },
])('$one and $other are the same batch: $same', ({ one, other, same }) => {
  expect(isSame(one, other)).toBe(same);
});

test('a producer that writes again is the newest, and stands there once', () => {
  const before = [producer(0, 1, 'a'), producer(0, 1, 'b')];

  expect(withProducer(before, producer(0, 2, 'a'))).toEqual([producer(0, 1, 'b'), producer(0, 2, 'a')]);
});

describe('of many producers', () => {
  test('all stay where there is room', () => {
    const writers: Writers = { producers: many(MAX_PRODUCERS), seq: 's' };

    expect(evict(writers)).toEqual({ kept: writers, evicted: [] });
  });

  test('the oldest make room, and it is noted that some stand elsewhere', () => {
    const producers = many(MAX_PRODUCERS + 2);

    expect(evict({ producers, seq: 's' })).toEqual({
      kept: { producers: producers.slice(2), seq: 's', evicted: true },
      evicted: producers.slice(0, 2),
    });
  });
});

test.each<Writers>([
  { producers: [] },
  { producers: many(3) },
  { producers: [], seq: '0017' },
  { producers: many(1), closedBy: producer(1, 7) },
  { producers: many(2), seq: '', closedBy: producer(0, 0), evicted: true },
])('%j is read as it was written', (writers) => {
  expect(writersOf(writersText(writers))).toEqual(writers);
});
