/** Processes that stand still between polls, as Lambda's do, and receives that never come back. */

import { describe, expect, test } from 'vitest';
import { sweep } from '../../lib/sweep.ts';
import { settle } from '../support/clock.ts';
import { Calls, counting, replacing } from '../support/doubles.ts';
import { ask, memoryProcess, memoryWorld, say, track, vidsOf, type World } from '../support/world.ts';

const DOORS = { channel: 'doors' };

/** Mailboxes whose receives, while `dead`, neither answer nor fail. */
function dying(world: World) {
  const state = { dead: true };
  const mailboxes = replacing(world.mailboxes, {
    receive: (...call: Parameters<typeof world.mailboxes.receive>) =>
      state.dead ? new Promise<never>(() => undefined) : world.mailboxes.receive(...call),
  });
  return { state, mailboxes };
}

test('a receive that does not come back does not hold a poll past its wait and a second', async () => {
  const world = memoryWorld();
  const reader = memoryProcess(world, dying(world));
  await reader.poll.mailbox.address();
  await world.clock.advance(3_000);
  const polling = track(ask(reader, { ...DOORS, maxvid: 0 }));

  await world.clock.advance(21_000);

  expect(polling.done).toBe(true);
});

describe('a process that was frozen while a receive was under way', () => {
  /** The first poll is woken by a check, while its receive is under way; then the process stands still. */
  async function frozen(ms: number) {
    const world = memoryWorld();
    const { state, mailboxes } = dying(world);
    const calls = new Calls();
    const reader = memoryProcess(world, {
      mailboxes: counting(mailboxes, calls),
      waiters: counting(world.waiters, calls),
    });
    const first = ask(reader, { ...DOORS, maxvid: 0 });
    await settle();
    await say(memoryProcess(world), 'doors', 'a');
    await world.clock.advance(1_500);
    expect((await first).maxvid).toBe(1);
    state.dead = false;
    world.clock.jump(ms);
    calls.clear();
    return { world, reader, calls };
  }

  test.each([2_000, 10_000, 300_000])('hears the next doorbell (after %i ms)', async (ms) => {
    const { world, reader } = await frozen(ms);
    const second = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await world.clock.advance(1_000);
    await say(memoryProcess(world), 'doors', 'b');

    await world.clock.advance(100);

    expect(second.done).toBe(true);
    expect(vidsOf(await second.promise)).toEqual([2]);
  });

  test('sees an event whose doorbell the dead receive took', async () => {
    const { world, reader } = await frozen(10_000);
    const taken = replacing(world.mailboxes, { send: async () => 'sent' as const });
    await say(memoryProcess(world, { mailboxes: taken }), 'doors', 'b');
    const second = track(ask(reader, { ...DOORS, maxvid: 1 }));

    await settle();

    expect(second.done).toBe(true);
  });

  test('goes on with its receive when the client came again within a second', async () => {
    const { reader, calls } = await frozen(500);
    const second = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await settle();

    expect([second.done, calls.of('receive')]).toEqual([false, 0]);
  });
});

test('a process that was frozen until shortly before its lease ends is not swept in the middle of a poll', async () => {
  const world = memoryWorld();
  const reader = memoryProcess(world);
  await reader.poll.mailbox.address();
  world.clock.jump(15 * 60_000 - 1_000);
  const polling = track(ask(reader, { ...DOORS, maxvid: 0 }));
  await world.clock.advance(2_000);

  const { clock, register, mailboxes } = world;
  const swept = await sweep({ register, mailboxes, clock, meter: reader.meter });

  expect([swept, polling.done]).toEqual([0, false]);
});
