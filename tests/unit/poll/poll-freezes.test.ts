/** Processes that stand still between polls, as Lambda's do, or go on alone; and receives that never come back, or take letters after all. */

import { describe, expect, test } from 'vitest';
import { sweep } from '../../../lib/wakeup/mailbox-sweep.ts';
import { Calls, counting, replacing } from '../../support/memory/doubles.ts';
import {
  ask,
  memoryProcess,
  memoryWorld,
  say,
  track,
  vidsOf,
  type World,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

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

test('a poll answers only when the work that the last one put off is done: a function may freeze with its answer', async () => {
  const world = memoryWorld();
  const removing = Promise.withResolvers<void>();
  const mailboxes = replacing(world.mailboxes, { remove: () => removing.promise });
  const reader = memoryProcess(world, { mailboxes });
  await say(memoryProcess(world), 'doors', 'a');
  const first = ask(reader, { ...DOORS, maxvid: 1 });
  await world.clock.advance(2_500);
  await say(memoryProcess(world), 'doors', 'b');
  await world.clock.advance(1_000);
  await first;

  const second = track(ask(reader, { ...DOORS, maxvid: 1 }));
  await world.clock.advance(1_000);
  const early = second.done;
  removing.resolve();
  await settle();

  expect([early, second.done]).toEqual([false, true]);
});

describe('a process that was frozen while a receive was under way', () => {
  /** The first poll is woken by a check, while its receive is under way; then the process stands still. */
  async function frozen(ms: number, freeze = (clock: World['clock']) => clock.jump(ms)) {
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
    freeze(world.clock);
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

  test('hears the next doorbell though only its wall clock tells that it stood still', async () => {
    const { world, reader } = await frozen(0, (clock) => clock.setOff(300_000));
    const second = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await world.clock.advance(1_000);
    await say(memoryProcess(world), 'doors', 'b');

    await world.clock.advance(100);

    expect(second.done).toBe(true);
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

describe('a receive that the last reader left behind', () => {
  /** SQS does not notice that nobody waits any more: what is aborted still takes letters. */
  function ignoringAborts(world: World) {
    return replacing(world.mailboxes, {
      receive: (mailbox: string, waitSeconds: number) => world.mailboxes.receive(mailbox, waitSeconds),
    });
  }

  /** The one event that the first poll gets is found by a check: its receive goes on alone. */
  async function left() {
    const world = memoryWorld();
    const calls = new Calls();
    const reader = memoryProcess(world, {
      mailboxes: counting(ignoringAborts(world), calls),
      waiters: counting(world.waiters, calls),
    });
    const lost = memoryProcess(world, {
      mailboxes: replacing(world.mailboxes, { send: async () => 'sent' as const }),
    });
    const first = ask(reader, { ...DOORS, maxvid: 0 });
    await settle();
    await say(lost, 'doors', 'a');
    await world.clock.advance(2_500);
    expect((await first).maxvid).toBe(1);
    calls.clear();
    return { world, reader, calls };
  }

  test.each([0, 1_200, 9_000])('serves the next one after %i ms, if the process ran on', async (ms) => {
    const { world, reader, calls } = await left();
    await world.clock.advance(ms);
    const second = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await world.clock.advance(100);
    await say(memoryProcess(world), 'doors', 'b');

    await settle();

    expect([second.done, calls.of('receive'), calls.of('arm')]).toEqual([true, 0, 1]);
  });

  test.each([2_000, 9_000])('and that took a doorbell costs a second after a freeze of %i ms', async (ms) => {
    const { world, reader } = await left();
    world.clock.jump(ms);
    const second = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await world.clock.advance(100);
    await say(memoryProcess(world), 'doors', 'b');

    await world.clock.advance(1_000);

    expect(second.done).toBe(true);
    expect(vidsOf(await second.promise)).toEqual([2]);
  });

  test('costs no further look once its wait is over', async () => {
    const { world, reader, calls } = await left();
    world.clock.jump(30_000);
    const second = track(ask(reader, { ...DOORS, maxvid: 1 }));

    await world.clock.advance(19_000);

    expect([second.done, calls.of('arm')]).toEqual([false, 1]);
  });

  test('is waited for no longer than it lasts', async () => {
    const { world } = await left();

    await world.clock.advance(25_000);

    expect(world.clock.sleeping).toBe(0);
  });
});

test('a process that was frozen until shortly before its lease ends is not swept in the middle of a poll', async () => {
  const world = memoryWorld();
  const reader = memoryProcess(world);
  await reader.poll.mailbox.address();
  world.clock.jump(15 * 60_000 - 1_000);
  const polling = track(ask(reader, { ...DOORS, maxvid: 0 }));
  await world.clock.advance(2_000);

  const { clock, registry, mailboxes } = world;
  const swept = await sweep({ registry, mailboxes, clock, meter: reader.meter });

  expect([swept, polling.done]).toEqual([0, false]);
});
