/** How many polls a process holds, in all and of one holder. */

import { array, assert, constantFrom, integer, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PushError } from '../../../lib/errors.ts';
import { HeldPolls, SURE_POLLS } from '../../../lib/poll/held-polls.ts';

const nothing = () => undefined;

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as PushError).code;
  }
}

describe('a process that holds polls', () => {
  test('refuses one holder more than one may have, and takes the others', () => {
    const held = new HeldPolls(10, 2);
    held.hold('a1', nothing, 'a');
    held.hold('a2', nothing, 'a');

    expect(codeOf(() => held.hold('a3', nothing, 'a'))).toBe('too-many-requests');
    expect(codeOf(() => held.hold('b1', nothing, 'b'))).toBeUndefined();
    expect(codeOf(() => held.hold('nobody', nothing))).toBeUndefined();
  });

  test('has room again when a poll is over, which is over once', () => {
    const held = new HeldPolls(10, 1);
    const release = held.hold('a1', nothing, 'a');
    release();
    release();

    held.hold('a2', nothing, 'a');
    expect(codeOf(() => held.hold('a3', nothing, 'a'))).toBe('too-many-requests');
  });

  test('tells a holder who has too many that it is its own doing, also when it is full', () => {
    const held = new HeldPolls(1, 1);
    held.hold('a1', nothing, 'a');

    expect(codeOf(() => held.hold('a2', nothing, 'a'))).toBe('too-many-requests');
    expect(codeOf(() => held.hold('b1', nothing, 'b'))).toBe('unavailable');
  });

  test('lets one holder have half of it where no bound is set, and gives the rest to others', () => {
    const held = new HeldPolls(10_000);
    const holds = (principal: string, most: number) => {
      for (let i = 0; i < most; i++)
        if (codeOf(() => held.hold(`${principal}${i}`, nothing, principal)) !== undefined) return i;
      return most;
    };

    expect(holds('wall', 10_000)).toBe(5_000);
    expect(holds('lobby', 10_000)).toBe(2_500);
    expect(['a', 'b', 'c'].map((each) => holds(each, 400))).toEqual([400, 400, 400]);
  });

  test.each([2, 3, 40, 1_999])('of %i places, one holder gets no more than half, rounded up', (places) => {
    const held = new HeldPolls(places);
    const codes = Array.from({ length: places }, (_, i) => codeOf(() => held.hold(`a${i}`, nothing, 'a')));

    expect(held.size).toBe(Math.ceil(places / 2));
    expect(new Set(codes)).toEqual(new Set([undefined, 'too-many-requests']));
    expect(codeOf(() => held.hold('b', nothing, 'b'))).toBeUndefined();
  });

  test('gives its only place to the first that comes, and tells another holder that it is full', () => {
    const held = new HeldPolls(1);
    held.hold('a', nothing, 'a');

    expect(codeOf(() => held.hold('b', nothing, 'b'))).toBe('unavailable');
  });

  test('says to a holder whose polls fill it how many of them are its own', () => {
    const held = new HeldPolls(3, 5);
    for (const key of ['a1', 'a2']) held.hold(key, nothing, 'a');
    held.hold('b1', nothing, 'b');

    expect(() => held.hold('a3', nothing, 'a')).toThrow(
      /holds 3 polls, as many as it may; 2 of them are held with this token/,
    );
    expect(() => held.hold('c1', nothing, 'c')).toThrow(/as many as it may\.$/);
  });

  test('gives room back to newcomers as the polls of a greedy holder end', () => {
    const held = new HeldPolls(4_000);
    const wall = Array.from({ length: 2_000 }, (_, i) => held.hold(`wall${i}`, nothing, 'wall'));
    for (let i = 0; i < 1_000; i++) held.hold(`desk${i}`, nothing, 'desk');

    // Each display asks again when its poll ends: fewer are let in, until as many are free as it has.
    for (const [i, release] of wall.entries()) {
      release();
      codeOf(() => held.hold(`again${i}`, nothing, 'wall'));
    }

    expect(held.size).toBe(2_500);
  });

  test('leaves at least as many places free as one holder has taken beyond the sure ones', () => {
    const principal = constantFrom('a', 'b', 'c');
    assert(
      property(
        integer({ min: 2, max: 5_000 }),
        array(tuple(principal, integer({ min: 1, max: 1_500 }))),
        (most, crowds) => {
          const held = new HeldPolls(most);
          const sure = Math.min(SURE_POLLS, Math.floor(most / 2));
          const polls: Record<string, number> = {};
          for (const [n, [principal, crowd]] of crowds.entries())
            for (let i = 0; i < crowd; i++) {
              const code = codeOf(() => held.hold(`${n} ${i}`, nothing, principal));
              const own = (polls[principal] ?? 0) + (code === undefined ? 1 : 0);
              polls[principal] = own;
              if (code === undefined && own > sure) expect(most - held.size).toBeGreaterThanOrEqual(own - 1);
              if (code === 'too-many-requests') expect(own).toBeGreaterThanOrEqual(sure);
            }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('counts right, whoever comes and goes', () => {
    const step = tuple(constantFrom('a', 'b', 'c'), integer({ min: 0, max: 1 }));
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const held = new HeldPolls(5, 3);
        const releases = { a: [], b: [], c: [] } as Record<string, Array<() => void>>;
        for (const [i, [principal, comes]] of steps.entries()) {
          const own = releases[principal] ?? [];
          if (comes === 0) own.pop()?.();
          else {
            const all = Object.values(releases).flat().length;
            const expected = own.length >= 3 ? 'too-many-requests' : all >= 5 ? 'unavailable' : undefined;
            expect(codeOf(() => own.push(held.hold(`${i}`, nothing, principal)))).toBe(expected);
          }
        }
      }),
    );
  });
});
