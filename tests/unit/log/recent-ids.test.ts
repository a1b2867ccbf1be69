/** What a process knows of a channel's ids: those it has read, and digests of spans that it has not. */

import { describe, expect, test } from 'vitest';
import { hashOf } from '../../../lib/log/append/id-digest.ts';
import { DEDUPLICATION_MS, RecentIds } from '../../../lib/log/append/recent-ids.ts';
import type { IdDigest } from '../../../lib/log/ports.ts';

const AT = 1_000_000;

const idsOf = (ids: RecentIds) => [...ids].map(([id, { vid }]) => [id, vid]);
const digest = (first: number, last: number, ...ids: readonly string[]): IdDigest => ({
  first,
  last,
  epoch: 'e1',
  at: AT,
  hashes: Uint32Array.from(ids.map(hashOf)).sort(),
});

function known(...ids: ReadonlyArray<readonly [id: string, vid: number, at: number]>): RecentIds {
  const recent = new RecentIds();
  for (const [id, vid, at] of ids) recent.note(id, vid, at);
  return recent;
}

test('keeps the first vid under an id', () => {
  expect(known(['a', 1, AT], ['a', 2, AT + 1]).get('a')?.vid).toBe(1);
});

test.each([
  {
    age: DEDUPLICATION_MS - 1,
    expected: [
      ['a', 1],
      ['b', 2],
    ],
  },
  { age: DEDUPLICATION_MS, expected: [['b', 2]] },
  { age: DEDUPLICATION_MS + 1, expected: [] },
])('forgets ids at 5 minutes of age (after $age ms)', ({ age, expected }) => {
  const ids = known(['a', 1, AT], ['b', 2, AT + 1]);

  ids.forgetOld(AT + age);

  expect(idsOf(ids)).toEqual(expected);
});

test('an id that was read late is forgotten in time, though it stands behind younger ones', () => {
  const ids = known(['young', 9, AT + 1_000], ['old', 1, AT]);

  ids.forgetOld(AT + DEDUPLICATION_MS);

  expect(ids.get('old')).toBeUndefined();
  expect(ids.get('young')?.vid).toBe(9);
});

test('an id that was forgotten may come again', () => {
  const ids = known(['young', 9, AT + 1_000], ['old', 1, AT]);
  ids.forgetOld(AT + DEDUPLICATION_MS);

  ids.note('old', 10, AT + DEDUPLICATION_MS);

  expect(ids.get('old')?.vid).toBe(10);
});

describe('spans that were not read', () => {
  test('are named when they may hold an id that is not known, until they are read or too old', () => {
    const ids = known(['b', 150, AT]);
    const [one, two] = [digest(1, 100, 'a', 'b'), digest(101, 200, 'c')];
    ids.noteUnread(one, AT);
    ids.noteUnread(two, AT + 1_000);

    expect(ids.unreadWith(['a'])).toEqual([one]);
    expect(ids.unreadWith(['a', 'c', 'x'])).toEqual([one, two]);
    expect(ids.unreadWith(['b', 'x'])).toEqual([]);

    ids.noteRead(one);
    expect(ids.unreadWith(['a', 'c'])).toEqual([two]);
    ids.forgetOld(AT + 1_000 + DEDUPLICATION_MS);
    expect(ids.unreadWith(['a', 'c'])).toEqual([]);
  });

  test('go over to the next view with the ids that are known', () => {
    const before = known(['a', 1, AT]);
    before.noteUnread(digest(101, 200, 'c'), AT);

    const after = new RecentIds(before);
    after.noteUnread(digest(101, 200, 'c'), AT);

    expect(idsOf(after)).toEqual([['a', 1]]);
    expect(after.unreadWith(['c'])).toHaveLength(1);
  });
});
