/** The model of streams has teeth: it catches each deliberate mistake, and needs each promise to do so. */

import { describe, expect, test, vi } from 'vitest';
import { story } from '../search.ts';
import { STREAM_CONFIGS, streamConfigOf } from './configs.ts';
import { explore } from './explore.ts';
import { STREAM_MUTATIONS } from './mutations.ts';
import { PROPERTIES } from './properties.ts';

vi.mock('../../../lib/log/append/append-plan.ts', async (original) =>
  (await import('./decisions.ts')).spiedPlan(await original()),
);
vi.mock('../../../lib/log/writers.ts', async (original) =>
  (await import('./decisions.ts')).spiedWriters(await original()),
);

/** Set it to read how each mistake is caught. */
const SHOW = process.env.SHOW_COUNTEREXAMPLES !== undefined;

describe('the model of streams catches', () => {
  test.each(STREAM_MUTATIONS)('$name', async (mutation) => {
    const { counterexample } = await explore(streamConfigOf(mutation.config), mutation);

    if (SHOW && counterexample) console.log(`${mutation.name}\n${story(counterexample)}`);
    expect(counterexample?.property).toBe(mutation.breaks);
  });
});

test('each promise of streams is broken by a mistake', () => {
  const broken = new Set(STREAM_MUTATIONS.map(({ breaks }) => breaks));

  expect([...broken].sort()).toEqual(Object.keys(PROPERTIES).sort());
});

test('each configuration catches a mistake, but for those where only time passes', () => {
  const used = new Set<string>(STREAM_MUTATIONS.map(({ config }) => config));

  expect(STREAM_CONFIGS.map(({ name }) => name).filter((name) => !used.has(name))).toEqual(['expired']);
});
