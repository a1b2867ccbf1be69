/** The long poll: it answers at once where there is news, else when news comes, else when the wait ends. */

import { describe, expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { PushError } from '../../../lib/errors.ts';
import { poll } from '../../../lib/poll/poll.ts';
import { replacing } from '../../support/memory/doubles.ts';
import { setUpReader as setUp, TO_THE_END_MS } from '../../support/memory/reader.ts';
import { ask, memoryProcess, memoryWorld, say, track, vidsOf, WAIT_MS } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = { channel: 'doors' };

describe('a poll', () => {
  test('answers at once when the log is ahead', async () => {
    const { world, reader, publisher } = await setUp();
    await say(publisher, 'doors', 'a', 'b', 'c');

    const answer = await ask(reader, { ...DOORS, maxvid: 1 });

    const epoch = (await world.log.get('doors'))?.epoch;
    expect(answer).toMatchObject({ channel: 'doors', epoch, maxvid: 3, missed: 0 });
    expect(answer.events.map(({ vid, id, data }) => [vid, id, data])).toEqual([
      [2, 'b', 'b'],
      [3, 'c', 'c'],
    ]);
  });

  test('gives everything that is kept after 0', async () => {
    const { reader, publisher } = await setUp();
    await say(publisher, 'doors', 'a', 'b');

    const answer = await ask(reader, { ...DOORS, maxvid: 0 });

    expect(vidsOf(answer)).toEqual([1, 2]);
  });

  test('answers with an event the moment that it is published', async () => {
    const { reader, publisher } = await setUp();
    await say(publisher, 'doors', 'a');
    const polling = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await settle();
    const early = polling.done;

    await say(publisher, 'doors', 'b', 'c');
    await settle();

    expect([early, polling.done]).toEqual([false, true]);
    expect(await polling.promise).toMatchObject({ maxvid: 3, missed: 0, events: [{ id: 'b' }, { id: 'c' }] });
  });

  test('answers empty when the wait ends, and leaves nothing running behind', async () => {
    const { reader, publisher, clock } = await setUp();
    await say(publisher, 'doors', 'a');
    const polling = track(ask(reader, { ...DOORS, maxvid: 1 }, { waitMs: 5000 }));

    await clock.advance(4999);
    const early = polling.done;
    await clock.advance(1001);

    expect([early, polling.done]).toEqual([false, true]);
    expect(await polling.promise).toMatchObject({ events: [], maxvid: 1, missed: 0 });
    expect(clock.sleeping).toBe(0);
  });

  test('takes four calls that it waits for: cursor, arm, check, receive', async () => {
    const { reader, publisher, calls, clock } = await setUp();
    await say(publisher, 'doors', 'a');
    await ask(reader, { ...DOORS, maxvid: 0 }, { client: 'wall', waitMs: 0 });
    calls.clear();

    const polling = ask(reader, { ...DOORS, maxvid: 1 }, { client: 'wall' });
    await clock.advance(TO_THE_END_MS);
    await polling;

    expect(calls.all).toEqual({ visit: 1, arm: 1, last: 1, receive: 1 });
  });

  test('reads nothing more for news that its doorbell brings, and removes that later', async () => {
    const { reader, publisher, calls } = await setUp();
    await say(publisher, 'doors', 'a');
    const polling = ask(reader, { ...DOORS, maxvid: 1 });
    await settle();
    calls.clear();

    await say(publisher, 'doors', 'b');
    await polling;
    await settle();
    const before = calls.all;
    await ask(reader, { ...DOORS, maxvid: 0 }, { waitMs: 0 });

    expect(before).toEqual({});
    expect(calls.of('remove')).toBe(1);
  });

  test('reads the log for news that is too large for its doorbell', async () => {
    const { reader, publisher } = await setUp();
    await say(publisher, 'doors', 'a');
    const polling = ask(reader, { ...DOORS, maxvid: 1 });
    await settle();

    await say(publisher, 'doors', 'x'.repeat(60_000));
    const answer = await polling;

    expect(answer.events[0]?.data).toHaveLength(60_000);
  });

  test('sees an event that comes between arm and check', async () => {
    const world = memoryWorld();
    const publisher = memoryProcess(world);
    await say(publisher, 'doors', 'a');
    const waiters = replacing(world.waiters, {
      arm: async (channel, arm) => {
        await world.waiters.arm(channel, arm);
        await say(publisher, 'doors', 'b');
      },
    });
    const reader = memoryProcess(world, { waiters });

    const answer = await ask(reader, { ...DOORS, maxvid: 1 });

    expect(vidsOf(answer)).toEqual([2]);
  });

  test('sees an event that comes between check and sleep', async () => {
    const { world, publisher, clock } = await setUp();
    await say(publisher, 'doors', 'a');
    let armed = false;
    const log = replacing(world.log, {
      last: async (channel: string) => {
        const last = await world.log.last(channel);
        if (!armed) await say(publisher, 'doors', 'b');
        armed = true;
        return last;
      },
    });
    const reader = memoryProcess(world, { log });
    const began = clock.now();

    const polling = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await clock.advance(2000);

    expect(polling.done).toBe(true);
    expect(vidsOf(await polling.promise)).toEqual([2]);
    expect(clock.now() - began).toBeLessThan(WAIT_MS);
  });

  test('ends when its client is known to be gone', async () => {
    const { reader } = await setUp();
    const gone = new AbortController();
    const request = { cursors: [{ ...DOORS, maxvid: 0 }], waitMs: WAIT_MS, limit: 1 };
    const polling = track(poll(reader.poll, TRUSTED, request, gone.signal));
    await settle();

    gone.abort();
    await polling.promise;

    expect(polling.done).toBe(true);
  });
});

test('a process that was frozen past its lease goes on in a new mailbox', async () => {
  const { world, reader, publisher, clock } = await setUp();
  await say(publisher, 'doors', 'a');
  const [entry] = await world.registry.list();
  if (!entry) throw new Error('the mailbox is not registered');
  clock.jump(20 * 60_000);
  await world.registry.fence(entry);
  await world.mailboxes.close(entry.name);

  const polling = track(ask(reader, { ...DOORS, maxvid: 1 }));
  await settle();
  await say(memoryProcess(world), 'doors', 'b');
  await settle();

  expect(polling.done).toBe(true);
  expect(await world.mailboxes.list()).toHaveLength(1);
});

test('a poll that does not wait checks once and arms nothing', async () => {
  const { reader, publisher, calls } = await setUp();
  await say(publisher, 'doors', 'a');

  const [news, none] = [
    await ask(reader, { ...DOORS, maxvid: 0 }, { waitMs: 0 }),
    await ask(reader, { ...DOORS, maxvid: 1 }, { waitMs: 0 }),
  ];

  expect([vidsOf(news), vidsOf(none)]).toEqual([[1], []]);
  expect(calls.all).toEqual({ last: 2 });
});

test('polls are counted by how they end', async () => {
  const { reader, publisher, clock } = await setUp();
  await say(publisher, 'doors', 'a', 'b');
  await ask(reader, { ...DOORS, maxvid: 0 });
  const polling = ask(reader, { ...DOORS, maxvid: 2 });
  await clock.advance(TO_THE_END_MS);
  await polling;

  const counts = (['PollsAnswered', 'PollsEmpty', 'EventsDelivered'] as const).map((name) =>
    reader.meter.of(name),
  );

  expect(counts).toEqual([1, 1, 2]);
});

test('a poll of a channel that cannot be read fails with 503', async () => {
  const world = memoryWorld();
  const last = async () => {
    throw new PushError('unavailable', 'down');
  };
  const reader = memoryProcess(world, { log: replacing(world.log, { last }) });

  await expect(ask(reader, { ...DOORS, maxvid: 0 })).rejects.toMatchObject({ status: 503 });
});
