/** Narrow answers: what a reader wants of the blocks, and how far they were looked at. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import { isSilent, narrowAnswer } from '../../../lib/log/read/narrow.ts';
import { narrowOf } from '../../../lib/poll/wish.ts';
import type { PollAnswer } from '../../../lib/protocol/doorbell.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';

type Said = readonly [key: string | undefined, data: unknown];

/** A log of blocks, each given as its events. */
async function logOf(blocks: ReadonlyArray<readonly Said[]>) {
  const log = new MemoryLog();
  let head = 0;
  for (const said of blocks) {
    const events = said.map(([key, data], i) => newEvent(`${head + i}`, data, key));
    await log.append('board', newBlock(head + 1, events));
    head += said.length;
  }
  const stored = log.blocks('board');
  return { blocks: stored, head: { vid: head, epoch: stored[0]?.epoch ?? null } };
}

interface Asked {
  readonly after?: number;
  readonly keys?: readonly string[];
  readonly prefix?: string;
  readonly latest?: boolean;
  readonly limit?: number;
  readonly maxBytes?: number;
}

async function answer(said: ReadonlyArray<readonly Said[]>, asked: Asked): Promise<PollAnswer> {
  const { blocks, head } = await logOf(said);
  const { after = 0, keys = [], prefix = '', latest = false, limit = 500, maxBytes } = asked;
  const narrow = narrowOf(keys, prefix, latest);
  if (!narrow) throw new Error('nothing is narrow here');
  const rest = blocks.filter(({ last }) => last > after);
  return narrowAnswer('board', after, head, rest, limit, narrow, maxBytes);
}

const brief = ({ events, maxvid, missed, skipped }: PollAnswer) => ({
  vids: events.map(({ vid }) => vid),
  maxvid,
  missed,
  skipped: skipped ?? 0,
});

/** Doors 1 and 2, a window, and what has no key. */
const SAID: ReadonlyArray<readonly Said[]> = [
  [
    ['door.1', 'a'],
    ['window', 'b'],
  ],
  [['door.2', 'c']],
  [
    [undefined, 'd'],
    ['door.1', 'e'],
  ],
];

describe('of what was looked at, a reader is given', () => {
  test.each<readonly [wish: string, asked: Asked, vids: readonly number[], maxvid: number, skipped: number]>([
    ['the events of a key', { keys: ['door.1'] }, [1, 5], 5, 0],
    ['the events of two keys', { keys: ['window', 'door.2'] }, [2, 3], 5, 0],
    ['nothing of a key that is not there', { keys: ['wall'] }, [], 5, 0],
    ['the keys that begin so', { prefix: 'door.' }, [1, 3, 5], 5, 0],
    ['the newest of each key, and what has none', { latest: true }, [2, 3, 4, 5], 5, 1],
    ['the newest of some keys', { prefix: 'door.', latest: true }, [3, 5], 5, 1],
    ['what comes after its place', { after: 1, keys: ['door.1'] }, [5], 5, 0],
    ['no more than its limit, and goes on behind what it passed', { prefix: 'door.', limit: 1 }, [1], 2, 0],
    ['as much as there is room for', { prefix: 'door.', maxBytes: 1 }, [1], 2, 0],
    ['one that is larger than all room', { keys: ['window'], maxBytes: 1 }, [2], 5, 0],
    ['the newest as far as its limit reaches', { latest: true, limit: 2 }, [1, 2], 2, 0],
  ])('%s', async (_, asked, vids, maxvid, skipped) => {
    expect(brief(await answer(SAID, asked))).toEqual({ vids, maxvid, missed: 0, skipped });
  });
});

test('a key is replaced within the limit', async () => {
  const said: readonly Said[] = Array.from({ length: 9 }, (_, i) => ['door.1', i]);

  expect(brief(await answer([said], { latest: true, limit: 1 }))).toEqual({
    vids: [9],
    maxvid: 9,
    missed: 0,
    skipped: 8,
  });
});

test('numbers without an event are missed, wanted or not', async () => {
  const { blocks, head } = await logOf(SAID);
  const narrow = narrowOf(['wall'], '', false);
  if (!narrow) throw new Error('it is narrow');

  expect(brief(narrowAnswer('board', 0, head, blocks.slice(1), 500, narrow))).toMatchObject({
    maxvid: 5,
    missed: 2,
  });
  expect(brief(narrowAnswer('board', 0, head, [], 500, narrow))).toMatchObject({ maxvid: 5, missed: 5 });
});

test('an answer is silent that has nothing to tell but how far it went', async () => {
  const nothing = await answer(SAID, { keys: ['wall'] });
  const something = await answer(SAID, { keys: ['window'] });

  expect([isSilent(nothing, 0), isSilent(something, 0)]).toEqual([true, false]);
  expect(isSilent({ ...nothing, missed: 1 }, 0)).toBe(false);
  expect(isSilent({ ...nothing, closed: true }, 0)).toBe(false);
  expect(isSilent(nothing, 5)).toBe(false);
});

test('who wants everything is not narrow, and who wants the same has the same name', () => {
  const name = (...wish: Parameters<typeof narrowOf>) => narrowOf(...wish)?.name;

  expect(name([], '', false)).toBeUndefined();
  expect(name(['a'], '', true)).toBe(name(['a'], '', true));
  const names = [name(['a'], '', false), name([], 'a', false), name(['a'], '', true), name([], '', true)];
  expect(new Set(names).size).toBe(4);
});

const key = fc.constantFrom(undefined, 'a', 'a.b', 'b', '__proto__');
const said = fc.array(fc.array(fc.tuple(key, fc.nat(3)), { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 8,
});
const wish = fc.record({
  keys: fc.constantFrom<readonly string[]>([], ['a'], ['b', '__proto__']),
  prefix: fc.constantFrom('', 'a'),
  latest: fc.boolean(),
  limit: fc.integer({ min: 1, max: 5 }),
  maxBytes: fc.constantFrom(1, 150, 10_000),
});

test('answer by answer, a narrow reader has the state of each maxvid that it is given, and every event that it wants', async () => {
  await fc.assert(
    fc.asyncProperty(said, wish, async (blocks, { keys, prefix, latest, limit, maxBytes }) => {
      const narrow = narrowOf(keys, prefix, latest);
      fc.pre(narrow !== undefined);
      const { blocks: stored, head } = await logOf(blocks);
      const all = blocks.flat().map(([of, data], i) => ({ vid: i + 1, key: of, data }));
      const wanted = all.filter((one) => narrow?.wants(one.key));
      const given: number[] = [];
      const fold = new Map<string, number>();
      let after = 0;
      let skipped = 0;
      while (narrow && after < head.vid) {
        const rest = stored.filter(({ last }) => last > after);
        const page = narrowAnswer('board', after, head, rest, limit, narrow, maxBytes);
        expect(page.maxvid).toBeGreaterThan(after);
        expect(page.events.length).toBeLessThanOrEqual(limit);
        for (const { vid, key: of } of page.events) {
          given.push(vid);
          if (of !== undefined) fold.set(of, vid);
        }
        const upTo = page.maxvid;
        const newest = wanted.filter(({ vid }) => vid <= upTo).map((one) => [one.key, one.vid] as const);
        expect(fold).toEqual(new Map(newest.filter(([of]) => of !== undefined)));
        skipped += page.skipped ?? 0;
        after = page.maxvid;
      }
      expect(given).toEqual([...given].sort((a, b) => a - b));
      expect(given.length + skipped).toBe(wanted.length);
      if (!latest) expect(given).toEqual(wanted.map(({ vid }) => vid));
    }),
    { numRuns: 300 },
  );
});
