/** Channels that nobody polls now, kept in mind by a server for those who come again. */

import { expect, test } from 'vitest';
import { Calls, counting } from '../../support/memory/doubles.ts';
import {
  ask,
  LINGER_MS,
  memoryHub,
  memoryProcess,
  memoryWorld,
  say,
  track,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

async function setUp() {
  const world = memoryWorld();
  const calls = new Calls();
  const hub = memoryHub(world, { waiters: counting(world.waiters, calls) });
  // A mailbox is slept on for a second only while it is new.
  await hub.poll.mailbox.address();
  await world.clock.advance(3_000);
  /** A poll that waits for so short a time that it arms the channel and is over. */
  const visit = async (channel: string) => {
    const polling = ask(hub, { channel, maxvid: 0 }, { waitMs: 1 });
    await world.clock.advance(2_000);
    return polling;
  };
  return { world, calls, hub, visit };
}

test('a channel stays armed for a while after its last poll, and no longer', async () => {
  const { world, calls, visit } = await setUp();
  await visit('doors');
  calls.clear();
  await visit('doors');
  const soon = calls.of('arm');
  await world.clock.advance(LINGER_MS);
  await visit('doors');

  expect([soon, calls.of('arm')]).toEqual([0, 1]);
});

test('of more than a thousand channels that nobody polls, those that were left last are kept', async () => {
  const { world, calls, hub, visit } = await setUp();
  const names = Array.from({ length: 1_001 }, (_, i) => `c${i}`);
  const polls = names.map((channel) => ask(hub, { channel, maxvid: 0 }, { waitMs: 1 }));
  await world.clock.advance(2_000);
  await Promise.all(polls);
  calls.clear();

  await visit('c1000');
  expect(calls.of('arm')).toBe(0);
  await visit('c0');
  expect(calls.of('arm')).toBe(1);
});

test('a reader who comes back to a channel that was kept hears of what came meanwhile', async () => {
  const { hub, visit } = await setUp();
  await visit('doors');
  await say(hub, 'doors', 'a');

  expect((await visit('doors')).events.map(({ id }) => id)).toEqual(['a']);
});

test('a channel that is polled again is not forgotten when its earlier time is over: the reader still hears of news', async () => {
  const { world, hub, visit } = await setUp();
  await visit('doors');
  await world.clock.advance(LINGER_MS - 3_000);
  const polling = track(ask(hub, { channel: 'doors', maxvid: 0 }));
  await world.clock.advance(5_000);

  await say(memoryProcess(world), 'doors', 'a');
  await settle();

  expect([polling.done, (await polling.promise).events.map(({ id }) => id)]).toEqual([true, ['a']]);
});
