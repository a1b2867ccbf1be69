/** What is appended together, and a writer that has so much to do that others would never come between. */

import { expect, test } from 'vitest';
import { Appender } from '../../../lib/log/append/appender.ts';
import { eventsIn, memoryProcess, memoryWorld, newEventsFor, track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

test('an id that is there already is found, also in a block with events whose ids nobody chose', async () => {
  const world = memoryWorld();
  await memoryProcess(world).publish.appender.append('doors', newEventsFor(['a']), true);
  const { appender } = memoryProcess(world).publish;

  const [, , again] = await Promise.all([
    appender.append('doors', newEventsFor(['b']), false),
    appender.append('doors', newEventsFor(['c']), false),
    appender.append('doors', newEventsFor(['a', 'd']), true),
  ]);

  expect(again?.answer).toMatchObject({ first: 1, count: 1, duplicates: 1 });
  expect(eventsIn(world, 'doors').map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
});

/** 200 full blocks at once, for a writer that is alone or not. */
function setUpBusy({ isAlone }: { readonly isAlone: boolean }) {
  const world = memoryWorld();
  const appender = new Appender({
    ...world,
    ...memoryProcess(world),
    records: world.log,
    retentionMs: 3_600_000,
    isAlone,
  });
  const block = (n: number) => newEventsFor(Array.from({ length: 100 }, (_, i) => `${n}-${i}`));
  const all = track(
    Promise.all(Array.from({ length: 200 }, (_, n) => appender.append('doors', block(n), false))),
  );
  return { world, all };
}

test('a writer that never lacks work rests now and then, and then goes on by itself', async () => {
  const { world, all } = setUpBusy({ isAlone: false });
  const withDeadline = world.clock.sleeping;
  for (let turn = 0; turn < 1_000 && world.clock.sleeping <= withDeadline; turn++) await settle();
  const before = world.log.blocks('doors').length;
  expect([all.done, before > 100]).toEqual([false, true]);

  await world.clock.advance(100);
  await all.promise;

  expect(world.log.blocks('doors')).toHaveLength(200);
});

test('a writer that shares its log with nobody does not rest', async () => {
  const { world, all } = setUpBusy({ isAlone: true });
  for (let turn = 0; turn < 1_000 && !all.done; turn++) await settle();

  expect(all.done).toBe(true);
  expect(world.log.blocks('doors')).toHaveLength(200);
});
