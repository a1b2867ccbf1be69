/** Ghosts of clients whose places are saved late: they end when the client polls elsewhere, in whichever process they are. */

import { expect, test } from 'vitest';
import {
  ask,
  memoryHub,
  memoryProcess,
  memoryWorld,
  say,
  track,
  vidsOf,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = { channel: 'doors' };
const WALL = { client: 'wall' };

/** Client `wall` has polled the hub thrice, and is held there at 3; of that, the table knows the first poll. */
async function setUp() {
  const world = memoryWorld();
  const [hub, other, lambda] = [memoryHub(world), memoryHub(world), memoryProcess(world)];
  for (const { poll } of [hub, other, lambda]) await poll.mailbox.address();
  await world.clock.advance(3_000);
  await say(lambda, 'doors', 'a', 'b', 'c');
  for (const maxvid of [1, 2]) await ask(hub, { ...DOORS, maxvid }, WALL);
  const ghost = track(ask(hub, { ...DOORS, maxvid: 3 }, WALL));
  await settle();
  return { world, hub, other, lambda, ghost };
}

test.each(['other', 'lambda'] as const)(
  'an orphaned poll ends when its client polls another process (%s)',
  async (where) => {
    const { ghost, ...all } = await setUp();
    const held = track(ask(all[where], { ...DOORS, maxvid: 3 }, WALL));
    await settle();

    expect([ghost.done, held.done]).toEqual([true, false]);
    // Whether it is older than what ended it is not known: its client need not take another id.
    expect(await ghost.promise).not.toHaveProperty('superseded');
  },
);

test('an orphaned poll ends in a hub when its client comes back to a function, and the other way round', async () => {
  const { world, hub, lambda } = await setUp();
  for (let i = 0; i < 3; i++) {
    const inFunction = track(ask(lambda, { ...DOORS, maxvid: 3 }, WALL));
    await world.clock.advance(1_000);
    const inHub = track(ask(hub, { ...DOORS, maxvid: 3 }, WALL));
    await world.clock.advance(1_000);

    expect([inFunction.done, inHub.done]).toEqual([true, false]);
  }
});

test('an orphaned poll ends when its client comes again in its own hub, and says so', async () => {
  const { hub, ghost } = await setUp();
  const held = track(ask(hub, { ...DOORS, maxvid: 3 }, WALL));
  await settle();

  expect([ghost.done, held.done]).toEqual([true, false]);
  expect(await ghost.promise).toMatchObject({ superseded: true });
});

test('a hub that was told of a move does not end the poll of a client that is back', async () => {
  const { world, hub, other, lambda } = await setUp();
  await ask(other, { ...DOORS, maxvid: 2 }, WALL);
  await settle();
  const back = track(ask(hub, { ...DOORS, maxvid: 3 }, WALL));
  await world.clock.advance(1_000);
  await say(lambda, 'doors', 'd');
  await settle();

  expect(vidsOf(await back.promise)).toEqual([4]);
});

test('two tabs that share an id on two hubs: one learns of it', async () => {
  const { world, hub, other, ghost } = await setUp();
  const right = track(ask(other, { ...DOORS, maxvid: 3 }, WALL));
  await world.clock.advance(1_000);
  expect(ghost.done).toBe(true);

  const left = track(ask(hub, { ...DOORS, maxvid: 3 }, WALL));
  await world.clock.advance(1_000);

  expect(await right.promise).toMatchObject({ superseded: true });
  expect(left.done).toBe(false);
});
