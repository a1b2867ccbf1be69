/** The newest blocks in memory. */

import { expect, test } from 'vitest';
import type { Block } from '../../../lib/log/block.ts';
import { RecentBlocks } from '../../../lib/log/read/recent-blocks.ts';

const block = (first: number, last: number, epoch = 'e1'): Block => ({
  first,
  last,
  epoch,
  at: '2026-01-01T00:00:00.000Z',
  entries: Array.from({ length: last - first + 1 }, (_, i) => ({ id: `${first + i}`, data: null })),
});

function tailOf(...blocks: readonly Block[]): RecentBlocks {
  const tail = new RecentBlocks();
  for (const one of blocks) tail.add(one);
  return tail;
}

const reaching = (vid: number, epoch = 'e1') => ({ vid, epoch });

const spans = (blocks: readonly Block[] | undefined) => blocks?.map(({ first, last }) => [first, last]);

test('reaches back nowhere while it is empty', () => {
  expect(tailOf().after(0, reaching(0))).toBeUndefined();
});

test.each([
  { after: 3, expected: undefined, what: 'does not reach back past its oldest block' },
  {
    after: 4,
    expected: [
      [5, 6],
      [7, 7],
    ],
    what: 'gives all where the reader stands right before it',
  },
  {
    after: 5,
    expected: [
      [5, 6],
      [7, 7],
    ],
    what: 'gives the block across the place',
  },
  { after: 6, expected: [[7, 7]], what: 'gives what is after a place between two blocks' },
  { after: 7, expected: [], what: 'gives nothing to a reader at its end' },
])('$what', ({ after, expected }) => {
  const tail = tailOf(block(5, 6), block(7, 7));

  expect(spans(tail.after(after, reaching(7)))).toEqual(expected);
});

test.each([
  { what: 'the newest block once more', again: block(7, 7) },
  { what: 'an older block', again: block(5, 6) },
])('passes over $what', ({ again }) => {
  const tail = tailOf(block(5, 6), block(7, 7), again);

  expect(spans(tail.after(4, reaching(7)))).toEqual([
    [5, 6],
    [7, 7],
  ]);
});

test('starts anew with a block that leaves a hole', () => {
  const tail = tailOf(block(5, 6), block(9, 9));

  expect(tail.after(6, reaching(9))).toBeUndefined();
  expect(spans(tail.after(8, reaching(9)))).toEqual([[9, 9]]);
});

test('starts anew with a block of another life, though its number follows on', () => {
  const tail = tailOf(block(5, 6), block(7, 7, 'e2'));

  expect(tail.after(5, reaching(7, 'e2'))).toBeUndefined();
  expect(spans(tail.after(6, reaching(7, 'e2')))).toEqual([[7, 7]]);
});

test('starts anew with a block of another life, though its number is lower', () => {
  const tail = tailOf(block(5, 6), block(1, 2, 'e2'));

  expect(spans(tail.after(0, reaching(2, 'e2')))).toEqual([[1, 2]]);
});

test('the recent blocks keeps the 16 newest blocks', () => {
  const tail = tailOf(...Array.from({ length: 20 }, (_, i) => block(i + 1, i + 1)));

  expect(tail.after(3, reaching(20))).toBeUndefined();
  expect(tail.after(4, reaching(20))).toHaveLength(16);
});

test.each([
  { head: reaching(8), what: 'the log reaches further' },
  { head: reaching(7, 'e2'), what: 'the log is in another life' },
])('the recent blocks does not answer where $what', ({ head }) => {
  const tail = tailOf(block(5, 6), block(7, 7));

  expect(tail.after(5, head)).toBeUndefined();
  expect(tail.after(7, head)).toBeUndefined();
});
