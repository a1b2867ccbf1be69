/** Streams under lost answers, kills, closes, deletes and forks, in several processes at once. */

import fc from 'fast-check';
import { test } from 'vitest';
import { NONE } from './streams/breakage.ts';
import { forksHold } from './streams/forks.ts';
import { producersHold } from './streams/producers.ts';

const RUNS = 100;
const LIMIT_MS = 120_000;

test('every batch that was acknowledged is there once, and in order', { timeout: LIMIT_MS }, async () => {
  await fc.assert(producersHold(NONE), { numRuns: RUNS });
});

test('what a stream or a fork was said to hold is there as long as it is', {
  timeout: LIMIT_MS,
}, async () => {
  await fc.assert(forksHold(NONE), { numRuns: 3 * RUNS });
});
