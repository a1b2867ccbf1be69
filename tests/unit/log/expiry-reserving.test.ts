/** Numbers are reserved anew while nothing is kept: a reader or another publisher that comes between reserving and appending takes no harm. */

import { expect, test } from 'vitest';
import { replacing, unavailable } from '../../support/memory/doubles.ts';
import {
  ask,
  eventsIn,
  memoryProcess,
  memoryWorld,
  say,
  WEEK_MS,
  type World,
} from '../../support/memory/world.ts';

const MINUTE_MS = 60_000;

/** A channel of so many events, all of them past their time. */
async function oldChannel(count: number): Promise<World> {
  const world = memoryWorld();
  const publisher = memoryProcess(world);
  for (let done = 0; done < count; done += 100) {
    const size = Math.min(100, count - done);
    await say(publisher, 'doors', ...Array.from({ length: size }, (_, i) => `old-${done + i}`));
  }
  world.clock.jump(WEEK_MS + MINUTE_MS);
  return world;
}

/** A reader that has seen everything up to `maxvid`; `read` notes what is new to it. */
function readerAt(world: World, maxvid: number, log = world.log) {
  const process = memoryProcess(world, { log });
  const ids: string[] = [];
  let place = maxvid;
  const read = async () => {
    const answer = await ask(process, { channel: 'doors', maxvid: place }, { waitMs: 0 });
    ids.push(...answer.events.map(({ id }) => id));
    place = answer.maxvid;
  };
  return { ids, read };
}

/** A publisher, and what happens right after it has reserved numbers for the first time. */
function interrupted(world: World, happens: () => Promise<unknown>) {
  let done = false;
  const log = replacing(world.log, {
    reserve: async (...call: Parameters<typeof world.log.reserve>) => {
      const reserved = await world.log.reserve(...call);
      if (!done) {
        done = true;
        await happens();
      }
      return reserved;
    },
  });
  return memoryProcess(world, { log });
}

async function publishing(world: World, work: Promise<unknown>): Promise<void> {
  await world.clock.advance(1_000);
  await work;
}

test.each([6, 1000])(
  'two publishers share the numbers after %i that are gone, and a reader misses none',
  async (count) => {
    const world = await oldChannel(count);
    world.log.expire('doors');
    const reader = readerAt(world, count);
    const other = memoryProcess(world);
    const publisher = interrupted(world, async () => {
      await say(other, 'doors', 'theirs');
      await reader.read();
    });

    await publishing(world, say(publisher, 'doors', 'mine'));
    await reader.read();

    expect([...reader.ids].sort()).toEqual(['mine', 'theirs']);
    const vids = eventsIn(world, 'doors').map(({ vid }) => vid);
    expect(vids).toEqual([vids[0] ?? 0, (vids[0] ?? 0) + 1]);
  },
);

test.each([6, 1000])('a reader that comes while numbers after %i are reserved misses none', async (count) => {
  const world = await oldChannel(count);
  const reader = readerAt(world, count);
  const publisher = interrupted(world, reader.read);

  await publishing(world, say(publisher, 'doors', 'mine'));
  await reader.read();

  expect(reader.ids).toEqual(['mine']);
});

test('a reader that looked before numbers were passed over, and asks what is reserved after it, misses none', async () => {
  const world = await oldChannel(6);
  const reserved = Promise.withResolvers<void>();
  const looked = Promise.withResolvers<void>();
  const publisher = interrupted(world, async () => {
    reserved.resolve();
    await looked.promise;
  });
  let published: Promise<unknown> | undefined;
  const get = async (channel: string) => {
    published ??= say(publisher, channel, 'mine');
    await reserved.promise;
    return world.log.get(channel);
  };
  const reader = readerAt(world, 6, replacing(world.log, { get }));

  await reader.read();
  looked.resolve();
  await publishing(world, Promise.resolve(published));
  await reader.read();

  expect(reader.ids).toEqual(['mine']);
});

test('a publisher that reserved and died leaves nobody stuck', async () => {
  const world = await oldChannel(6);
  world.log.expire('doors');
  const died = memoryProcess(world, {
    log: replacing(world.log, {
      append: () => {
        throw new Error('died');
      },
    }),
  });
  await expect(say(died, 'doors', 'lost')).rejects.toThrow('died');
  const reader = readerAt(world, 6);
  await reader.read();

  await publishing(world, say(memoryProcess(world), 'doors', 'mine'));
  await reader.read();

  expect(reader.ids).toEqual(['mine']);
});

test('a reader that comes while an old channel is recorded at last misses none', async () => {
  const world = memoryWorld();
  const begin = async () => {
    throw unavailable();
  };
  await say(memoryProcess(world, { log: replacing(world.log, { begin }) }), 'doors', 'old');
  world.clock.jump(WEEK_MS + MINUTE_MS);
  const reader = readerAt(world, 1);
  const recording = replacing(world.log, {
    begin: async (...call: Parameters<typeof world.log.begin>) => {
      const life = await world.log.begin(...call);
      await reader.read();
      return life;
    },
  });

  await publishing(world, say(memoryProcess(world, { log: recording }), 'doors', 'mine'));
  await reader.read();

  expect(reader.ids).toEqual(['mine']);
});
