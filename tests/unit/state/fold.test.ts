/** State by folding, and which keys a range holds. */

import { describe, expect, test } from 'vitest';
import type { Block, Entry } from '../../../lib/log/block.ts';
import { StateFold } from '../../../lib/state/fold.ts';
import { compareKeys, isInRange } from '../../../lib/state/keys.ts';

const AT = '2026-01-01T00:00:00.000Z';
const all = () => true;

function block(
  first: number,
  ...keyed: ReadonlyArray<readonly [key: string | undefined, data: unknown]>
): Block {
  const entries: Entry[] = keyed.map(([key, data], i) => ({
    id: `id-${first + i}`,
    data,
    ...(key === undefined ? {} : { key }),
  }));
  return { first, last: first + entries.length - 1, epoch: 'e', at: AT, entries };
}

describe('folding', () => {
  test('keeps the newest event of each key, and none of events without a key', () => {
    const fold = new StateFold();

    fold.add(block(1, ['b', 1], [undefined, 'x'], ['a', 2], ['b', 3]), all);

    expect(fold.entries()).toEqual([
      { key: 'a', vid: 3, id: 'id-3', at: AT, data: 2 },
      { key: 'b', vid: 4, id: 'id-4', at: AT, data: 3 },
    ]);
  });

  test('forgets a key whose newest event is null, and knows it again afterwards', () => {
    const fold = new StateFold([{ key: 'a', vid: 1, id: 'x', at: AT, data: 1 }]);

    fold.add(block(2, ['a', null]), all);
    expect(fold.entries()).toEqual([]);
    fold.add(block(3, ['a', 0]), all);

    expect(fold.entries()).toMatchObject([{ key: 'a', vid: 3, data: 0 }]);
  });

  test('takes blocks in any order, and again, for what they are', () => {
    const fold = new StateFold([{ key: 'a', vid: 9, id: 'x', at: AT, data: 'newest' }]);

    fold.add(block(3, ['b', null]), all);
    fold.add(block(1, ['a', 1], ['b', 2]), all);
    fold.add(block(1, ['a', 1], ['b', 2]), all);

    expect(fold.entries()).toMatchObject([{ key: 'a', data: 'newest' }]);
  });

  test('counts wanted keys only', () => {
    const fold = new StateFold();

    fold.add(block(1, ['a', 1], ['b', 2]), (key) => key === 'b');

    expect(fold.entries().map(({ key }) => key)).toEqual(['b']);
  });
});

test('keys are ordered by code point, as a store orders them', () => {
  const keys = ['𝕏', '\uffff', 'a', 'A', '_', 'aa', 'é'];

  expect(keys.sort(compareKeys)).toEqual(['A', '_', 'a', 'aa', 'é', '\uffff', '𝕏']);
});

describe('a range', () => {
  const NONE: readonly string[] = [];

  test.each([
    ['everything', { prefix: '', after: '', keys: NONE }, ['a', 'ab', 'b']],
    ['a prefix', { prefix: 'a', after: '', keys: NONE }, ['a', 'ab']],
    ['what stands behind a key', { prefix: '', after: 'a', keys: NONE }, ['ab', 'b']],
    ['both', { prefix: 'a', after: 'a', keys: NONE }, ['ab']],
    ['named keys', { prefix: '', after: '', keys: ['b', 'z'] }, ['b']],
  ])('holds %s', (_, range, held) => {
    expect(['a', 'ab', 'b'].filter((key) => isInRange(key, range))).toEqual(held);
  });
});
