/** Every reachable state of every configuration of streams keeps every promise. */

import { expect, test, vi } from 'vitest';
import { story } from '../search.ts';
import { FAULTS } from './config.ts';
import { STREAM_CONFIGS } from './configs.ts';
import { explore } from './explore.ts';

vi.mock('../../../lib/log/append/append-plan.ts', async (original) =>
  (await import('./decisions.ts')).spiedPlan(await original()),
);
vi.mock('../../../lib/log/writers.ts', async (original) =>
  (await import('./decisions.ts')).spiedWriters(await original()),
);

const LIMIT_MS = 600_000;

test.each(STREAM_CONFIGS)(
  'every reachable state keeps every promise: $name, $about',
  { timeout: LIMIT_MS },
  async (config) => {
    // Every step is taken twice, but where there are very many.
    const { states, moves, steps, counterexample } = await explore(config, undefined, !config.isLarge);

    console.log(`${config.name}: ${states} states, ${moves} moves, ${steps} different steps of real code`);
    expect(counterexample && story(counterexample)).toBeUndefined();
    expect(states).toBeGreaterThan(50);
  },
);

test('every fault happens in some configuration', () => {
  const happening = new Set(STREAM_CONFIGS.flatMap(({ faults = {} }) => Object.keys(faults)));

  expect([...happening].sort()).toEqual(Object.keys(FAULTS).sort());
});
