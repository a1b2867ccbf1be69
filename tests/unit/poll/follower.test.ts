/** A reader that stays: it is given everything once and in order, no faster than it takes it, until its end. */

import { expect, test, vi } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { PushError } from '../../../lib/errors.ts';
import { HeldPolls } from '../../../lib/poll/held-polls.ts';
import { replacing } from '../../support/memory/doubles.ts';
import { followDoors } from '../../support/memory/followers.ts';
import {
  LINGER_MS,
  memoryHub,
  memoryProcess,
  memoryWorld,
  say,
  tell,
  WAIT_MS,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

async function setUp() {
  const world = memoryWorld();
  const hub = memoryHub(world);
  const elsewhere = memoryProcess(world);
  await say(hub, 'doors', 'a');
  return { world, clock: world.clock, hub, elsewhere };
}

test('a follower gives what is there, and then each event the moment that it is published', async () => {
  const { hub } = await setUp();
  const reader = await followDoors(hub);
  await settle();
  await say(hub, 'doors', 'b', 'c');
  const then = reader.vids();
  await say(hub, 'doors', 'd');

  expect(then).toEqual([1, 2, 3]);
  expect(reader.vids()).toEqual([1, 2, 3, 4]);
  expect(hub.meter.of('EventsDelivered')).toBe(4);
});

test('a follower gives what another process publishes, again and again', async () => {
  const { hub, elsewhere, clock } = await setUp();
  const reader = await followDoors(hub);
  await settle();
  for (const id of ['b', 'c', 'd']) {
    await say(elsewhere, 'doors', id);
    await clock.advance(10);
  }

  expect(reader.vids()).toEqual([1, 2, 3, 4]);
});

test('a lost ring costs the time until the next look at the channel, and no event', async () => {
  const { world, clock, hub } = await setUp();
  const mute = memoryProcess(world, { mailboxes: replacing(world.mailboxes, { send: async () => 'sent' }) });
  const reader = await followDoors(hub);
  await settle();
  await say(mute, 'doors', 'b');
  await clock.advance(WAIT_MS + 1_000);

  expect(reader.vids()).toEqual([1, 2]);
});

test('a full connection is given nothing more until it has room, and then all that has come', async () => {
  const { hub } = await setUp();
  const reader = await followDoors(hub, { limit: 2 });
  await settle();
  reader.fill();
  await say(hub, 'doors', 'b');
  for (const id of ['c', 'd', 'e', 'f']) await say(hub, 'doors', id);
  const full = reader.vids();
  reader.empty();
  await settle();

  expect(full).toEqual([1, 2]);
  expect(reader.vids()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a wake that comes late gives a full connection nothing', async () => {
  const { hub } = await setUp();
  const wakes: Array<() => void> = [];
  const watchRegistry = replacing(hub.poll.watchRegistry, {
    join(channel: string) {
      const watch = hub.poll.watchRegistry.join(channel);
      const sleep: typeof watch.sleep = (after, wake, until) => {
        wakes.push(wake);
        return watch.sleep(after, wake, until);
      };
      return replacing(watch, { sleep });
    },
  });
  const reader = await followDoors({ ...hub, poll: { ...hub.poll, watchRegistry } });
  await settle();
  reader.fill();
  await say(hub, 'doors', 'b');
  await say(hub, 'doors', 'c');
  for (const wake of wakes) wake();
  const full = reader.vids();
  reader.empty();
  await settle();

  expect(full).toEqual([1, 2]);
  expect(reader.vids()).toEqual([1, 2, 3]);
});

test('who is far behind is given the log page by page', async () => {
  const { world, hub } = await setUp();
  for (let i = 0; i < 40; i++) await say(hub, 'doors', `b${i}`);
  const reader = await followDoors(memoryHub(world), { limit: 3 });
  await settle();

  expect(reader.vids()).toEqual(Array.from({ length: 41 }, (_, i) => i + 1));
});

test('a follower is told that nothing has come when it was quiet for its wait, counted from the last event', async () => {
  const { hub, clock } = await setUp();
  const reader = await followDoors(hub, { maxvid: 1, waitMs: 5_000 });
  await settle();
  await clock.advance(4_000);
  await say(hub, 'doors', 'b');
  await clock.advance(4_999);
  const before = reader.answers.length;
  await clock.advance(1);

  expect([before, reader.answers.length]).toEqual([2, 3]);
  expect(reader.answers.at(-1)).toMatchObject({ events: [], maxvid: 2 });
  await say(hub, 'doors', 'c');
  expect(reader.vids()).toEqual([2, 3]);
});

test('the token of a follower is looked at after each wait, and at most once a second while events come', async () => {
  const { hub, clock } = await setUp();
  const checkToken = vi.fn();
  const reader = await followDoors(hub, { waitMs: 5_000, checkToken });
  await settle();
  for (let i = 0; i < 10; i++) {
    await say(hub, 'doors', `b${i}`);
    await clock.advance(200);
  }
  const busy = checkToken.mock.calls.length;
  await clock.advance(10_000);

  expect(busy).toBe(1);
  expect(checkToken.mock.calls.length).toBe(3);
  expect(reader.ended()).toBeUndefined();
});

test.each([
  ['at once', () => void thrown()],
  ['later', async () => thrown()],
])(
  'a token that is good no more ends it before the next event, when that is known %s',
  async (_, checkToken) => {
    const { hub, clock } = await setUp();
    const reader = await followDoors(hub, { checkToken });
    await clock.advance(1_000);
    await say(hub, 'doors', 'b');
    await settle();

    expect(reader.vids()).toEqual([1]);
    expect(reader.ended()).toMatchObject({ code: 'bad-token' });
  },
);

function thrown(): never {
  throw new PushError('bad-token', 'The key has gone.');
}

test('a follower ends when its token ends', async () => {
  const { hub, clock } = await setUp();
  const reader = await followDoors(hub, { caller: { ...TRUSTED, untilMs: clock.now() + 7_000 } });
  await clock.advance(6_999);
  const before = reader.ended();
  await clock.advance(1);

  expect([before, reader.ended()]).toEqual([undefined, 'done']);
  expect(hub.poll.held.size).toBe(0);
});

test('a full connection whose token has ended is ended when it has room', async () => {
  const { hub, clock } = await setUp();
  const reader = await followDoors(hub, { caller: { ...TRUSTED, untilMs: clock.now() + 7_000 } });
  reader.fill();
  await say(hub, 'doors', 'b');
  await clock.advance(60_000);
  await say(hub, 'doors', 'c');
  expect(reader.ended()).toBeUndefined();
  reader.empty();

  expect(reader.vids()).toEqual([1, 2]);
  expect(reader.ended()).toBe('done');
});

test('a process that closes tells it that nothing has come, and ends it', async () => {
  const { hub } = await setUp();
  const reader = await followDoors(hub, { maxvid: 1 });
  await settle();
  hub.poll.held.close();

  expect(reader.answers).toHaveLength(2);
  expect(reader.ended()).toBe('done');
});

test('without a wait it is over after the first look', async () => {
  const { hub } = await setUp();
  const reader = await followDoors(hub, { waitMs: 0 });

  expect(reader.vids()).toEqual([1]);
  expect(reader.ended()).toBe('done');
});

test('where no more may be held it ends with that', async () => {
  const { hub } = await setUp();
  const held = new HeldPolls(1);
  const full = { ...hub, poll: { ...hub.poll, held } };
  const first = await followDoors(full);
  const second = await followDoors(full);

  expect(first.ended()).toBeUndefined();
  expect(second.ended()).toMatchObject({ code: 'unavailable' });
});

test('tables that were made anew end it with a reset', async () => {
  const { world, hub, clock, elsewhere } = await setUp();
  const reader = await followDoors(hub);
  await settle();
  world.log.drop();
  await say(memoryProcess(world), 'doors', 'of another life');
  await clock.advance(WAIT_MS + 1_000);

  expect(reader.ended()).toMatchObject({ code: 'reset', details: { channel: 'doors', head: 1 } });
  expect(elsewhere.logger.lines).toEqual([]);
});

test('a client that has gone leaves nothing behind', async () => {
  const { hub, clock } = await setUp();
  const reader = await followDoors(hub);
  await settle();
  reader.follower.leave();
  reader.follower.leave();
  await say(hub, 'doors', 'b');
  await clock.advance(LINGER_MS + 60_000);

  expect(reader.vids()).toEqual([1]);
  expect([reader.ended(), hub.poll.held.size]).toEqual([undefined, 0]);
});

test('a follower of some keys is given these, and sleeps while others come', async () => {
  const { hub, elsewhere, clock } = await setUp();
  const reader = await followDoors(hub, { keys: ['2'], waitMs: 5_000 });
  await settle();
  const first = reader.answers.length;
  await tell(elsewhere, 'doors', '1', '1', '1');
  await clock.advance(10);
  const passed = reader.answers.length;
  await tell(elsewhere, 'doors', '2', '1');
  await clock.advance(10);
  await tell(elsewhere, 'doors', '2');
  await clock.advance(10);

  expect(passed).toBe(first);
  expect(reader.vids()).toEqual([5, 7]);
  await tell(elsewhere, 'doors', '1');
  await clock.advance(5_000);
  expect(reader.answers.at(-1)).toMatchObject({ events: [], maxvid: 8, missed: 0 });
  reader.follower.leave();
});

test('a follower of some keys who is far behind looks the log through page by page', async () => {
  const { world, hub } = await setUp();
  for (let i = 0; i < 30; i++) await tell(hub, 'doors', ...Array.from({ length: 100 }, () => '1'));
  await tell(hub, 'doors', '2');
  const reader = await followDoors(memoryHub(world), { keys: ['2'], maxvid: 0 });
  await settle();

  expect(reader.vids()).toEqual([3002]);
});
