/**
 * A client that leaves its place to the server, polls two processes that save late, and sees them killed: no event that it has not acknowledged is
 * passed over, and those that come again are no more than a kill could lose.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ask, memoryHub, memoryProcess, memoryWorld, say } from '../support/memory/world.ts';
import { settle } from '../support/time/clock.ts';

const DELAY_MS = 5_000;
const NOW = { client: 'wall', waitMs: 0, limit: 2 };

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), at: fc.nat(1) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('come back' as const), at: fc.nat(1) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), at: fc.nat(1) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), at: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), at: fc.nat(1) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('wait' as const), at: fc.integer({ min: 1, max: 9_000 }) }),
    },
  ),
  { minLength: 1, maxLength: 40 },
);

test('no event is skipped, and none comes again but what a kill has lost', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const world = memoryWorld();
      const publisher = memoryProcess(world);
      /** A killed process sends nothing any more. */
      const start = () => {
        const life = { dead: false };
        const dead = () => new Promise<never>(() => undefined);
        const cursors = new Proxy(world.cursors, {
          get: (target, name: keyof typeof world.cursors) => {
            const method = target[name].bind(target) as (...args: unknown[]) => unknown;
            return (...args: unknown[]) => (life.dead ? dead() : method(...args));
          },
        });
        return { life, ...memoryHub(world, { cursors }, DELAY_MS) };
      };
      const hubs = [start(), start()];
      let published = 0;
      await say(publisher, 'doors', 'first');
      const epoch = (await world.log.get('doors'))?.epoch ?? '';
      await world.cursors.visit('doors', 'wall', { maxvid: 0, epoch }, undefined, world.clock.now());
      let acknowledged = 0;
      /** The furthest that it has ever told anybody: a place that was saved late may take it there again. */
      let furthest = 0;
      /** What it has told whom, and when that is in the table at the latest. */
      let told: Array<{ readonly hub: unknown; readonly vid: number; readonly savedAt: number }> = [];

      for (const step of all) {
        const hub = hubs[step.at % 2];
        if (!hub) throw new Error('there are two hubs');
        if (step.do === 'publish') await say(publisher, 'doors', `event-${published++}`);
        else if (step.do === 'wait') await world.clock.advance(step.at);
        else if (step.do === 'acknowledge') {
          const answer = await ask(hub, { channel: 'doors', maxvid: acknowledged, epoch }, NOW);
          furthest = Math.max(furthest, acknowledged);
          told.push({ hub, vid: acknowledged, savedAt: world.clock.now() + DELAY_MS });
          acknowledged = answer.maxvid;
        } else if (step.do === 'come back') {
          const { events, maxvid } = await ask(hub, { channel: 'doors' }, NOW);
          const from = maxvid - events.length;
          const known = told.filter((one) => one.hub === hub || one.savedAt <= world.clock.now());
          expect(from).toBeLessThanOrEqual(furthest);
          expect(from).toBeGreaterThanOrEqual(Math.max(0, ...known.map(({ vid }) => vid)));
          acknowledged = from;
        } else {
          if (step.do === 'stop') await hub.late.flush();
          hub.life.dead = true;
          const savedAt = world.clock.now();
          if (step.do === 'stop')
            told = told.map((one) =>
              one.hub === hub ? { ...one, savedAt: Math.min(one.savedAt, savedAt) } : one,
            );
          else told = told.filter((one) => one.hub !== hub || one.savedAt <= savedAt);
          hubs[step.at % 2] = start();
        }
        await settle();
      }
    }),
    { numRuns: 150 },
  );
});
