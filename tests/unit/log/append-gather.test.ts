/** A server's publishes that come together are appended together: a block costs the same for one as for many. */

import { expect, test } from 'vitest';
import { Appender } from '../../../lib/log/append/appender.ts';
import { range } from '../../support/http/http.ts';
import { memoryProcess, memoryWorld, newEventsFor } from '../../support/memory/world.ts';

/** `turn(n)` is called in the n-th turn of the event loop that the appender waits for; `turns` says how many there were. */
function setUp(turn: (n: number, publish: (name: string) => void) => void = () => undefined) {
  const world = memoryWorld();
  let turns = 0;
  const appended: Array<Promise<unknown>> = [];
  const publish = (name: string) => void appended.push(appender.append('doors', newEventsFor([name]), false));
  const appender = new Appender({
    ...world,
    ...memoryProcess(world),
    records: world.log,
    retentionMs: 3_600_000,
    arrivals: async () => turn(++turns, publish),
  });
  const blocks = () => world.log.blocks('doors').map(({ first, last }) => last - first + 1);
  return { publish, blocks, turns: () => turns, all: () => Promise.all(appended) };
}

test('what comes while it waits for more is in the same block', async () => {
  const { publish, blocks, all } = setUp((n, more) => {
    if (n === 1) more('b');
  });
  publish('a');
  await all();

  expect(blocks()).toEqual([2]);
});

test('a lone publish waits for nobody', async () => {
  const { publish, turns, all } = setUp();
  publish('a');
  await all();

  expect(turns()).toBe(1);
});

test('publishers who came together the last time are waited for, as long as they keep coming', async () => {
  // Ten at first; then they come back one by one, two turns apart.
  const { publish, blocks, all } = setUp((n, more) => {
    if (n > 1 && n % 2 === 0 && n <= 20) more(`late-${n}`);
  });
  for (const i of range(1, 10)) publish(`first-${i}`);
  await all();
  publish('second');
  await all();

  expect(blocks()[0]).toBe(10);
  expect(blocks()[1]).toBe(10);
});

test('publishers who do not come again are not waited for long', async () => {
  const { publish, blocks, turns, all } = setUp();
  for (const i of range(1, 10)) publish(`first-${i}`);
  await all();
  const before = turns();
  publish('alone');
  await all();

  expect(blocks()).toEqual([10, 1]);
  expect(turns() - before).toBeLessThanOrEqual(20);
});

test('an error that nobody foresaw is told to all who wait, and the next publish is appended', async () => {
  const { publish, blocks, all } = setUp((n) => {
    if (n === 1) throw new Error('unforeseen');
  });
  publish('a');
  publish('b');
  await expect(all()).rejects.toThrow('unforeseen');
  publish('c');
  await new Promise(setImmediate);

  expect(blocks()).toEqual([1]);
});
