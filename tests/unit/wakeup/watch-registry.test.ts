/** The watch over a channel, carried out: arm before check, one turn for all, and what is lost is found when the sleep ends. */

import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import type { NewBlock } from '../../../lib/log/ports.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { ARM_MS, type ChannelWatch } from '../../../lib/wakeup/channel-watch.ts';
import type { Waiters } from '../../../lib/wakeup/ports.ts';
import { WatchRegistry } from '../../../lib/wakeup/watch-registry.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import {
  Calls,
  counting,
  MemoryLogger,
  MemoryMeter,
  replacing,
  unavailable,
} from '../../support/memory/doubles.ts';
import { memoryWorld, vidsOf } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const SLEEP_MS = 20_000;

function setUp(waiters: Partial<Waiters> = {}) {
  const world = memoryWorld();
  const { clock, random } = world;
  const calls = new Calls();
  const logger = new MemoryLogger();
  const meter = new MemoryMeter();
  const log = counting(world.log, calls);
  let address = 'mailbox-1';
  const mailbox = { address: async () => address, sleepMs: () => SLEEP_MS };
  const watchRegistry = new WatchRegistry({
    log,
    headReader: new HeadReader({ log, records: log, clock }),
    waiters: counting(replacing(world.waiters, waiters), calls),
    clock,
    random,
    logger,
    meter,
    mailbox,
  });
  /** Appends one event as a publisher would, and returns the block. */
  const append = async (first: number): Promise<NewBlock> => {
    const at = new Date(clock.now()).toISOString();
    const block = newBlock(first, [newEvent(`id-${first}`, first)], { at });
    await world.log.append('doors', block);
    await world.log.begin('doors', { epoch: 'e1', highWaterMark: 1000 });
    return block;
  };
  /** Brings the doorbell that a publisher sends about a block to whoever is armed. */
  const ring = async ({ first, at, events: newEvents }: NewBlock, { inline = true } = {}) => {
    const entries = newEvents.map(({ id, json }) => ({ id, data: JSON.parse(json) }));
    const block = { first, last: first, epoch: 'e1', at, entries };
    for (const { nonce } of await world.waiters.armed('doors')) {
      const bare = { kind: 'ring', channel: 'doors', nonce, epoch: 'e1', first, last: first } as const;
      watchRegistry.heard(inline ? { ...bare, block } : bare);
    }
    await settle();
  };
  const nonces = async () => (await world.waiters.armed('doors')).map(({ nonce }) => nonce);
  const move = (to: string) => {
    address = to;
    watchRegistry.moved();
  };
  return { world, clock, calls, logger, meter, watchRegistry, append, ring, nonces, move };
}

/** Arrives and sleeps; `wakes` counts. */
async function sleepingPoll(watch: ChannelWatch) {
  await watch.arrive();
  const seen = { wakes: 0, takeBack: () => undefined as unknown };
  seen.takeBack = watch.sleep(watch.head.vid, () => {
    seen.wakes++;
  });
  return seen;
}

describe('arriving', () => {
  test('arms before it checks', async () => {
    const { watchRegistry, append, world } = setUp({
      arm: async (channel, arm) => {
        await world.waiters.arm(channel, arm);
        await append(1);
      },
    });
    const watch = watchRegistry.join('doors');

    const { fresh } = await watch.arrive();

    expect(fresh).toBe(true);
    expect(watch.head).toEqual({ vid: 1, epoch: 'e1' });
  });

  test('arms for a minute, under a nonce of its own', async () => {
    const { watchRegistry, clock, world } = setUp();

    await watchRegistry.join('doors').arrive();

    expect(await world.waiters.armed('doors')).toEqual([
      { mailbox: 'mailbox-1', nonce: expect.any(String), turn: 1, until: clock.now() + ARM_MS },
    ]);
  });

  test('is one arm and one check for all who arrive at once, fresh for the first', async () => {
    const { watchRegistry, calls } = setUp();

    const arrivals = await Promise.all(
      Array.from({ length: 200 }, () => watchRegistry.join('doors').arrive()),
    );

    expect([calls.of('arm'), calls.of('last')]).toEqual([1, 1]);
    expect(arrivals.filter(({ fresh }) => fresh)).toHaveLength(1);
  });

  test('is nothing while the arm still holds', async () => {
    const { watchRegistry, calls, clock } = setUp();
    const watch = watchRegistry.join('doors');
    await watch.arrive();
    calls.clear();

    clock.jump(SLEEP_MS - 1);
    const { fresh } = await watch.arrive();

    expect(fresh).toBe(false);
    expect(calls.all).toEqual({});
  });

  test('arms and checks anew when the arm is 20 s old', async () => {
    const { watchRegistry, calls, clock } = setUp();
    const watch = watchRegistry.join('doors');
    await watch.arrive();

    clock.jump(SLEEP_MS);
    const { fresh } = await watch.arrive();

    expect(fresh).toBe(true);
    expect(calls.of('arm')).toBe(2);
  });

  test('fails for all when it cannot arm, and is tried again by the next', async () => {
    let down = true;
    const { watchRegistry } = setUp({
      arm: async () => {
        if (down) throw unavailable();
      },
    });
    const watch = watchRegistry.join('doors');
    const failed = await Promise.allSettled([watch.arrive(), watch.arrive()]);

    down = false;
    const { fresh } = await watch.arrive();

    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(fresh).toBe(true);
  });

  test('knows no head before the first check', () => {
    const watch = setUp().watchRegistry.join('doors');

    expect(() => watch.head).toThrow();
  });
});

