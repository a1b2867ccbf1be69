/** The model has teeth: it catches each deliberate mistake, and needs each promise to do so. */

import { describe, expect, test, vi } from 'vitest';
import { configOf } from './configs.ts';
import { explore, story } from './explore.ts';
import { DIRECT } from './mutations/direct.ts';
import { HUB } from './mutations/hub.ts';
import { POLLING } from './mutations/polling.ts';
import { PUBLISHING } from './mutations/publishing.ts';
import { STATE } from './mutations/state.ts';
import { SWEEPING } from './mutations/sweeping.ts';
import { PROPERTIES } from './properties.ts';

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

/** Set it to read how each mistake is caught. */
const SHOW = process.env.SHOW_COUNTEREXAMPLES !== undefined;
/** Each takes a second or less alone, but for a few that take ten. */
const LIMIT_MS = 300_000;
const MUTATIONS = [...POLLING, ...DIRECT, ...HUB, ...PUBLISHING, ...SWEEPING, ...STATE];

describe('the model catches', () => {
  test.each(MUTATIONS)('$name', { timeout: LIMIT_MS }, async (mutation) => {
    const { counterexample } = await explore(configOf(mutation.config), mutation);

    if (SHOW && counterexample) console.log(`${mutation.name}\n${story(counterexample)}`);
    expect(counterexample?.property).toBe(mutation.breaks);
  });
});

test('each promise is broken by a mistake', () => {
  const broken = new Set(MUTATIONS.map(({ breaks }) => breaks));

  expect([...broken].sort()).toEqual(Object.keys(PROPERTIES).sort());
});

test('a counterexample is told as a numbered way from the beginning', async () => {
  const mutation = MUTATIONS.find(({ name }) => name === 'check before arm');
  const { counterexample } = await explore(configOf('burst'), mutation);

  expect(counterexample && story(counterexample)).toBe(
    [
      '  1 P is asked: a',
      '  2 P log.last 1',
      '  3 P has its answer to log.last',
      '  4 Q is asked: publish',
      '  5 Q waiters.armed nobody',
      '  6 P waiters.arm P.n1',
      '=> a sleeps at 1, and the log ends at 2, though Q has rung',
    ].join('\n'),
  );
});
