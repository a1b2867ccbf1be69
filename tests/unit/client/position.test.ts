/** Where a reader stands, and what it takes from an answer that need not be its own. */
import { describe, expect, test } from 'vitest';
import type { PollAnswer } from '../../../lib/protocol/doorbell.ts';
import { isBehind, NOWHERE, parse, print, take } from '../../../packages/client/src/position.ts';

/** An answer to a poll after `after`: what lies between it and the first of `vids` is missed. */
function answer(after: number, vids: readonly number[], more: Partial<PollAnswer> = {}): PollAnswer {
  const events = vids.map((vid) => ({ vid, id: `id-${vid}`, at: '2026-01-01T00:00:00.000Z', data: vid }));
  const maxvid = vids.at(-1) ?? after;
  return { channel: 'doors', epoch: 'e1', events, maxvid, missed: maxvid - after - vids.length, ...more };
}

const at = (maxvid: number, epoch: string | null = 'e1') => ({ maxvid, epoch });
const vids = (taken: ReturnType<typeof take>) => taken?.events.map(({ vid }) => vid);

describe('take', () => {
  test('takes what follows on from the position', () => {
    const taken = take(at(5), answer(5, [6, 7]), false);

    expect(vids(taken)).toEqual([6, 7]);
    expect(taken).toMatchObject({ after: 5, missed: 0, position: at(7) });
  });

  test('takes its part of an answer for a reader that is further behind', () => {
    expect(vids(take(at(5), answer(2, [3, 4, 5, 6]), false))).toEqual([6]);
    expect(take(at(5), answer(2, [3, 4]), false)).toMatchObject({ events: [], missed: 0, position: at(5) });
  });

  test('takes nothing of an answer that begins after it', () => {
    expect(take(at(5), answer(6, [7]), false)).toBeUndefined();
  });

  test('takes nothing of another life', () => {
    expect(take(at(5), answer(5, [6], { epoch: 'e2' }), false)).toBeUndefined();
  });

  test('takes a life that is no text for what it is sent as: the same comes again, and is no other', () => {
    const odd = () => ({ life: 1 }) as never;
    const { position } = take(at(5, null), answer(5, [6], { epoch: odd() }), false) ?? {};

    expect(position).toBeDefined();
    expect(vids(take(position ?? at(0), answer(6, [7], { epoch: odd() }), false))).toEqual([7]);
  });

  test('learns the epoch, and keeps it when an answer has none', () => {
    expect(take(at(0, null), answer(0, [1]), false)?.position).toEqual(at(1));
    expect(take(at(5), answer(5, [], { epoch: null }), false)?.position).toEqual(at(5));
  });

  test('counts what it missed itself, not what another did', () => {
    expect(take(at(5), answer(0, [9, 10]), false)).toMatchObject({ after: 5, missed: 3 });
    expect(take(at(8), answer(0, [9, 10]), false)).toMatchObject({ after: 8, missed: 0 });
    expect(take(at(5), answer(5, [], { maxvid: 8, missed: 3 }), false)).toMatchObject({ missed: 3 });
  });

  test('counts the mark of a closed channel as neither an event nor missed', () => {
    const closing = answer(5, [6, 7], { maxvid: 8, missed: 0, closed: true });
    expect(take(at(5), closing, false)).toMatchObject({ after: 5, position: at(8), missed: 0 });
    expect(vids(take(at(5), closing, false))).toEqual([6, 7]);
    expect(take(at(7), answer(7, [], { maxvid: 8, missed: 0, closed: true }), false)).toMatchObject({
      missed: 0,
    });
    expect(take(at(5), { ...closing, maxvid: 10, missed: 2 }, false)).toMatchObject({ missed: 2 });
    const narrow = answer(5, [7], { maxvid: 9, missed: 0, passed: 2, closed: true });
    expect(take(at(5), narrow, false)).toMatchObject({ missed: 0, position: at(9) });
    expect(take(at(NOWHERE), answer(7, [], { maxvid: 8, missed: 0, closed: true }), true)).toMatchObject({
      missed: 0,
      position: at(8),
    });
  });

  test('counts what passed silently as neither an event nor missed', () => {
    const narrow = answer(5, [8], { maxvid: 12, missed: 0, passed: 6 });
    expect(take(at(5), narrow, false)).toMatchObject({ after: 5, position: at(12), missed: 0 });
    expect(take(at(5), { ...narrow, missed: 2, passed: 4 }, false)).toMatchObject({ missed: 2 });
    // It has passed some of them before.
    expect(take(at(9), narrow, false)?.missed).toBeLessThanOrEqual(0);
    expect(take(at(6), { ...narrow, missed: 2, passed: 4 }, false)).toMatchObject({ missed: 1 });
    // Begins after it.
    expect(take(at(4), narrow, false)).toBeUndefined();
  });

  test('learns where "now" is from a poll that asked for it, and from no other', () => {
    expect(take(at(NOWHERE, null), answer(40, []), true)?.position).toEqual(at(40));
    expect(vids(take(at(NOWHERE, null), answer(40, [41]), true))).toEqual([41]);
    expect(take(at(NOWHERE, null), answer(0, [1, 2]), false)).toBeUndefined();
  });
});

test.each([
  ['further behind', at(4), at(5), true],
  ['further on', at(6), at(5), false],
  ['in another life', at(6, 'e2'), at(5), true],
  ['in a life that is not known', at(5, null), at(5), false],
  ['nowhere yet', at(NOWHERE, null), at(5), true],
  ['anywhere, while the poll asks where "now" is', at(2), at(NOWHERE, null), false],
])('a reader who is %s', (_, there, here, behind) => {
  expect(isBehind(there, here)).toBe(behind);
});

test.each([at(0, null), at(12, null), at(12), at(12, 'a-b-1')])(
  '$maxvid:$epoch is read as it was written',
  (position) => {
    expect(parse(print(position))).toEqual(position);
  },
);

test.each([null, undefined, '', 'x', '-1', 'NaN:e1'])('%j is no position', (text) => {
  expect(parse(text)).toBeUndefined();
});