describe('a sleeper', () => {
  test('is woken by a ring that carries the block, without a look at the log', async () => {
    const { watchRegistry, calls, append, ring } = setUp();
    const watch = watchRegistry.join('doors');
    const asleep = await sleepingPoll(watch);
    const block = await append(1);
    calls.clear();

    await ring(block);
    const answer = await watch.answer(0, 10);

    expect(asleep.wakes).toBe(1);
    expect(watch.head).toEqual({ vid: 1, epoch: 'e1' });
    expect(vidsOf(answer)).toEqual([1]);
    expect(calls.all).toEqual({});
  });

  test('is woken by the check that follows a ring without the block', async () => {
    const { watchRegistry, append, ring } = setUp();
    const watch = watchRegistry.join('doors');
    const asleep = await sleepingPoll(watch);

    await ring(await append(1), { inline: false });

    expect(asleep.wakes).toBe(1);
    expect(watch.head.vid).toBe(1);
  });

  test('is woken by an event whose doorbell was lost, when 20 s have passed', async () => {
    const { watchRegistry, append, clock } = setUp();
    const asleep = await sleepingPoll(watchRegistry.join('doors'));
    await append(1);

    await clock.advance(SLEEP_MS - 1);
    const early = asleep.wakes;
    await clock.advance(1);

    expect([early, asleep.wakes]).toEqual([0, 1]);
  });

  test('is not woken by the ring of another channel, or a second time', async () => {
    const { watchRegistry, append, ring } = setUp();
    const other = await sleepingPoll(watchRegistry.join('alerts'));
    const asleep = await sleepingPoll(watchRegistry.join('doors'));

    await ring(await append(1));
    await ring(await append(2));

    expect([asleep.wakes, other.wakes]).toEqual([1, 0]);
  });

  test('is not woken when it has taken its sleep back', async () => {
    const { watchRegistry, append, ring } = setUp();
    const asleep = await sleepingPoll(watchRegistry.join('doors'));

    asleep.takeBack();
    await ring(await append(1));

    expect(asleep.wakes).toBe(0);
  });

  test('is woken at once when the head has moved since it looked', async () => {
    const { watchRegistry, append, ring } = setUp();
    const watch = watchRegistry.join('doors');
    await watch.arrive();
    await ring(await append(1));
    let wakes = 0;

    watch.sleep(0, () => {
      wakes++;
    });

    expect(wakes).toBe(1);
  });
});

