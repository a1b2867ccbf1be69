/** A wall clock that an operator or NTP sets, back or forward, holds up nobody and loses nothing. */

import { describe, expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { VerifiedTokens } from '../../../lib/auth/verified-cache.ts';
import { channelInfo } from '../../../lib/channels/channels.ts';
import { Health } from '../../../lib/channels/health.ts';
import type { PushError } from '../../../lib/errors.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { nextEvent } from '../../../lib/poll/legacy-poll.ts';
import { follow } from '../../../lib/poll/poll-loop.ts';
import { RepeatLimiter } from '../../../lib/poll/repeat-limiter.ts';
import { RefreshAhead } from '../../../lib/runtime/refresh-ahead.ts';
import { LEASE_MS } from '../../../lib/wakeup/mailbox-lease.ts';
import { MemoryMailboxes } from '../../../packages/testing/src/memory/stores.ts';
import { MemoryLogger, unavailable } from '../../support/memory/doubles.ts';
import {
  ask,
  eventsIn,
  type MemoryProcess,
  memoryHub,
  memoryProcess,
  memoryWorld,
  say,
  track,
  vidsOf,
} from '../../support/memory/world.ts';
import { FakeClock, SetClock } from '../../support/time/clock.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const SETTINGS = [
  ['back by an hour', -HOUR_MS],
  ['back by three minutes', -3 * MINUTE_MS],
  ['forward by an hour', HOUR_MS],
] as const;

/** A reader and a publisher on two machines; each clock can be set. */
async function setUp() {
  const world = memoryWorld();
  const clocks = { reader: new SetClock(world.clock), publisher: new SetClock(world.clock) };
  const reader = memoryProcess(world, { clock: clocks.reader });
  const publisher = memoryProcess(world, { clock: clocks.publisher });
  await say(publisher, 'doors', 'first');
  return { world, clocks, reader, publisher };
}

/** Polls on until events come; their vids. */
async function followed(reader: MemoryProcess, maxvid: number): Promise<readonly number[]> {
  for (;;) {
    const vids = vidsOf(await ask(reader, { channel: 'doors', maxvid }));
    if (vids.length > 0) return vids;
  }
}

