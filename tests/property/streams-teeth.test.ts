/** The properties of streams have teeth: each deliberate mistake is found. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OF_FORKS, OF_PRODUCERS } from './streams/breakage.ts';
import { forksHold } from './streams/forks.ts';
import { producersHold } from './streams/producers.ts';

const RUNS = 1_000;
const SEED = 1;
const LIMIT_MS = 120_000;

test.each(Object.entries(OF_PRODUCERS))(
  'of producers, when %s',
  { timeout: LIMIT_MS },
  async (_, breakage) => {
    const { failed } = await fc.check(producersHold(breakage), {
      seed: SEED,
      numRuns: RUNS,
      endOnFailure: true,
    });

    expect(failed).toBe(true);
  },
);

test.each(Object.entries(OF_FORKS))('of forks, when %s', { timeout: LIMIT_MS }, async (_, breakage) => {
  const { failed } = await fc.check(forksHold(breakage), { seed: SEED, numRuns: RUNS, endOnFailure: true });

  expect(failed).toBe(true);
});