describe('the arm', () => {
  test('is written anew, under a new nonce, as soon as it was rung while others sleep on', async () => {
    const { watchRegistry, append, ring, nonces } = setUp();
    const watch = watchRegistry.join('doors');
    await sleepingPoll(watch);
    const [first] = await nonces();
    await ring(await append(1));
    await sleepingPoll(watch);

    const [second] = await nonces();

    expect(second).not.toBe(first);
  });

  test('is written anew every 20 s as long as anyone sleeps, and no longer', async () => {
    const { watchRegistry, calls, clock } = setUp();
    const watch = watchRegistry.join('doors');
    const asleep = await sleepingPoll(watch);

    await clock.advance(3 * SLEEP_MS);
    const slept = calls.of('arm');
    asleep.takeBack();
    watch.leave();
    await clock.advance(3 * SLEEP_MS);

    expect([slept, calls.of('arm')]).toEqual([4, 4]);
    expect(clock.sleeping).toBe(0);
  });

  test('is written anew in time for a sleeper that comes when nobody wanted another turn', async () => {
    const { watchRegistry, calls, clock } = setUp();
    const watch = watchRegistry.join('doors');
    await watch.arrive();
    const wakes = { first: 0, second: 0 };
    watch.sleep(watch.head.vid, () => wakes.first++, clock.elapsed() + SLEEP_MS);
    await clock.advance(SLEEP_MS);
    await watchRegistry.join('doors').arrive();
    watch.sleep(watch.head.vid, () => wakes.second++, clock.elapsed() + 3 * SLEEP_MS);
    calls.clear();

    await clock.advance(2 * SLEEP_MS);

    expect(calls.of('arm')).toBe(2);
  });

  test('is written anew, under the new address, when the mailbox has moved', async () => {
    const { watchRegistry, world, move } = setUp();
    await sleepingPoll(watchRegistry.join('doors'));

    move('mailbox-2');
    await settle();

    const mailboxes = (await world.waiters.armed('doors')).map(({ mailbox }) => mailbox);
    expect(mailboxes).toEqual(['mailbox-1', 'mailbox-2']);
  });

  test('is tried again, ever later, while it cannot be written', async () => {
    let down = false;
    const { watchRegistry, world, clock, calls, logger, append } = setUp({
      arm: async (channel, arm) => {
        if (down) throw unavailable();
        await world.waiters.arm(channel, arm);
      },
    });
    const asleep = await sleepingPoll(watchRegistry.join('doors'));
    down = true;
    await clock.advance(SLEEP_MS + 10_000);
    const tries = calls.of('arm');

    down = false;
    await append(1);
    await clock.advance(5_000);

    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(40);
    expect(logger.lines[0]).toMatchObject({ level: 'warn', fields: { channel: 'doors' } });
    expect(asleep.wakes).toBe(1);
  });

  test('of a watch that was left, written late, does not silence the one that followed', async () => {
    const slow = Promise.withResolvers<void>();
    let arms = 0;
    const { watchRegistry, world, clock, append, nonces, ring } = setUp({
      arm: async (channel, arm) => {
        arms++;
        // The put of the second turn is longer on its way than that of the third.
        if (arms === 2) await slow.promise;
        await world.waiters.arm(channel, arm);
      },
    });
    const left = watchRegistry.join('doors');
    const last = await sleepingPoll(left);
    await clock.advance(SLEEP_MS);
    last.takeBack();
    left.leave();
    const watch = watchRegistry.join('doors');
    await sleepingPoll(watch);
    slow.resolve();
    await settle();

    const before = await nonces();
    await ring(await append(1));
    const asleep = await sleepingPoll(watch);
    // A publisher rings an arm once: what it has rung already would not be rung about the second event.
    if ((await nonces())[0] !== before[0]) await ring(await append(2));

    expect(asleep.wakes).toBe(1);
  });
});

describe('an answer', () => {
  test('is read from the log once for all who ask from the same place at once', async () => {
    const { watchRegistry, calls, append } = setUp();
    for (const first of [1, 2, 3]) await append(first);
    const watch = watchRegistry.join('doors');
    await watch.arrive();

    const [one, ...others] = await Promise.all([
      watch.answer(0, 10),
      watch.answer(0, 10),
      watch.answer(0, 10),
    ]);

    expect(calls.of('read')).toBe(1);
    expect(one && vidsOf(one)).toEqual([1, 2, 3]);
    expect(others.every((other) => other === one)).toBe(true);
  });

  test('needs no log for what the check has seen', async () => {
    const { watchRegistry, calls, append } = setUp();
    for (const first of [1, 2, 3]) await append(first);
    const watch = watchRegistry.join('doors');
    await watch.arrive();

    const answer = await watch.answer(2, 10);

    expect(vidsOf(answer)).toEqual([3]);
    expect(calls.of('read')).toBe(0);
  });

  test('is built once for all who stand at the same place, until there is news', async () => {
    const { watchRegistry, append, ring } = setUp();
    await append(1);
    const watch = watchRegistry.join('doors');
    await sleepingPoll(watch);

    const [first, second] = [await watch.answer(0, 10), await watch.answer(0, 10)];
    const elsewhere = await watch.answer(0, 1);
    await ring(await append(2));
    const later = await watch.answer(0, 10);

    expect(second).toBe(first);
    expect(elsewhere).not.toBe(first);
    expect(vidsOf(later)).toEqual([1, 2]);
  });
});

describe('a doorbell that did not come', () => {
  test('is counted when a check finds its event while somebody sleeps', async () => {
    const { watchRegistry, append, clock, meter } = setUp();
    const seen = await sleepingPoll(watchRegistry.join('doors'));

    await append(1);
    await clock.advance(SLEEP_MS);

    expect([seen.wakes, meter.of('DoorbellsMissed')]).toEqual([1, 1]);
  });

  test('is not counted after one that came, nor by a check that finds nothing', async () => {
    const { watchRegistry, append, ring, clock, meter } = setUp();
    const watch = watchRegistry.join('doors');
    const seen = await sleepingPoll(watch);
    await ring(await append(1), { inline: false });
    await sleepingPoll(watch);

    await clock.advance(3 * SLEEP_MS);

    expect([seen.wakes, meter.of('DoorbellsMissed')]).toEqual([1, 0]);
  });

  test('is not counted when nobody sleeps: whoever comes asks by himself', async () => {
    const { watchRegistry, append, clock, meter } = setUp();
    const watch = watchRegistry.join('doors');
    (await sleepingPoll(watch)).takeBack();
    await append(1);

    clock.jump(SLEEP_MS);
    await watch.arrive();

    expect([watch.head.vid, meter.of('DoorbellsMissed')]).toEqual([1, 0]);
  });
});
