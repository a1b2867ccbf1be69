/** The property has teeth: each deliberate mistake is found, by what it does to somebody. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MISTAKES } from './breakages.ts';
import { plans, SHORT } from './plans.ts';
import { run } from './run.ts';

const RUNS = 600;
const SEED = 1;

/**
 * The run of this seed that finds each mistake, where it is not the first: the search begins there, because what comes before is known to find nothing. Where
 * it finds nothing there any more, it goes on for as many runs, and says where it has.
 */
const FOUND_AT: Readonly<Record<string, number>> = {
  'a writer does not recognise its own block': 34,
  'a put without an answer is taken for done': 147,
  'a put is acknowledged before it is written': 2,
  'ids are not kept': 49,
  'numbers are not reserved': 33,
  'the look for arms is not consistent': 366,
  'the check comes before the arm': 253,
  'no mailbox is rung': 3,
  'a process arms only once': 118,
  'a cursor is moved to the sent position, not to the acknowledged one': 16,
  'an acknowledgement is not saved': 2,
  'a fold says how far it is before it has written': 390,
  'an older event of a key is written over a newer one': 255,
  'deletions are not folded': 162,
  'states are not read consistently': 390,
  'what was folded stands for the whole state': 9,
  'only the first page of a query is read': 183,
  'durations are measured with the wall clock': 378,
  'a call without an answer is awaited for ever': 4,
};

/** Each is found at once; a search on a busy machine takes longer. */
const LIMIT_MS = 120_000;

test.each(Object.entries(MISTAKES))(
  'fault injection finds the mistake when %s',
  { timeout: LIMIT_MS },
  async (name, { found, breakage, isOfStates = false }) => {
    let violations: readonly string[] = [];
    const property = fc.asyncProperty(plans(SHORT, isOfStates), async (plan) => {
      ({ violations } = await run(plan, breakage));
      return !violations.some((what) => found.test(what));
    });

    const path = String(FOUND_AT[name] ?? 0);
    const { failed, counterexamplePath } = await fc.check(property, {
      seed: SEED,
      path,
      numRuns: RUNS,
      endOnFailure: true,
    });
    if (counterexamplePath !== path) console.log(`found at run ${counterexamplePath}, not ${path}: ${name}`);

    expect(failed, `nothing like ${found} in ${RUNS} runs`).toBe(true);
  },
);
