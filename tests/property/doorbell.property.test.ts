/** Doorbells may be lost, doubled, late and out of order, and arming may fail: a reader that polls on gets every event, once, in order. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PushError } from '../../lib/errors.ts';
import { replacing, unavailable } from '../support/memory/doubles.ts';
import {
  ask,
  type Glasses,
  type MemoryProcess,
  memoryProcess,
  memoryWorld,
  say,
  track,
  type World,
} from '../support/memory/world.ts';

/** A poll's wait, the second a receive may take beyond it, and what backing off may add; twice, for a reader that had just come. */
const AT_THE_LATEST_MS = 60_000;

type Fate = 'sent' | 'lost' | 'twice' | 'late' | 'fails';
const fates = fc.array(fc.constantFrom<Fate>('sent', 'lost', 'twice', 'late', 'fails'), { maxLength: 40 });
const publications = fc.array(
  fc.record({
    gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30_000 })),
    publisher: fc.integer({ min: 0, max: 1 }),
    events: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 8 },
);
const readers = fc.array(
  fc.record({
    process: fc.integer({ min: 0, max: 1 }),
    waitMs: fc.constantFrom(0, 1000, 7000, 20_000),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 1, maxLength: 4 },
);

function faulty(world: World, sends: readonly Fate[], armFailures: readonly boolean[]): Glasses {
  const fateOf = [...sends];
  const fails = [...armFailures];
  const mailboxes = replacing(world.mailboxes, {
    send: async (mailbox, body) => {
      const fate = fateOf.shift() ?? 'sent';
      if (fate === 'lost') return 'sent';
      if (fate === 'fails') throw unavailable();
      if (fate === 'late') {
        void world.clock.sleep(13_000).then(() => world.mailboxes.send(mailbox, body));
        return 'sent';
      }
      if (fate === 'twice') await world.mailboxes.send(mailbox, body);
      return world.mailboxes.send(mailbox, body);
    },
  });
  const waiters = replacing(world.waiters, {
    arm: async (channel, arm) => {
      if (fails.shift()) throw unavailable();
      await world.waiters.arm(channel, arm);
    },
  });
  return { mailboxes, waiters };
}

/** Polls on until it has `total` events; comes again after a second when it is told to come again. */
async function follow(
  world: World,
  process: MemoryProcess,
  total: number,
  more: { waitMs: number; limit: number },
): Promise<number[]> {
  const vids: number[] = [];
  while (vids.length < total) {
    try {
      const answer = await ask(process, { channel: 'doors', maxvid: vids.at(-1) ?? 0 }, more);
      vids.push(...answer.events.map(({ vid }) => vid));
      if (more.waitMs === 0) await world.clock.sleep(1000);
    } catch (error) {
      if (!(error instanceof PushError && error.retryable)) throw error;
      await world.clock.sleep(1000);
    }
  }
  return vids;
}

test('a reader that polls on gets every event, once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      publications,
      readers,
      fates,
      fc.array(fc.boolean(), { maxLength: 10 }),
      async (steps, followers, sends, armFailures) => {
        const world = memoryWorld();
        const glasses = faulty(world, sends, armFailures);
        const processes = [memoryProcess(world, glasses), memoryProcess(world, glasses)];
        const publishers = [memoryProcess(world, glasses), memoryProcess(world, glasses)];
        const total = steps.reduce((sum, { events }) => sum + events, 0);
        const pick = (among: readonly MemoryProcess[], i: number) => {
          const process = among[i];
          if (!process) throw new Error('there is no such process');
          return process;
        };

        const following = followers.map(({ process, ...more }) =>
          track(follow(world, pick(processes, process), total, more)),
        );
        for (const [i, { gapMs, publisher, events }] of steps.entries()) {
          await world.clock.advance(gapMs);
          const ids = Array.from({ length: events }, (_, e) => `${i}.${e}`);
          void say(pick(publishers, publisher), 'doors', ...ids);
        }
        await world.clock.advance(AT_THE_LATEST_MS);

        expect(following.map(({ done }) => done)).toEqual(following.map(() => true));
        const expected = Array.from({ length: total }, (_, i) => i + 1);
        for (const { promise } of following) expect(await promise).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});
