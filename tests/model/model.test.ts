/** Every reachable state of every configuration keeps every promise. */

import { expect, test, vi } from 'vitest';
import { CONFIGS } from './configs.ts';
import { explore, story } from './explore.ts';
import { FAULTS } from './world.ts';

vi.mock('../../lib/wakeup/watch-state.ts', async (original) =>
  (await import('./decisions.ts')).spiedWatch(await original()),
);
vi.mock('../../lib/log/head.ts', async (original) =>
  (await import('./decisions.ts')).spiedHead(await original()),
);
vi.mock('../../lib/log/read/page.ts', async (original) =>
  (await import('./decisions.ts')).spiedAnswer(await original()),
);
vi.mock('../../lib/log/read/recent-blocks.ts', async (original) =>
  (await import('./decisions.ts')).spiedTail(await original()),
);

/** Set it to explore the large ones too. */
const LARGE = process.env.MODEL_LARGE !== undefined;
/** Of the others, those that take longest: two thirds of the time of all. */
const SLOW = new Set([
  ...['outlived', 'swept', 'set', 'shared', 'frozen', 'three', 'emptied', 'late', 'large', 'lost', 'left'],
  ...['direct', 'direct-late', 'direct-young', 'direct-swept'],
]);
/** For the large ones. */
const LIMIT_MS = 600_000;

test.each(CONFIGS.filter(({ large = false }) => LARGE || !large))(
  'every reachable state keeps every promise: $name, $about',
  { timeout: LIMIT_MS },
  async (config) => {
    // Every step is taken twice, to see that nothing but its state decides; in the slowest ones only where time is no matter.
    const twice = LARGE ? !config.large : !SLOW.has(config.name);
    const { states, moves, steps, counterexample } = await explore(config, undefined, twice);

    console.log(`${config.name}: ${states} states, ${moves} moves, ${steps} different steps of real code`);
    expect(counterexample && story(counterexample)).toBeUndefined();
    expect(states).toBeGreaterThan(1_000);
  },
);

test('every fault happens in some configuration', () => {
  const happening = new Set(CONFIGS.flatMap(({ faults = {} }) => Object.keys(faults)));

  expect([...happening].sort()).toEqual(Object.keys(FAULTS).sort());
});
