/** Cursors of live answers: no cache gives one answer for ever. */

import { expect, test } from 'vitest';
import { nextCursor } from '../../../lib/streams/cursor.ts';

/** 1,000 intervals of 20 s after the protocol's epoch, and 19.999 s more. */
const clock = { now: () => Date.UTC(2024, 9, 9) + 1_000 * 20_000 + 19_999 };
const random = (fraction: number) => ({ clock, random: { fraction: () => fraction } });

test.each([
  { what: 'no cursor', sent: undefined },
  { what: 'an older one', sent: '999' },
  { what: 'what is none', sent: 'x1001' },
  { what: 'one that is too long to be a number', sent: '9'.repeat(16) },
])('a client with $what gets the interval of now', ({ sent }) => {
  expect(nextCursor(sent, random(0.5))).toBe('1000');
});

test.each([
  { sent: '1000', fraction: 0, cursor: '1001' },
  { sent: '1000', fraction: 0.5, cursor: '1090' },
  { sent: '1000', fraction: 0.999_999, cursor: '1180' },
  { sent: '2000', fraction: 0, cursor: '2001' },
])(
  'a client that has $sent already gets one beyond it, where chance is $fraction',
  ({ sent, fraction, cursor }) => {
    expect(nextCursor(sent, random(fraction))).toBe(cursor);
  },
);
