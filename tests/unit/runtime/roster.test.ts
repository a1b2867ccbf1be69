/** Things that come and go, each taken back by whoever added it: what a set would say is said. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Roster } from '../../../lib/runtime/roster.ts';

test('says what a set says, whoever comes and goes, and a thing goes once', () => {
  const steps = fc.array(
    fc.oneof(fc.constant('add' as const), fc.nat({ max: 30 }), fc.constant('all' as const)),
  );
  fc.assert(
    fc.property(steps, (all) => {
      const roster = new Roster<number>();
      const there = new Set<number>();
      const takeBacks: Array<() => boolean> = [];
      for (const step of all) {
        if (step === 'add') {
          const one = takeBacks.length;
          there.add(one);
          takeBacks.push(roster.add(one));
        } else if (step === 'all') {
          expect(new Set(roster.takeAll())).toEqual(there);
          there.clear();
        } else if (step < takeBacks.length) {
          expect(takeBacks[step]?.()).toBe(there.delete(step));
        }
        expect(new Set(roster)).toEqual(there);
        expect(roster.size).toBe(there.size);
      }
    }),
  );
});

test('takes all in the order in which they came, where none has gone', () => {
  const roster = new Roster<string>();
  for (const one of ['a', 'b', 'c']) roster.add(one);

  expect(roster.takeAll()).toEqual(['a', 'b', 'c']);
});

test('is walked as it was when the walk began', () => {
  const roster = new Roster<string>();
  const takeBack = roster.add('a');
  roster.add('b');
  const walked: string[] = [];
  for (const one of roster) {
    takeBack();
    roster.add('c');
    walked.push(one);
  }

  expect(walked).toEqual(['a', 'b']);
});
