/** Where a caller may read, as ranges of names: just what its grants cover, whatever they are. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers } from '../../../lib/auth/caller.ts';
import { readable } from '../../../lib/auth/grant-ranges.ts';
import { CHANNEL_PATTERN } from '../../../lib/protocol/doorbell.ts';

const MOST = 'z'.repeat(128);

test.each([
  [[], []],
  [['doors'], [{ from: 'doors', to: 'doors' }]],
  [['*', 'doors', 'doors.*'], [{ from: '-', to: MOST }]],
  [['doors.*', 'doors.3', 'doors.3.*'], [{ from: 'doors.-', to: `doors.${MOST}`.slice(0, 128) }]],
  [
    ['b', 'a', 'b'],
    [
      { from: 'a', to: 'a' },
      { from: 'b', to: 'b' },
    ],
  ],
  [['', '..', 'a b', 'doors*', '/.*', 'x'.repeat(129)], []],
])('%j is %j', (grants, ranges) => {
  expect(readable(grants)).toEqual(ranges);
});

test('behind a name there is what follows it', () => {
  expect(readable(['a', 'c', 'b'], 'b')).toEqual([{ from: 'c', to: 'c' }]);
  expect(readable(['*'], 'doors')).toEqual([{ from: 'doors-', to: MOST }]);
  expect(readable(['*'], MOST)).toEqual([]);
});

const short = fc.string({
  unit: fc.constantFrom('-', '.', '0', 'A', '_', 'a', 'z'),
  minLength: 1,
  maxLength: 5,
});
const channel = short.filter((name) => CHANNEL_PATTERN.test(name));
const grant = fc.oneof(
  short,
  short.map((name) => `${name}.*`),
  fc.constant('*'),
);

test('`readable` holds each name that a grant covers and that comes after, in one range, and no other name', () => {
  fc.assert(
    fc.property(
      fc.array(grant, { maxLength: 6 }),
      channel,
      fc.option(channel, { nil: undefined }),
      (grants, name, after) => {
        const holding = readable(grants, after).filter(({ from, to }) => name >= from && name <= to);

        expect(holding.length).toBe(covers(grants, name) && (after === undefined || name > after) ? 1 : 0);
      },
    ),
    { numRuns: 2_000 },
  );
});