describe.each(SETTINGS)('a clock that is set %s', (_, ms) => {
  test('makes no reader who follows wait longer than a sleep, whatever becomes of its doorbells', async () => {
    const { world, clocks, publisher } = await setUp();
    const hub = memoryHub(world, { clock: clocks.reader });
    const following = track(followed(hub, 1));
    await world.clock.advance(25 * SECOND_MS);
    clocks.reader.set(ms);
    // By then an arm of before has run out for every other process.
    await world.clock.advance(70 * SECOND_MS);
    world.waiters.armed = async () => [];
    await say(publisher, 'doors', 'second');
    await world.clock.advance(20 * SECOND_MS);

    expect(following.done).toBe(true);
    expect(await following.promise).toEqual([2]);
  });

  test('lets a receive from a mailbox in memory end when its wait is over, and not before', async () => {
    const { clock } = memoryWorld();
    const set = new SetClock(clock);
    const mailboxes = new MemoryMailboxes(set);
    const receiving = track(mailboxes.receive(await mailboxes.open('mine'), 20));
    await clock.advance(5 * SECOND_MS);
    set.set(ms);
    await mailboxes.send('memory:mine', 'kept for a minute');
    const received = await receiving.promise;
    const again = track(mailboxes.receive('memory:mine', 20));
    await clock.advance(5 * SECOND_MS);
    set.set(-ms);
    await clock.advance(14 * SECOND_MS);
    const early = again.done;
    await clock.advance(2 * SECOND_MS);

    expect(received).toHaveLength(1);
    expect([early, again.done]).toEqual([false, true]);
  });

  test('ends a poll when its wait is over, and not before', async () => {
    const { world, clocks, reader } = await setUp();
    const polling = track(ask(reader, { channel: 'doors', maxvid: 1 }));
    await world.clock.advance(5 * SECOND_MS);
    clocks.reader.set(ms);
    await world.clock.advance(14 * SECOND_MS);
    const early = polling.done;
    await world.clock.advance(2 * SECOND_MS);

    expect([early, polling.done]).toEqual([false, true]);
  });

  test('arms a channel again when a reader comes after it', async () => {
    const { world, clocks, reader } = await setUp();
    void ask(reader, { channel: 'doors', maxvid: 1 });
    await world.clock.advance(5 * SECOND_MS);
    clocks.reader.set(ms);
    void ask(reader, { channel: 'doors', maxvid: 1 });
    await world.clock.advance(100);

    const [arm] = await world.waiters.armed('doors');
    expect(arm?.until).toBe(clocks.reader.now() - 100 + MINUTE_MS);
  });

  test('tells a publisher of a log that does not answer so in 10 s', async () => {
    const { world, clocks, publisher } = await setUp();
    world.log.append = () => new Promise(() => undefined);
    const publishing = track(say(publisher, 'doors', 'second'));
    publishing.promise.catch(() => undefined);
    await world.clock.advance(SECOND_MS);
    clocks.publisher.set(ms);
    await world.clock.advance(8 * SECOND_MS);
    const early = publishing.done;
    await world.clock.advance(2 * SECOND_MS);

    expect([early, publishing.done]).toEqual([false, true]);
  });

  test('appends an id once that is published again within 5 minutes', async () => {
    const { world, clocks, publisher } = await setUp();
    await say(publisher, 'doors', 'again');
    await world.clock.advance(MINUTE_MS);
    clocks.publisher.set(ms);
    const answer = await say(publisher, 'doors', 'again');

    expect(answer).toMatchObject({ first: 2, count: 0, duplicates: 1 });
    expect(eventsIn(world, 'doors')).toHaveLength(2);
  });

  test('keeps an id no longer than a little over 5 minutes', async () => {
    const { world, clocks, publisher } = await setUp();
    await say(publisher, 'doors', 'again');
    clocks.publisher.set(ms);
    await world.clock.advance(2 * MINUTE_MS);
    // Keeps the view warm, so that the ids stay those of this process.
    await say(publisher, 'doors', 'other');
    await world.clock.advance(3 * MINUTE_MS);

    expect(await say(publisher, 'doors', 'again')).toMatchObject({ count: 1, duplicates: 0 });
  });

  test('lets a client on that asks from the same place once a second', async () => {
    const clock = new FakeClock();
    const repeatLimiter = new RepeatLimiter(clock, 1);
    const asks = (times: number) => {
      for (let i = 0; i < times; i++) repeatLimiter.admit('wall', [{ channel: 'doors', maxvid: 7 }]);
    };
    asks(10);
    clock.setOff(ms);
    await clock.advance(SECOND_MS);

    expect(() => asks(1)).not.toThrow();
  });

  test('never tells a client to come again in more than a second', () => {
    const clock = new FakeClock();
    const repeatLimiter = new RepeatLimiter(clock, 1);
    const retryAfter = () => {
      for (;;) {
        try {
          repeatLimiter.admit('wall', [{ channel: 'doors', maxvid: 7 }]);
        } catch (error) {
          return (error as PushError).details.retryAfter;
        }
      }
    };
    retryAfter();
    clock.setOff(ms);

    expect(retryAfter()).toBe(1);
  });

  test('lets health be asked for again after a second', async () => {
    const clock = new FakeClock();
    let isDown = true;
    const last = async () => {
      if (isDown) throw unavailable();
      return undefined;
    };
    const health = new Health({ log: { last }, clock });
    await expect(health.check()).rejects.toMatchObject({ code: 'unavailable' });
    isDown = false;
    clock.setOff(ms);
    await clock.advance(SECOND_MS);

    await expect(health.check()).resolves.toBeUndefined();
  });

  test('lets keys be read again after ten minutes, and after a rest when they could not be', async () => {
    const clock = new FakeClock();
    let reads = 0;
    const load = async () => {
      if (++reads === 2) throw new Error('down');
      return reads;
    };
    const keys = new RefreshAhead({
      what: 'the keys',
      load,
      everyMs: 10 * MINUTE_MS,
      clock,
      logger: new MemoryLogger(),
    });
    await keys.get();
    clock.setOff(ms);
    await clock.advance(10 * MINUTE_MS);
    await keys.get();
    await clock.advance(0);
    clock.setOff(ms);
    await clock.advance(30 * SECOND_MS);
    await keys.get();

    expect(reads).toBe(3);
  });

  test('saves the place of a client of a hub in time', async () => {
    const world = memoryWorld();
    const clock = new SetClock(world.clock);
    const hub = memoryHub(world, { clock }, 5_000);
    await say(hub, 'doors', 'first', 'second');
    await ask(hub, { channel: 'doors', maxvid: 0 }, { client: 'wall', waitMs: 0 });
    await ask(hub, { channel: 'doors', maxvid: 2 }, { client: 'wall', waitMs: 0 });
    clock.set(ms);
    await world.clock.advance(5 * SECOND_MS);

    expect(await world.cursors.list('doors')).toMatchObject([{ client: 'wall', maxvid: 2 }]);
  });

  test('has the registration of a mailbox written anew, by the time that is told now', async () => {
    const { world, clocks, reader } = await setUp();
    const poll = async () => {
      const polling = ask(reader, { channel: 'doors', maxvid: 1 });
      await world.clock.advance(MINUTE_MS);
      await polling;
    };
    await poll();
    clocks.reader.set(ms);
    await poll();
    for (let minute = 0; minute < 30; minute++) {
      await poll();
      const [entry] = await world.registry.list();
      const leftMs = (entry?.until ?? 0) - clocks.reader.now();
      expect(leftMs).toBeGreaterThan(0);
      expect(leftMs).toBeLessThanOrEqual(LEASE_MS);
    }
  });

  test('does not keep a publisher from trying again while its log is busy', async () => {
    const { world, clocks, publisher } = await setUp();
    const append = world.log.append.bind(world.log);
    let isBusy = true;
    world.log.append = async (...put) => {
      if (isBusy) throw unavailable();
      return append(...put);
    };
    const publishing = track(say(publisher, 'doors', 'second'));
    await world.clock.advance(SECOND_MS);
    clocks.publisher.set(ms);
    await world.clock.advance(2 * SECOND_MS);
    isBusy = false;
    await world.clock.advance(2 * SECOND_MS);

    expect(await publishing.promise).toMatchObject({ first: 2, count: 1 });
  });

  test('changes nothing in how long a page is held that knows maxvid and nothing else', async () => {
    const { world, clocks, reader } = await setUp();
    const asking = track(nextEvent(reader.poll, TRUSTED, { channel: 'doors', maxvid: 7, waitMs: 20_000 }));
    await world.clock.advance(SECOND_MS);
    clocks.reader.set(ms);
    await world.clock.advance(21 * SECOND_MS);

    expect(asking.done).toBe(true);
  });
});

