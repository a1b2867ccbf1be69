/** A process that publishes and holds polls: its own readers hear of an append without SQS, and others are rung all the same. */

import { expect, test } from 'vitest';
import { Calls, counting, replacing } from '../../support/memory/doubles.ts';
import {
  ask,
  LINGER_MS,
  memoryHub,
  memoryProcess,
  memoryWorld,
  say,
  track,
  vidsOf,
  WAIT_MS,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = { channel: 'doors' };

async function setUp() {
  const world = memoryWorld();
  const calls = new Calls();
  const counted = {
    log: counting(world.log, calls),
    waiters: counting(world.waiters, calls),
    mailboxes: counting(world.mailboxes, calls),
  };
  const hub = memoryHub(world, counted);
  await hub.poll.mailbox.address();
  await world.clock.advance(3000);
  await say(hub, 'doors', 'a');
  return { world, clock: world.clock, calls, hub };
}

test('wakes a reader of its own process without a doorbell, and without a further arm or look at the log', async () => {
  const { calls, hub } = await setUp();
  const polling = track(ask(hub, { ...DOORS, maxvid: 1 }));
  await settle();
  calls.clear();

  await say(hub, 'doors', 'b');
  const answer = await polling.promise;
  const next = track(ask(hub, { ...DOORS, maxvid: 2 }));
  await settle();

  expect(vidsOf(answer)).toEqual([2]);
  expect(next.done).toBe(false);
  expect(calls.all).toEqual({ append: 1, armed: 1 });
});

test('one arm and one check serve any number of readers and events of one process', async () => {
  const { calls, hub } = await setUp();
  calls.clear();
  const places = Array.from({ length: 20 }, () => 1);

  for (let vid = 2; vid <= 6; vid++) {
    const polls = places.map((maxvid) => ask(hub, { ...DOORS, maxvid }));
    await settle();
    await say(hub, 'doors', `event-${vid}`);
    for (const [i, answer] of (await Promise.all(polls)).entries()) {
      expect(vidsOf(answer)).toEqual([vid]);
      places[i] = answer.maxvid;
    }
  }

  expect(calls.all).toMatchObject({ arm: 1, last: 1 });
  expect(calls.of('send')).toBe(0);
});

test('rings a reader of another process', async () => {
  const { world, hub } = await setUp();
  const elsewhere = memoryProcess(world);
  await elsewhere.poll.mailbox.address();
  await world.clock.advance(3000);
  const polling = track(ask(elsewhere, { ...DOORS, maxvid: 1 }));
  await settle();

  await say(hub, 'doors', 'b');
  await settle();

  expect(polling.done).toBe(true);
  expect(vidsOf(await polling.promise)).toEqual([2]);
});

test("a hub's publisher is answered before others are rung", async () => {
  const { world } = await setUp();
  const never = replacing(world.waiters, { armed: () => new Promise(() => undefined) });
  const hub = memoryHub(world, { waiters: never });

  const answer = await say(hub, 'doors', 'b');

  expect(answer).toMatchObject({ first: 2, last: 2 });
});

test('an event that another process appended before its own wakes its readers too, and both are read in order', async () => {
  const { world, clock, hub } = await setUp();
  const other = memoryProcess(world, {
    mailboxes: replacing(world.mailboxes, { send: async () => 'sent' }),
  });
  const polling = track(ask(hub, { ...DOORS, maxvid: 1 }));
  await settle();

  await say(other, 'doors', 'b');
  // Its number is taken, so it looks and tries again.
  const publishing = say(hub, 'doors', 'c');
  await clock.advance(1000);
  await publishing;

  expect(vidsOf(await polling.promise)).toEqual([2, 3]);
});

test('an event that it finds in the log already is read by its readers, not passed over', async () => {
  const { world, clock, hub } = await setUp();
  const other = memoryProcess(world, {
    mailboxes: replacing(world.mailboxes, { send: async () => 'sent' }),
  });
  const polling = track(ask(hub, { ...DOORS, maxvid: 1 }));
  await settle();

  // Its producer had no answer, and publishes it again here.
  await say(other, 'doors', 'b');
  const publishing = say(hub, 'doors', 'b');
  await clock.advance(1000);
  await publishing;

  const answer = await polling.promise;
  expect(vidsOf(answer)).toEqual([2]);
  expect(answer.missed).toBe(0);
});

test('what another process appends is still heard of by doorbell after its own appends', async () => {
  const { world, hub } = await setUp();
  const first = track(ask(hub, { ...DOORS, maxvid: 1 }));
  await settle();
  await say(hub, 'doors', 'b');
  await first.promise;
  const polling = track(ask(hub, { ...DOORS, maxvid: 2 }));
  await settle();

  await say(memoryProcess(world), 'doors', 'c');
  await settle();

  expect(vidsOf(await polling.promise)).toEqual([3]);
});

test.each([
  { what: 'is still in memory', awayMs: LINGER_MS - 1, reads: 0 },
  { what: 'is forgotten', awayMs: LINGER_MS, reads: 1 },
])('a channel that nobody polled for $awayMs ms $what', async ({ awayMs, reads }) => {
  const { clock, calls, hub } = await setUp();
  const polling = ask(hub, { ...DOORS, maxvid: 1 });
  await settle();
  await say(hub, 'doors', 'b');
  await polling;
  calls.clear();

  await clock.advance(awayMs);
  const answer = await ask(hub, { ...DOORS, maxvid: 0 });

  expect(vidsOf(answer)).toEqual([1, 2]);
  expect(calls.of('read')).toBe(reads);
});

test('a poll is answered from the newest blocks in memory, without a look at the log', async () => {
  const { calls, hub } = await setUp();
  const polling = ask(hub, { ...DOORS, maxvid: 1 });
  await settle();
  for (const id of ['b', 'c', 'd']) await say(hub, 'doors', id);
  await polling;
  calls.clear();

  const answer = await ask(hub, { ...DOORS, maxvid: 1 }, { waitMs: WAIT_MS });

  expect(vidsOf(answer)).toEqual([2, 3, 4]);
  expect(calls.all).toEqual({});
});
