/** What is appended together, and a writer that has so much to do that others would never come between. */

import { expect, test } from 'vitest';
import { draftsFor, eventsIn, memoryProcess, memoryWorld, track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

test('an id that is there already is found, also in a block with events whose ids nobody chose', async () => {
  const world = memoryWorld();
  await memoryProcess(world).publish.appender.append('doors', draftsFor(['a']), true);
  const { appender } = memoryProcess(world).publish;

  const [, , again] = await Promise.all([
    appender.append('doors', draftsFor(['b']), false),
    appender.append('doors', draftsFor(['c']), false),
    appender.append('doors', draftsFor(['a', 'd']), true),
  ]);

  expect(again?.answer).toMatchObject({ first: 1, count: 1, duplicates: 1 });
  expect(eventsIn(world, 'doors').map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
});

test('a writer that never lacks work rests now and then, and then goes on by itself', async () => {
  const world = memoryWorld();
  const { appender } = memoryProcess(world).publish;
  const block = (n: number) => draftsFor(Array.from({ length: 100 }, (_, i) => `${n}-${i}`));
  const all = track(
    Promise.all(Array.from({ length: 200 }, (_, n) => appender.append('doors', block(n), false))),
  );
  for (let turn = 0; turn < 1_000 && world.clock.sleeping <= 200; turn++) await settle();
  const before = world.log.blocks('doors').length;
  expect([all.done, before > 100]).toEqual([false, true]);

  await world.clock.advance(100);
  await all.promise;

  expect(world.log.blocks('doors')).toHaveLength(200);
});
