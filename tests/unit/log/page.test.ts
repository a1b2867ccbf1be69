/** Answers to a poll: what is in them, where the reader stands next, and what it missed. */

import { describe, expect, test } from 'vitest';
import type { Block } from '../../../lib/log/block.ts';
import type { Head } from '../../../lib/log/head.ts';
import { emptyAnswer, newsAnswer } from '../../../lib/log/read/page.ts';

const HEAD: Head = { vid: 10, epoch: 'e1' };

const block = (first: number, last: number, data: unknown = null): Block => ({
  first,
  last,
  epoch: 'e1',
  at: '2026-01-01T00:00:00.000Z',
  entries: Array.from({ length: last - first + 1 }, (_, i) => ({ id: `id-${first + i}`, data })),
});

describe('newsAnswer', () => {
  test.each([
    {
      what: 'everything after the place',
      after: 7,
      blocks: [block(8, 10)],
      vids: [8, 9, 10],
      maxvid: 10,
      missed: 0,
    },
    { what: 'the rest of a block', after: 9, blocks: [block(8, 10)], vids: [10], maxvid: 10, missed: 0 },
    {
      what: 'events that came after the check',
      after: 9,
      blocks: [block(10, 10), block(11, 12)],
      vids: [10, 11, 12],
      maxvid: 12,
      missed: 0,
    },
    {
      what: 'how many expired before the oldest',
      after: 2,
      blocks: [block(8, 10)],
      vids: [8, 9, 10],
      maxvid: 10,
      missed: 5,
    },
    {
      what: 'how many expired from the very beginning',
      after: 0,
      blocks: [block(9, 10)],
      vids: [9, 10],
      maxvid: 10,
      missed: 8,
    },
    {
      what: 'how many are missing in holes',
      after: 0,
      blocks: [block(1, 2), block(5, 6), block(9, 10)],
      vids: [1, 2, 5, 6, 9, 10],
      maxvid: 10,
      missed: 4,
    },
    {
      what: 'that everything has expired, and takes the reader to the head',
      after: 4,
      blocks: [],
      vids: [],
      maxvid: 10,
      missed: 6,
    },
  ])('tells $what', ({ after, blocks, vids, maxvid, missed }) => {
    const answer = newsAnswer('doors', after, HEAD, blocks, 500);

    expect(answer.events.map(({ vid }) => vid)).toEqual(vids);
    expect(answer).toMatchObject({ channel: 'doors', epoch: 'e1', maxvid, missed });
  });

  test('counts as missed only what is before the cut', () => {
    const answer = newsAnswer('doors', 0, HEAD, [block(3, 4), block(7, 10)], 2);

    expect(answer).toMatchObject({ maxvid: 4, missed: 2 });
    expect(answer.events.map(({ vid }) => vid)).toEqual([3, 4]);
  });

  test('is cut before it passes the size, and goes on from there', () => {
    const blocks = [block(8, 10, 'x'.repeat(1000))];

    const first = newsAnswer('doors', 7, HEAD, blocks, 500, 2500);
    const second = newsAnswer('doors', first.maxvid, HEAD, blocks, 500, 2500);

    expect(first.events.map(({ vid }) => vid)).toEqual([8, 9]);
    expect(second.events.map(({ vid }) => vid)).toEqual([10]);
  });

  test('carries one event at least', () => {
    const answer = newsAnswer('doors', 7, HEAD, [block(8, 10, 'x'.repeat(1000))], 500, 0);

    expect(answer).toMatchObject({ maxvid: 8, missed: 0 });
  });
});

describe('emptyAnswer', () => {
  test('leaves the reader where it is', () => {
    expect(emptyAnswer('doors', 10, HEAD, false)).toEqual({
      channel: 'doors',
      epoch: 'e1',
      events: [],
      maxvid: 10,
      missed: 0,
    });
  });

  test('says when a newer poll of the same client came', () => {
    expect(emptyAnswer('doors', 10, HEAD, true)).toMatchObject({ superseded: true, maxvid: 10 });
  });

  test('has no epoch before the first event', () => {
    expect(emptyAnswer('doors', 0, { vid: 0, epoch: null }, false)).toMatchObject({ epoch: null, maxvid: 0 });
  });
});