test('an arm that publishers on the same machine take for one that ran out is written anew within 20 s', async () => {
  const world = memoryWorld();
  const clock = new SetClock(world.clock);
  const reader = memoryProcess(world, { clock });
  const publisher = memoryProcess(world, { clock });
  await say(publisher, 'doors', 'first');
  void ask(reader, { channel: 'doors', maxvid: 1 });
  await world.clock.advance(20_500);
  const polling = track(ask(reader, { channel: 'doors', maxvid: 1 }));
  await world.clock.advance(SECOND_MS);
  clock.set(HOUR_MS);
  await world.clock.advance(SECOND_MS);
  await say(publisher, 'doors', 'second');
  await world.clock.advance(18 * SECOND_MS);

  expect(polling.done).toBe(true);
});

test('a token that was found good is looked at again after a minute, though its clock was set back meanwhile', async () => {
  const clock = new FakeClock();
  const tokens = new VerifiedTokens<string>(clock);
  tokens.put('digest', 'caller', clock.now() + HOUR_MS, () => true);
  await clock.advance(40 * SECOND_MS);
  clock.setOff(-20 * SECOND_MS);
  const before = tokens.find('digest');
  await clock.advance(20 * SECOND_MS);

  expect([before, tokens.find('digest')]).toEqual(['caller', undefined]);
});

test('tokens that were checked before the clock was set back do not keep later ones from being forgotten', async () => {
  const clock = new FakeClock();
  const tokens = new VerifiedTokens<string>(clock);
  tokens.put('before', 'caller', clock.now() + HOUR_MS, () => true);
  clock.setOff(-HOUR_MS);
  for (let minute = 0; minute < 5; minute++) {
    tokens.put(`minute ${minute}`, 'caller', clock.now() + HOUR_MS, () => true);
    await clock.advance(MINUTE_MS);
  }
  tokens.put('last', 'caller', clock.now() + HOUR_MS, () => true);

  expect(tokens.size).toBe(1);
});

test('a stream ends with its token, though its clock was set back meanwhile', async () => {
  const world = memoryWorld();
  const clock = new SetClock(world.clock);
  const reader = memoryProcess(world, { clock });
  await say(reader, 'doors', 'first');
  const caller = { ...TRUSTED, untilMs: clock.now() + 30 * SECOND_MS };
  const request = { cursors: [{ channel: 'doors', maxvid: 1 }], waitMs: 20_000, limit: 500 };
  const answers = follow(reader.poll, caller, request, new AbortController().signal, async () => undefined);
  const read = async () => {
    for await (const _ of answers);
  };
  const streaming = track(read());
  await world.clock.advance(SECOND_MS);
  clock.set(-HOUR_MS);
  await world.clock.advance(30 * SECOND_MS);

  expect(streaming.done).toBe(true);
});

test('a poll that a clock of next year holds is not taken for one that waits', async () => {
  const world = memoryWorld();
  const { poll } = memoryProcess(world);
  await say(memoryProcess(world), 'doors', 'first');
  const hold = { mailbox: 'memory:gone', nonce: 'old', until: world.clock.now() + 365 * 24 * HOUR_MS };
  await world.cursors.visit('doors', 'wall', { maxvid: 1 }, hold, world.clock.now());

  const { clients } = await channelInfo(poll, TRUSTED, 'doors');

  expect(clients).toMatchObject({ total: 1, waiting: 0 });
});

test('a channel that was born meanwhile is seen within ten seconds, though the clock was set back', async () => {
  const world = memoryWorld();
  const clock = new SetClock(world.clock);
  const headReader = new HeadReader({ log: world.log, records: world.log, clock });
  await headReader.check('doors');
  clock.set(-HOUR_MS);
  await world.log.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  await world.clock.advance(10 * SECOND_MS);

  expect((await headReader.check('doors')).head).toEqual({ vid: 1_000, epoch: 'e1' });
});
