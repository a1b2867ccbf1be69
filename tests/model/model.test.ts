/** Every reachable state of every configuration keeps every promise. */

import { expect, test, vi } from 'vitest';
import { CONFIGS } from './configs.ts';
import { explore, story } from './explore.ts';
import { FAULTS } from './world.ts';

vi.mock('../../lib/watch.ts', async (original) =>
  (await import('./decisions.ts')).spiedWatch(await original()),
);
vi.mock('../../lib/answer.ts', async (original) =>
  (await import('./decisions.ts')).spiedAnswer(await original()),
);
vi.mock('../../lib/tail.ts', async (original) =>
  (await import('./decisions.ts')).spiedTail(await original()),
);

test.each(CONFIGS)('every reachable state keeps every promise: $name, $about', async (config) => {
  const { states, moves, steps, counterexample } = await explore(config, undefined, true);

  console.log(`${config.name}: ${states} states, ${moves} moves, ${steps} different steps of real code`);
  expect(counterexample && story(counterexample)).toBeUndefined();
  expect(states).toBeGreaterThan(1_000);
});

test('every fault happens in some configuration', () => {
  const happening = new Set(CONFIGS.flatMap(({ faults = {} }) => Object.keys(faults)));

  expect([...happening].sort()).toEqual(Object.keys(FAULTS).sort());
});
