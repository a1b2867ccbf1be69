/** How held polls are ended from outside, and what one who may hold no more is told. */

import { describe, expect, test } from 'vitest';
import { HeldPolls, superseded } from '../../../lib/poll/held-polls.ts';

/** `ended` says why each poll was ended, by its key. */
function setUp(most = 10, mostOfOne?: number) {
  const held = new HeldPolls(most, mostOfOne);
  const ended: string[] = [];
  const hold = (key: string, principal?: string) =>
    held.hold(key, (why) => ended.push(`${key} ${why}`), principal);
  return { held, ended, hold };
}

describe('a poll', () => {
  test('is ended by its name, when its client has come again', () => {
    const { held, ended, hold } = setUp();
    hold('a');
    hold('b');

    expect([held.supersede('b'), held.supersede('c')]).toEqual([true, false]);
    expect(ended).toEqual(['b superseded']);
  });

  test('that is over is not ended any more', () => {
    const { held, ended, hold } = setUp();
    hold('a')();

    expect(held.supersede('a')).toBe(false);
    expect([ended, held.size]).toEqual([[], 0]);
  });

  test('of a client that went elsewhere is ended, and so are those it has here by now, as if they were over', () => {
    const { held, ended, hold } = setUp();
    for (const key of ['a', 'b', 'c']) hold(key);

    superseded(held, { left: (nonce) => (nonce === 'a' ? ['b'] : []) }, 'a');

    expect(ended).toEqual(['a superseded', 'b closing']);
  });

  test('is ended alone where places are not saved late', () => {
    const { held, ended, hold } = setUp();
    hold('a');
    hold('b');

    superseded(held, undefined, 'a');

    expect(ended).toEqual(['a superseded']);
  });
});

describe('a process that closes', () => {
  test('ends all its polls, and each that comes after', () => {
    const { held, ended, hold } = setUp();
    hold('a');
    const before = held.closed;
    held.close();
    hold('b');

    expect([before, held.closed]).toEqual([false, true]);
    expect(ended).toEqual(['a closing', 'b closing']);
  });
});

describe('one who may hold no more', () => {
  test('is told the bound where one is set', () => {
    const { hold } = setUp(10, 1);
    hold('a1', 'a');

    expect(() => hold('a2', 'a')).toThrow(
      /holds 1 polls of 10 .*as many as MAX_HELD_POLLS_PER_TOKEN lets one have/,
    );
  });

  test('is told of the share where none is set', () => {
    const { hold } = setUp(2);
    hold('a1', 'a');

    expect(() => hold('a2', 'a')).toThrow(
      /holds 1 polls of 2 .*no more places than that are free for others/,
    );
  });

  test('may hold one again when any of its polls is over, and has no other count than that', () => {
    const { held, hold } = setUp(10, 2);
    const first = hold('a1', 'a');
    hold('a2', 'a');
    first();
    hold('a3', 'a');

    expect(() => hold('a4', 'a')).toThrow();
    expect(held.size).toBe(2);
  });
});

test('a full process refuses one whom no token names, and counts nobody for it', () => {
  const { held, hold } = setUp(1);
  const release = hold('a');

  expect(() => hold('b')).toThrow(/as many as it may\.$/);
  release();
  hold('b');
  expect(held.size).toBe(1);
});
