/** Thousands of sleepers are woken a few at a time: all of them, each once, whoever goes in between. */

import { expect, test } from 'vitest';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { WatchRegistry } from '../../../lib/wakeup/watch-registry.ts';
import { range } from '../../support/http/http.ts';
import { MemoryLogger, UNCOUNTED } from '../../support/memory/doubles.ts';
import { memoryWorld } from '../../support/memory/world.ts';

/** A channel on which so many sleep, and a hand that lets the next few go on. */
async function asleep(count: number) {
  const { log, waiters, clock, random } = memoryWorld();
  const later: Array<() => void> = [];
  const watchRegistry = new WatchRegistry({
    log,
    headReader: new HeadReader({ log, records: log, clock }),
    waiters,
    clock,
    random,
    logger: new MemoryLogger(),
    meter: UNCOUNTED,
    mailbox: { address: async () => 'mailbox-1', sleepMs: () => 20_000 },
    soon: (then) => void later.push(then),
  });
  const watch = watchRegistry.join('doors');
  await watch.arrive();
  const woken: number[] = [];
  const leave = range(1, count).map((sleepingPoll) => watch.sleep(0, () => void woken.push(sleepingPoll)));
  const publish = (vid: number) => watchRegistry.appended('doors', { vid, epoch: 'e1' });
  const goOn = () => {
    for (let next = later.shift(); next; next = later.shift()) next();
  };
  return { watch, woken, leave, publish, goOn };
}

test('all are woken, in their order, none twice', async () => {
  const { woken, publish, goOn } = await asleep(100);

  publish(1);
  const atOnce = woken.length;
  goOn();

  expect(atOnce).toBeGreaterThan(0);
  expect(atOnce).toBeLessThan(100);
  expect(woken).toEqual(range(1, 100));
});

test('one that goes in between keeps nobody from being woken', async () => {
  const { woken, leave, publish, goOn } = await asleep(100);

  publish(1);
  leave[0]?.();
  leave[49]?.();
  goOn();

  expect(woken.filter((sleepingPoll) => sleepingPoll !== 50)).toEqual(
    range(1, 100).filter((sleepingPoll) => sleepingPoll !== 50),
  );
});

test('what is published in between wakes who came for it, and the first ones no second time', async () => {
  const { watch, woken, publish, goOn } = await asleep(100);

  publish(1);
  watch.sleep(1, () => void woken.push(101));
  publish(2);
  goOn();

  expect(woken.sort((a, b) => a - b)).toEqual(range(1, 101));
});
