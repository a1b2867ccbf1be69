/**
 * Numbers stay what they are although TTL deletes expired blocks in no particular order (DynamoDB developer guide, "Using time to live in
 * DynamoDB": within days of their expiry, and no word about order).
 */

import { describe, expect, test } from 'vitest';
import { Appender } from '../../../lib/log/append/appender.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { replacing } from '../../support/memory/doubles.ts';
import {
  ask,
  draftsFor,
  eventsIn,
  memoryProcess,
  memoryWorld,
  say,
  vidsOf,
  WEEK_MS,
  type World,
} from '../../support/memory/world.ts';

const MINUTE_MS = 60_000;
const NOW = { waitMs: 0 };

/** A channel of three blocks, 1..2, 3..4 and 5..6, `reserved` at 1000, that grew old for so long. */
async function oldChannel(ageMs: number): Promise<World> {
  const world = memoryWorld();
  const publisher = memoryProcess(world);
  for (const ids of [
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
  ])
    await say(publisher, 'doors', ...ids);
  world.clock.jump(ageMs);
  return world;
}

describe('when TTL takes the newest block before older ones', () => {
  async function headless(): Promise<World> {
    const world = await oldChannel(WEEK_MS + MINUTE_MS);
    world.log.take('doors', 5);
    return world;
  }

  test('no number is given twice', async () => {
    const world = await headless();

    expect(await say(memoryProcess(world), 'doors', 'new')).toMatchObject({ first: 1001 });
  });

  test('a reader that has seen everything is not reset, and gets the next event', async () => {
    const world = await headless();
    const { maxvid } = await ask(memoryProcess(world), { channel: 'doors', maxvid: 6 }, NOW);
    await say(memoryProcess(world), 'doors', 'new');

    expect(maxvid).toBe(1000);
    expect(vidsOf(await ask(memoryProcess(world), { channel: 'doors', maxvid }, NOW))).toEqual([1001]);
  });

  test('a reader of what is left gets it, then goes on after everything that was reserved', async () => {
    const world = await headless();
    const first = await ask(memoryProcess(world), { channel: 'doors', maxvid: 3 }, NOW);
    const second = await ask(memoryProcess(world), { channel: 'doors', maxvid: 4 }, NOW);

    expect([vidsOf(first), first.maxvid, first.missed]).toEqual([[4], 4, 0]);
    expect([vidsOf(second), second.maxvid, second.missed]).toEqual([[], 1000, 996]);
  });

  test.each([1, 3, 500])(
    'a reader that is behind reads on across the numbers passed over, %i events at a time',
    async (limit) => {
      const world = await headless();
      await say(memoryProcess(world), 'doors', 'g', 'h');
      const seen: number[] = [];
      let missed = 0;
      for (let maxvid = 0; maxvid < 1002; ) {
        const answer = await ask(memoryProcess(world), { channel: 'doors', maxvid }, { ...NOW, limit });
        seen.push(...vidsOf(answer));
        missed += answer.missed;
        maxvid = answer.maxvid;
      }

      expect(seen).toEqual([1, 2, 3, 4, 1001, 1002]);
      expect(missed).toBe(996);
    },
  );

  test('publishers that come together still share the numbers', async () => {
    const world = await headless();
    const publishing = Promise.all(['x', 'y', 'z'].map((id) => say(memoryProcess(world), 'doors', id)));
    await world.clock.advance(1_000);
    const answers = await publishing;

    expect(answers.map(({ first }) => first).sort()).toEqual([1001, 1002, 1003]);
    expect(eventsIn(world, 'doors').map(({ vid }) => vid)).toEqual([1, 2, 3, 4, 1001, 1002, 1003]);
  });
});

test('a channel whose newest block is kept goes on without a gap', async () => {
  const world = await oldChannel(WEEK_MS - 11 * MINUTE_MS);

  expect(await say(memoryProcess(world), 'doors', 'new')).toMatchObject({ first: 7 });
  expect(await ask(memoryProcess(world), { channel: 'doors', maxvid: 6 }, NOW)).toMatchObject({ missed: 0 });
});

test('a publisher that put its block there before the numbers were passed over keeps its number', async () => {
  const world = await oldChannel(WEEK_MS - 10 * MINUTE_MS - 1);
  const early = memoryProcess(world);
  let first = true;
  const late = replacing(world.log, {
    append: async (...call: Parameters<typeof world.log.append>) => {
      if (first) await say(early, 'doors', 'early');
      first = false;
      return world.log.append(...call);
    },
  });
  const publisher = memoryProcess(world, { log: late, clock: aheadOf(world, 1) });

  const publishing = say(publisher, 'doors', 'late');
  await world.clock.advance(1_000);

  expect(await publishing).toMatchObject({ first: 8 });
  expect(eventsIn(world, 'doors').map(({ vid }) => vid)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

/** A clock that differs from the world's. */
function aheadOf({ clock }: World, ms: number): Clock {
  return {
    now: () => clock.now() + ms,
    elapsed: () => clock.elapsed(),
    sleep: (...args) => clock.sleep(...args),
    after: clock.after,
  };
}

describe('no block expires before an older one', () => {
  const appender = (world: World, retentionMs: number) => {
    const { meter, logger } = memoryProcess(world);
    const { log, digests, clock, random } = world;
    return new Appender({ log, records: log, digests, clock, random, meter, logger, retentionMs });
  };
  const expiries = (world: World) => world.log.blocks('doors').map(({ expires }) => expires);

  test('when the retention was shortened', async () => {
    const world = memoryWorld();
    await appender(world, WEEK_MS).append('doors', draftsFor(['a']), false);
    world.clock.jump(MINUTE_MS);
    await appender(world, WEEK_MS / 7).append('doors', draftsFor(['b']), false);

    const [first = 0, second = 0] = expiries(world);
    expect(second).toBeGreaterThanOrEqual(first);
  });

  test("when a publisher's clock is behind", async () => {
    const world = memoryWorld();
    await appender(world, WEEK_MS).append('doors', draftsFor(['a']), false);
    const behind = { ...world, clock: aheadOf(world, -60 * MINUTE_MS) };
    const { meter, logger } = memoryProcess(world);
    const late = new Appender({ ...behind, records: world.log, meter, logger, retentionMs: WEEK_MS });
    await late.append('doors', draftsFor(['b']), false);
    await late.append('doors', draftsFor(['c']), false);

    const [first = 0, second = 0, third = 0] = expiries(world);
    expect([second >= first, third >= second]).toEqual([true, true]);
  });
});
