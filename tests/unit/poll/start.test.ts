/** Where a reader stands: what it says, what its cursor says, from now on, or nowhere in this life of the channel. */

import { describe, expect, test } from 'vitest';
import type { Incarnation } from '../../../lib/log/ports.ts';
import { Calls, counting, replacing } from '../../support/memory/doubles.ts';
import {
  ask,
  memoryProcess,
  memoryWorld,
  say,
  track,
  vidsOf,
  WAIT_MS,
  type World,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = { channel: 'doors' };
const LOOK = { waitMs: 0 };
const WALL = { client: 'wall' };

async function setUp(...ids: readonly string[]) {
  const world = memoryWorld();
  const [reader, publisher] = [memoryProcess(world), memoryProcess(world)];
  await reader.poll.mailbox.address();
  await world.clock.advance(3000);
  for (const id of ids) await say(publisher, 'doors', id);
  return { world, clock: world.clock, reader, publisher };
}

async function cursorOf(world: World) {
  const [cursor] = await world.cursors.list('doors');
  return cursor && { maxvid: cursor.maxvid, epoch: cursor.epoch };
}

const epochOf = async (world: World) => (await world.log.get('doors'))?.epoch;

describe('a reader that says nothing', () => {
  test('gets the next event, not those before', async () => {
    const { reader, publisher } = await setUp('a', 'b');
    const polling = track(ask(reader, DOORS));
    await settle();
    const early = polling.done;

    await say(publisher, 'doors', 'c');

    expect(early).toBe(false);
    expect(vidsOf(await polling.promise)).toEqual([3]);
  });

  test('is told where it stands when nothing came', async () => {
    const { reader } = await setUp('a', 'b');

    expect(await ask(reader, DOORS, LOOK)).toMatchObject({ events: [], maxvid: 2, missed: 0 });
  });

  test('gets the very first event of a channel', async () => {
    const { reader, publisher } = await setUp();
    const polling = ask(reader, DOORS);
    await settle();

    await say(publisher, 'doors', 'a');

    expect(vidsOf(await polling)).toEqual([1]);
  });

  test('has no epoch on a channel without events', async () => {
    const { reader } = await setUp();

    expect(await ask(reader, DOORS, LOOK)).toMatchObject({ epoch: null, maxvid: 0 });
  });
});

describe('a client', () => {
  test('that comes for the first time stands at the head, and is remembered there', async () => {
    const { world, reader, publisher } = await setUp('a', 'b');
    await ask(reader, DOORS, { ...WALL, ...LOOK });
    await say(publisher, 'doors', 'c');

    const answer = await ask(reader, DOORS, WALL);

    expect(vidsOf(answer)).toEqual([3]);
    expect(await cursorOf(world)).toEqual({ maxvid: 2, epoch: await epochOf(world) });
  });

  test('that waits on a channel without events keeps its place for the first', async () => {
    const { reader, publisher } = await setUp();
    await ask(reader, DOORS, { ...WALL, ...LOOK });
    await say(publisher, 'doors', 'a');

    const answer = await ask(memoryProcess(memoryWorld()), DOORS, LOOK);
    const next = await ask(reader, DOORS, { ...WALL, ...LOOK });

    expect(answer.maxvid).toBe(0);
    expect(vidsOf(next)).toEqual([1]);
  });

  test('acknowledges by sending maxvid, and goes on from there without', async () => {
    const { world, reader } = await setUp('a', 'b', 'c');
    await ask(reader, { ...DOORS, maxvid: 2 }, { ...WALL, ...LOOK });

    const answer = await ask(memoryProcess(world), DOORS, { ...WALL, ...LOOK });

    expect(vidsOf(answer)).toEqual([3]);
    expect(await cursorOf(world)).toEqual({ maxvid: 2, epoch: await epochOf(world) });
  });

  test('gets an answer again that it has not acknowledged', async () => {
    const { reader } = await setUp('a', 'b');
    await ask(reader, { ...DOORS, maxvid: 0 }, { ...WALL, ...LOOK });

    const answers = [
      await ask(reader, DOORS, { ...WALL, ...LOOK }),
      await ask(reader, DOORS, { ...WALL, ...LOOK }),
    ];

    expect(answers.map(vidsOf)).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test('does not lose its place by an old poll that comes late, and that is still answered', async () => {
    const { world, reader } = await setUp('a', 'b', 'c');
    await ask(reader, { ...DOORS, maxvid: 3 }, { ...WALL, ...LOOK });

    const late = await ask(reader, { ...DOORS, maxvid: 1 }, { ...WALL, ...LOOK });

    expect(vidsOf(late)).toEqual([2, 3]);
    expect((await cursorOf(world))?.maxvid).toBe(3);
  });
});

describe('a reader of another life', () => {
  const REBORN = { code: 'reset', status: 409 };

  test.each([
    { what: 'ahead of the log', maxvid: 3, epoch: undefined },
    { what: 'far ahead of the log', maxvid: 1_000_000, epoch: undefined },
    { what: 'of another epoch, though behind', maxvid: 1, epoch: 'another' },
    { what: 'of another epoch, though level', maxvid: 2, epoch: 'another' },
  ])('is told at once, and what there is, when it is $what', async ({ maxvid, epoch }) => {
    const { world, reader } = await setUp('a', 'b');
    const cursor = { ...DOORS, maxvid, ...(epoch === undefined ? {} : { epoch }) };

    for (const waitMs of [WAIT_MS, 0]) {
      await expect(ask(reader, cursor, { waitMs })).rejects.toMatchObject({
        ...REBORN,
        details: { channel: 'doors', earliest: 1, head: 2, epoch: await epochOf(world) },
      });
    }
  });

  test('is told where a channel has no events', async () => {
    const { reader } = await setUp();

    await expect(ask(reader, { ...DOORS, maxvid: 5 })).rejects.toMatchObject({
      ...REBORN,
      details: { earliest: null, head: 0, epoch: null },
    });
  });

  test.each([
    { what: 'ahead of the new life', ids: ['d'] },
    { what: 'behind in the new life', ids: ['d', 'e', 'f', 'g', 'h'] },
  ])('is told by its cursor alone when that is $what, and keeps the cursor', async ({ ids }) => {
    const { world, reader, publisher, clock } = await setUp('a', 'b', 'c');
    await ask(reader, { ...DOORS, maxvid: 3 }, { ...WALL, ...LOOK });
    const before = await cursorOf(world);
    world.log.drop();
    clock.jump(10_000);
    await say(publisher, 'doors', ...ids);

    await expect(ask(reader, DOORS, { ...WALL, ...LOOK })).rejects.toMatchObject(REBORN);
    expect(await cursorOf(world)).toEqual(before);
  });

  test('goes on when it polls as it is told, and its cursor begins anew', async () => {
    const { world, reader, publisher, clock } = await setUp('a', 'b', 'c');
    await ask(reader, { ...DOORS, maxvid: 3 }, { ...WALL, ...LOOK });
    world.log.drop();
    clock.jump(10_000);
    await say(publisher, 'doors', 'd');
    const epoch = (await epochOf(world)) ?? '';

    const answer = await ask(reader, { ...DOORS, maxvid: 0, epoch }, { ...WALL, ...LOOK });

    expect(vidsOf(answer)).toEqual([1]);
    expect(await cursorOf(world)).toEqual({ maxvid: 0, epoch });
  });

  test('is told while it waits', async () => {
    const { world, reader, publisher, clock } = await setUp('a', 'b', 'c');
    const epoch = (await epochOf(world)) ?? '';
    const polling = track(ask(reader, { ...DOORS, maxvid: 3, epoch }));
    await settle();
    world.log.drop();
    clock.jump(10_000);

    await say(publisher, 'doors', 'd');
    await settle();

    expect(polling.done).toBe(true);
    await expect(polling.promise).rejects.toMatchObject(REBORN);
  });
});

describe('a reader that knows more than the process', () => {
  test('is looked up again instead of being reset, when a doorbell is late', async () => {
    const world = memoryWorld();
    const unrung = memoryProcess(world, {
      mailboxes: replacing(world.mailboxes, { send: async () => 'sent' }),
    });
    const reader = memoryProcess(world);
    await say(unrung, 'doors', 'a');
    const other = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await world.clock.advance(3000);
    await say(unrung, 'doors', 'b');

    const ahead = track(ask(reader, { ...DOORS, maxvid: 2 }, { waitMs: 5000 }));
    await world.clock.advance(6000);

    expect(vidsOf(await other.promise)).toEqual([2]);
    expect(await ahead.promise).toMatchObject({ events: [], maxvid: 2 });
  });

  test('keeps the place that it has acknowledged elsewhere, though an old poll of it comes here', async () => {
    const world = memoryWorld();
    const unrung = memoryProcess(world, {
      mailboxes: replacing(world.mailboxes, { send: async () => 'sent' }),
    });
    const [here, elsewhere] = [memoryProcess(world), memoryProcess(world)];
    await say(unrung, 'doors', 'a');
    await here.poll.mailbox.address();
    await world.clock.advance(3000);
    track(ask(here, { ...DOORS, maxvid: 1 }));
    await settle();
    await say(unrung, 'doors', 'b', 'c');
    await ask(elsewhere, { ...DOORS, maxvid: 3 }, { ...WALL, ...LOOK });

    track(ask(here, { ...DOORS, maxvid: 1 }, WALL));
    await settle();

    expect((await cursorOf(world))?.maxvid).toBe(3);
  });
});

test("a channel's own item is read at most once in 10 s", async () => {
  const world = memoryWorld();
  const calls = new Calls();
  const log = counting(world.log, calls);
  const life: Incarnation = { epoch: 'e1', highWaterMark: 1000 };
  await world.log.begin('doors', life);
  const reader = memoryProcess(world, { log });

  for (const ms of [0, 5000, 4999, 1]) {
    world.clock.jump(ms);
    await ask(reader, DOORS, LOOK);
  }

  expect(calls.of('get')).toBe(2);
});
