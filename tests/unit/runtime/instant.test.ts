/** How much time has passed in a process whose clocks may be set, or stand still. */

import { expect, test } from 'vitest';
import { instantOf, msSince, wasSetSince } from '../../../lib/runtime/instant.ts';

const THEN = { now: () => 1_000_000, elapsed: () => 5_000 };
/** Both clocks, so many ms after `THEN` each. */
const later = (wallMs: number, elapsedMs: number) => ({
  now: () => 1_000_000 + wallMs,
  elapsed: () => 5_000 + elapsedMs,
});

test.each([
  { what: 'both clocks went on', wall: 300, elapsed: 300, ms: 300 },
  { what: 'the wall clock was set back', wall: -3_600_000, elapsed: 300, ms: 300 },
  { what: 'the wall clock was set forward', wall: 3_600_000, elapsed: 300, ms: 3_600_000 },
  { what: 'the process was frozen', wall: 60_000, elapsed: 20, ms: 60_000 },
  { what: 'no time has passed', wall: 0, elapsed: 0, ms: 0 },
])('where $what, $ms ms have passed', ({ wall, elapsed, ms }) => {
  expect(msSince(later(wall, elapsed), instantOf(THEN))).toBe(ms);
});

test.each([
  { what: 'went on together', wall: 300_000, elapsed: 300_000, set: false },
  { what: 'are 5 s apart, as slewing may make them', wall: 305_000, elapsed: 300_000, set: false },
  { what: 'are 5 s apart the other way', wall: 295_000, elapsed: 300_000, set: false },
  { what: 'are more than 5 s apart, the wall clock ahead', wall: 305_001, elapsed: 300_000, set: true },
  { what: 'are more than 5 s apart, the wall clock behind', wall: 294_999, elapsed: 300_000, set: true },
])('clocks that $what: set is $set', ({ wall, elapsed, set }) => {
  expect(wasSetSince(later(wall, elapsed), instantOf(THEN))).toBe(set);
});
