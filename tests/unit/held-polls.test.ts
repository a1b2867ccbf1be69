/** How many polls a process holds, in all and of one holder. */

import { array, assert, constantFrom, integer, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PushError } from '../../lib/errors.ts';
import { HeldPolls } from '../../lib/presence.ts';

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

  test('counts right, whoever comes and goes', () => {
    const step = tuple(constantFrom('a', 'b', 'c'), integer({ min: 0, max: 1 }));
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const held = new HeldPolls(5, 3);
        const releases = { a: [], b: [], c: [] } as Record<string, Array<() => void>>;
        for (const [i, [holder, comes]] of steps.entries()) {
          const own = releases[holder] ?? [];
          if (comes === 0) own.pop()?.();
          else {
            const all = Object.values(releases).flat().length;
            const expected = own.length >= 3 ? 'too-many-requests' : all >= 5 ? 'unavailable' : undefined;
            expect(codeOf(() => own.push(held.hold(`${i}`, nothing, holder)))).toBe(expected);
          }
        }
      }),
    );
  });
});
