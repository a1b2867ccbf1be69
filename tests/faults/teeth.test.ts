/** The property has teeth: each deliberate mistake is found, by what it does to somebody. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MISTAKES } from './breakages.ts';
import { plans, SHORT } from './plans.ts';
import { run } from './run.ts';

const RUNS = 600;
const SEED = 1;

/** Most are found within seconds; on a busy machine some take longer. */
const LIMIT_MS = 120_000;

test.each(Object.entries(MISTAKES))(
  'fault injection finds the mistake when %s',
  { timeout: LIMIT_MS },
  async (_, { found, breakage, isOfStates = false }) => {
    let violations: readonly string[] = [];
    const property = fc.asyncProperty(plans(SHORT, isOfStates), async (plan) => {
      ({ violations } = await run(plan, breakage));
      return !violations.some((what) => found.test(what));
    });

    const { failed } = await fc.check(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });

    expect(failed, `nothing like ${found} in ${RUNS} runs`).toBe(true);
  },
);
