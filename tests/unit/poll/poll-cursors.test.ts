/** A cursor that is read while the log grows, and acknowledgements that cannot be true. */

import { describe, expect, test } from 'vitest';
import { replacing } from '../../support/memory/doubles.ts';
import { ask, memoryProcess, memoryWorld, say, vidsOf, WAIT_MS } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = { channel: 'doors' };
const NOW = { client: 'wall', waitMs: 0 };

/** Client `wall` has seen 1 of 1. `slow` is a process whose next look at the cursors takes until `go`. */
async function setUp() {
  const world = memoryWorld();
  let gate: Promise<void> | undefined;
  const cursors = replacing(world.cursors, {
    visit: async (...call: Parameters<typeof world.cursors.visit>) => {
      const waiting = gate;
      gate = undefined;
      await waiting;
      return world.cursors.visit(...call);
    },
  });
  const slow = memoryProcess(world, { cursors });
  const [other, publisher] = [memoryProcess(world), memoryProcess(world)];
  await slow.poll.mailbox.address();
  await other.poll.mailbox.address();
  await world.clock.advance(3_000);
  await say(publisher, 'doors', 'a');
  await ask(other, { ...DOORS, maxvid: 1 }, NOW);
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
  const cursor = async () => {
    const [row] = await world.cursors.list('doors');
    return { maxvid: row?.maxvid, epoch: row?.epoch };
  };
  return { world, slow, other, publisher, hold, cursor };
}

describe.each([0, WAIT_MS])('a cursor that moved on after the check, in a poll of %i ms', (waitMs) => {
  test('is not taken for one that is ahead of the log', async () => {
    const { world, slow, other, publisher, hold } = await setUp();
    const go = hold();
    const late = ask(slow, DOORS, { client: 'wall', waitMs });
    await settle();
    await say(publisher, 'doors', 'b');
    await ask(other, { ...DOORS, maxvid: 2 }, NOW);
    go();
    await world.clock.advance(WAIT_MS + 1_000);

    expect(await late).toMatchObject({ events: [], maxvid: 2 });
  });

  test('does not go back', async () => {
    const { world, slow, other, publisher, hold, cursor } = await setUp();
    const go = hold();
    const late = ask(slow, { ...DOORS, maxvid: 1 }, { client: 'wall', waitMs });
    await settle();
    await say(publisher, 'doors', 'b');
    await ask(other, { ...DOORS, maxvid: 2 }, NOW);
    go();
    await world.clock.advance(WAIT_MS + 1_000);

    expect(vidsOf(await late)).toEqual([2]);
    expect(await cursor()).toMatchObject({ maxvid: 2 });
  });
});

test('an orphaned poll that came before the client had a place does not move the place that it has by now', async () => {
  const world = memoryWorld();
  // What it asked about its cursor has been done; its look at the log, and every answer, come when it goes on.
  const thawed = Promise.withResolvers<void>();
  let frozenYet = true;
  const cursors = replacing(world.cursors, {
    visit: async (...call: Parameters<typeof world.cursors.visit>) => {
      const before = await world.cursors.visit(...call);
      if (frozenYet) await thawed.promise;
      return before;
    },
  });
  const log = replacing(world.log, {
    last: async (channel: string) => {
      if (frozenYet) await thawed.promise;
      return world.log.last(channel);
    },
  });
  const frozen = memoryProcess(world, { cursors, log });
  const [other, publisher] = [memoryProcess(world), memoryProcess(world)];
  const orphan = ask(frozen, DOORS, NOW);
  await settle();
  const { maxvid } = await ask(other, DOORS, NOW);
  await say(publisher, 'doors', 'a');

  frozenYet = false;
  thawed.resolve();
  await orphan;

  expect(maxvid).toBe(0);
  expect(vidsOf(await ask(other, DOORS, NOW))).toEqual([1]);
});

describe('a poll that is refused', () => {
  test.each([
    ['because it is ahead', { maxvid: 99 }],
    ['because it is ahead, of a life that was never', { maxvid: 99, epoch: 'never' }],
    ['because it comes from an old life', { maxvid: 50, epoch: 'old' }],
    ['because it comes from an old life, not ahead', { maxvid: 1, epoch: 'old' }],
  ])('%s, leaves the cursor where it was', async (_, place) => {
    const { other, cursor } = await setUp();
    const before = await cursor();

    await expect(ask(other, { ...DOORS, ...place }, NOW)).rejects.toMatchObject({ code: 'reset' });

    expect(before).toMatchObject({ maxvid: 1 });
    expect(await cursor()).toEqual(before);
    expect(await ask(other, DOORS, NOW)).toMatchObject({ maxvid: 1 });
  });

  test('leaves a client that had no cursor without one', async () => {
    const { world, other } = await setUp();

    await expect(ask(other, { ...DOORS, maxvid: 99 }, { ...NOW, client: 'new' })).rejects.toMatchObject({
      code: 'reset',
    });

    expect((await world.cursors.list('doors')).find(({ client }) => client === 'new')).not.toHaveProperty(
      'maxvid',
    );
  });

  test('can be followed by the poll that PROTOCOL.md names, although the cursor itself stands ahead', async () => {
    const { world, other, cursor } = await setUp();
    const { epoch } = await cursor();
    await world.cursors.visit('doors', 'wall', { maxvid: 99 }, undefined, world.clock.now());
    await expect(ask(other, DOORS, NOW)).rejects.toMatchObject({ code: 'reset', details: { epoch } });

    const place = epoch === undefined ? { maxvid: 0 } : { maxvid: 0, epoch };
    expect(vidsOf(await ask(other, { ...DOORS, ...place }, NOW))).toEqual([1]);
    expect(await cursor()).toEqual({ maxvid: 0, epoch });
  });
});
