/**
 * A client's cursor never goes back within a life, whatever it sends, in whatever order its polls arrive. A place counts from when its
 * life is known: a poll that names none learns it from its first check.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cursors } from '../../lib/cursors/ports.ts';
import { replacing } from '../support/memory/doubles.ts';
import { ask, memoryHub, memoryProcess, memoryWorld, say, type World } from '../support/memory/world.ts';
import { settle } from '../support/time/clock.ts';

const HEAD = 9;

const polls = fc.array(
  fc.record({
    maxvid: fc.option(fc.integer({ min: 0, max: HEAD }), { nil: undefined }),
    namesEpoch: fc.boolean(),
    waits: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

test.each([
  [
    'each poll saves it',
    (world: World, cursors: Cursors) => ({ ...memoryProcess(world, { cursors }), late: undefined }),
  ],
  ['hubs save it late', (world: World, cursors: Cursors) => memoryHub(world, { cursors })],
])('a cursor only goes forward, and ends at the highest that was acknowledged: %s', async (_, start) => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), polls, async (scheduler, requests) => {
      const world = memoryWorld();
      await say(memoryProcess(world), 'doors', ...Array.from({ length: HEAD }, (_, i) => `id-${i}`));
      const epoch = (await world.log.get('doors'))?.epoch ?? '';
      const places: number[] = [];
      const note = async () => {
        const [cursor] = await world.cursors.list('doors');
        if (cursor?.maxvid !== undefined && cursor.epoch !== undefined) places.push(cursor.maxvid);
      };
      const cursors = replacing(world.cursors, {
        visit: async (...args) => {
          await scheduler.schedule(Promise.resolve());
          const before = await world.cursors.visit(...args);
          await note();
          return before;
        },
        save: async (...args) => {
          await scheduler.schedule(Promise.resolve());
          const saved = await world.cursors.save(...args);
          await note();
          return saved;
        },
        move: async (...args) => {
          await scheduler.schedule(Promise.resolve());
          await world.cursors.move(...args);
          await note();
        },
      });
      const processes = [start(world, cursors), start(world, cursors)];

      const polling = requests.map(({ maxvid, namesEpoch, waits }, i) => {
        const process = processes[i % 2];
        if (!process) throw new Error('there are two processes');
        const seen = maxvid === undefined ? {} : { maxvid, ...(namesEpoch ? { epoch } : {}) };
        const more = { client: 'wall', waitMs: waits ? 1000 : 0 };
        return ask(process, { channel: 'doors', ...seen }, more);
      });
      const done = Promise.all(polling);
      for (let round = 0; round < 6; round++) {
        await scheduler.waitIdle();
        await world.clock.advance(3000);
        await settle();
      }
      await done;

      expect(places).toEqual([...places].sort((a, b) => a - b));
      const named = requests.flatMap(({ maxvid }) => maxvid ?? []);
      if (named.length > 0) expect(places.at(-1)).toBeGreaterThanOrEqual(Math.max(...named));
    }),
    { numRuns: 100 },
  );
});
