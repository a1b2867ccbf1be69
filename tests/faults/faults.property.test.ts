/**
 * Whatever goes wrong: every acknowledged publish is in the log once, whole, in its publisher's order; every reader gets every event once, in
 * order, and waits no longer than its sleep; whoever begins with a state knows the newest event of each key; vids have no gaps and are given once; every promise settles, and no rejection is unhandled.
 * Each run is a few minutes in the lives of two or three processes, in no real time.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plans, SHORT } from './plans.ts';
import { Report } from './report.ts';
import { run } from './run.ts';

const RUNS = 2_000;
/** Ten times what it takes on a machine that does nothing else. */
const LIMIT_MS = 300_000;
/** The suite goes the same ways each time; `npm run soak` looks for others. */
const SEED = 20261124;

test(`nothing is lost, doubled or held up in ${RUNS} runs with faults`, {
  timeout: LIMIT_MS + 30_000,
}, async () => {
  const report = new Report();

  // fast-check names the path of what fails, and shrinks the plan.
  await fc.assert(
    fc.asyncProperty(plans(SHORT), async (plan) => {
      const outcome = await run(plan);
      report.note(outcome);
      expect(outcome.violations).toEqual([]);
    }),
    { numRuns: RUNS, seed: SEED, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true },
  );

  console.log(`${report.runs} runs with faults, no violation`);
});

test('a plan of faults that is run twice does the same both times', async () => {
  const [plan] = fc.sample(plans(SHORT), { seed: 7, numRuns: 1 });
  if (!plan) throw new Error('fast-check made no plan');

  const [first, second] = [await run(plan), await run(plan)];

  expect(first).toEqual(second);
});
