/** A mailbox whose process may be frozen between two polls, and that is given back when the process ends. */

import { describe, expect, test } from 'vitest';
import { LEASE_MS } from '../../../lib/wakeup/mailbox-lease.ts';
import { setUpMailbox } from '../../support/memory/mailbox.ts';
import { settle } from '../../support/time/clock.ts';

/** A mailbox that is not young, whose receive of 20 s the last listener has left alone. */
async function leftAlone() {
  const { world, clock, calls, mailbox, listen, moves } = setUpMailbox();
  await mailbox.address();
  await clock.advance(3_000);
  const stop = listen(20_000);
  await settle();
  stop();
  calls.clear();
  return { world, clock, calls, mailbox, listen, moves };
}

describe('a receive that was left alone', () => {
  test('in a process that was frozen is abandoned when a poll begins: what it took is lost', async () => {
    const { clock, mailbox, moves } = await leftAlone();
    clock.jump(5_000);

    mailbox.resume();

    expect(moves()).toBe(1);
  });

  test('is told so, that its connection may be let go', async () => {
    let signal: AbortSignal | undefined;
    const { clock, mailbox, listen } = setUpMailbox({
      mailboxes: {
        receive: async (_, waitSeconds, given) => {
          signal = given;
          await clock.sleep(waitSeconds * 1_000);
          return [];
        },
      },
    });
    await mailbox.address();
    await clock.advance(3_000);
    const stop = listen(20_000);
    await settle();
    stop();
    clock.jump(5_000);

    mailbox.resume();

    expect(signal?.aborted).toBe(true);
  });

  test('may still rob messages until it would have ended, and a second more', async () => {
    const { clock, mailbox } = await leftAlone();
    clock.jump(5_000);
    mailbox.resume();

    const before = mailbox.sleepMs();
    clock.jump(15_999);
    const atTheEnd = mailbox.sleepMs();
    clock.jump(1);

    expect([before, atTheEnd, mailbox.sleepMs()]).toEqual([1_000, 1_000, 20_000]);
  });

  test('in a process that ran on is there for the next poll', async () => {
    const { clock, calls, mailbox, listen, moves } = await leftAlone();
    await clock.advance(5_000);

    mailbox.resume();
    listen(10_000);
    await settle();

    expect([moves(), mailbox.sleepMs(), calls.of('receive')]).toEqual([0, 20_000, 0]);
  });

  test.each([
    { ms: 1_500, moved: 0 },
    { ms: 1_501, moved: 1 },
  ])('of a process that stood still for $ms ms is abandoned: $moved', async ({ ms, moved }) => {
    const { clock, mailbox, moves } = await leftAlone();
    clock.jump(ms);

    mailbox.resume();

    expect(moves()).toBe(moved);
  });
});

test('a receive that somebody listens to is kept, however long the process stood still', async () => {
  const { clock, mailbox, listen, moves } = setUpMailbox();
  await mailbox.address();
  await clock.advance(3_000);
  const first = listen(20_000);
  listen(20_000);
  await settle();
  first();
  clock.jump(10_000);

  mailbox.resume();

  expect(moves()).toBe(0);
});

test('a poll that begins where nothing was received abandons nothing', async () => {
  const { clock, mailbox, moves } = setUpMailbox();
  mailbox.resume();
  clock.jump(60_000);
  mailbox.resume();

  expect(moves()).toBe(0);
});

describe('a process that ends', () => {
  test('gives its queue and its registration back', async () => {
    const { world, mailbox } = setUpMailbox();
    await mailbox.address();

    await mailbox.close();

    expect([await world.mailboxes.list(), await world.registry.list()]).toEqual([[], []]);
  });

  test('and is receiving does not wait for the receive to end', async () => {
    const { world, mailbox, listen } = setUpMailbox();
    await mailbox.address();
    listen(20_000);
    await settle();

    await mailbox.close();

    expect(await world.mailboxes.list()).toEqual([]);
  });

  test('and never had a mailbox asks nobody for anything', async () => {
    const { calls, mailbox } = setUpMailbox();

    await mailbox.close();

    expect(calls.all).toEqual({});
  });
});

test('a registration is good for a lease, and is there before the queue is', async () => {
  const { world, clock, mailbox } = setUpMailbox({
    mailboxes: {
      open: async (name) => {
        expect((await world.registry.list()).map((each) => each.name)).toEqual([name]);
        return world.mailboxes.open(name);
      },
    },
  });
  await mailbox.address();

  expect(await world.registry.list()).toMatchObject([{ until: clock.now() + LEASE_MS, fenced: false }]);
});

describe('a wait that comes to its end', () => {
  /** Whether it was told that it is over, so many ms after its deadline. */
  async function over({
    receiveMs,
    afterMs,
    takeBack = false,
  }: {
    receiveMs: number;
    afterMs: number;
    takeBack?: boolean;
  }) {
    const { clock, mailbox, listen } = setUpMailbox();
    await mailbox.address();
    await clock.advance(3_000);
    if (receiveMs > 0) listen(receiveMs);
    await settle();
    let quiet = 0;
    const undo = mailbox.quietAt(clock.elapsed() + 5_000, () => {
      quiet++;
    });
    await clock.advance(5_000);
    if (takeBack) undo();
    await clock.advance(afterMs);
    return quiet;
  }

  test.each([
    { what: 'at once where nothing is received', receiveMs: 0, afterMs: 0, quiet: 1 },
    { what: 'at once where the receive lasts much longer', receiveMs: 20_000, afterMs: 0, quiet: 1 },
    { what: 'not yet where the receive ends soon', receiveMs: 6_000, afterMs: 999, quiet: 0 },
    { what: 'with the end of the receive', receiveMs: 6_000, afterMs: 1_000, quiet: 1 },
  ])('is over $what', async ({ receiveMs, afterMs, quiet }) => {
    expect(await over({ receiveMs, afterMs })).toBe(quiet);
  });

  test('and is taken back is not told, also while its receive ends', async () => {
    expect(await over({ receiveMs: 6_000, afterMs: 2_000, takeBack: true })).toBe(0);
  });

  test('is over once', async () => {
    expect(await over({ receiveMs: 6_000, afterMs: 5_000 })).toBe(1);
  });
});
