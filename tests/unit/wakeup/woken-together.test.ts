/** A server with many sleepers on one channel answers them a few at a time, so that the first need not wait for the last. */

import { expect, test } from 'vitest';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { WatchRegistry } from '../../../lib/wakeup/watch-registry.ts';
import { MemoryLogger, UNCOUNTED } from '../../support/memory/doubles.ts';
import { memoryWorld } from '../../support/memory/world.ts';

/** So many sleepers on one channel; `soon` collects what is to be done next. */
async function setUp(sleeping: number, { atOnce = false } = {}) {
  const { clock, random, log, waiters } = memoryWorld();
  const next: Array<() => void> = [];
  const registry = new WatchRegistry({
    log,
    headReader: new HeadReader({ log, records: log, clock }),
    waiters,
    clock,
    random,
    logger: new MemoryLogger(),
    meter: UNCOUNTED,
    mailbox: { address: async () => 'mailbox-1', sleepMs: () => 20_000 },
    ...(atOnce ? {} : { soon: (then) => void next.push(then) }),
  });
  const watch = registry.join('doors');
  await watch.arrive();
  const woken: number[] = [];
  for (let i = 0; i < sleeping; i++) watch.sleep(0, () => woken.push(i));
  const publish = () => registry.appended('doors', { vid: 1, epoch: 'e1' });
  return { next, woken, publish };
}

test('wakes some, then others when what those set going has gone on, each once and in order', async () => {
  const { next, woken, publish } = await setUp(100);
  publish();
  const first = woken.length;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(100);
  for (let then = next.shift(); then; then = next.shift()) then();

  expect(woken).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test.each([1, 32])('wakes %i at once, and asks for nothing more', async (sleeping) => {
  const { next, woken, publish } = await setUp(sleeping);

  publish();

  expect([woken.length, next.length]).toEqual([sleeping, 0]);
});

test('a process that says nothing of turns wakes all at once', async () => {
  const { woken, publish } = await setUp(100, { atOnce: true });

  publish();

  expect(woken).toHaveLength(100);
});
