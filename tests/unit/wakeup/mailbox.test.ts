/** The mailbox of a process: opened once, kept, and known to be quiet or young. */

import { describe, expect, test } from 'vitest';
import type { Mailbox } from '../../../lib/wakeup/mailbox.ts';
import { LEASE_MS } from '../../../lib/wakeup/mailbox-lease.ts';
import { unavailable } from '../../support/memory/doubles.ts';
import { setUpMailbox as setUp } from '../../support/memory/mailbox.ts';
import { settle } from '../../support/time/clock.ts';

describe("a mailbox's queue", () => {
  test('is registered before it is made', async () => {
    const order: string[] = [];
    const { mailbox } = setUp({
      registry: { add: async () => void order.push('registered') },
      mailboxes: {
        open: async (name) => {
          order.push('made');
          return name;
        },
      },
    });

    await mailbox.address();

    expect(order).toEqual(['registered', 'made']);
  });

  test('is made once, for however many ask at once', async () => {
    const { mailbox, calls } = setUp();

    const addresses = await Promise.all([mailbox.address(), mailbox.address(), mailbox.address()]);

    expect(new Set(addresses).size).toBe(1);
    expect(calls.all).toEqual({ add: 1, open: 1 });
  });

  test('is tried again when it could not be made', async () => {
    let down = true;
    const { mailbox } = setUp({
      mailboxes: {
        open: async (name) => {
          if (down) throw unavailable();
          return `address of ${name}`;
        },
      },
    });
    const failed = await Promise.allSettled([mailbox.address(), mailbox.address()]);

    down = false;
    const address = await mailbox.address();

    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(address).toMatch(/^address of mailbox-/);
  });

  test('lets a sleep last 1 s while it is young, and 20 s from then on', async () => {
    const { mailbox, clock } = setUp();
    await mailbox.address();

    const sleeps = [0, 1999, 1].map((ms) => {
      clock.jump(ms);
      return mailbox.sleepMs();
    });

    expect(sleeps).toEqual([1000, 1000, 20_000]);
  });
});

describe("a mailbox's lease", () => {
  test('is not renewed before a third of it is used', async () => {
    const { mailbox, clock, calls, afterResponse } = setUp();
    await mailbox.address();

    clock.jump(LEASE_MS / 3 - 1);
    await mailbox.address();
    await afterResponse.flush();

    expect(calls.of('renew')).toBe(0);
  });

  test('is renewed as deferred work from then on', async () => {
    const { mailbox, clock, calls, afterResponse, world } = setUp();
    const address = await mailbox.address();

    clock.jump(LEASE_MS / 3);
    const later = await mailbox.address();
    const before = calls.of('renew');
    await afterResponse.flush();

    expect(later).toBe(address);
    expect([before, calls.of('renew')]).toEqual([0, 1]);
    expect((await world.registry.list())[0]?.until).toBe(clock.now() + LEASE_MS);
  });

  test('is renewed before anything else in a process that has slept past it and was not swept', async () => {
    const { mailbox, clock, calls, moves } = setUp();
    const address = await mailbox.address();

    clock.jump(LEASE_MS);
    const later = await mailbox.address();

    expect(later).toBe(address);
    expect([calls.of('renew'), calls.of('open'), moves()]).toEqual([1, 1, 0]);
  });

  test('is over in a process that was swept while it slept: it opens a new mailbox and says so', async () => {
    const { mailbox, clock, moves, world } = setUp();
    const address = await mailbox.address();
    const [entry] = await world.registry.list();
    if (entry) await world.registry.fence(entry);

    clock.jump(LEASE_MS);
    const addresses = await Promise.all([mailbox.address(), mailbox.address()]);

    expect(addresses[0]).not.toBe(address);
    expect(addresses[1]).toBe(addresses[0]);
    expect(moves()).toBe(1);
  });

  test('gives the mailbox up when the deferred renewal finds it retired', async () => {
    const { mailbox, clock, afterResponse, moves, world } = setUp();
    const address = await mailbox.address();
    const [entry] = await world.registry.list();
    if (entry) await world.registry.fence(entry);
    clock.jump(LEASE_MS / 2);
    await mailbox.address();

    await afterResponse.flush();

    expect(moves()).toBe(1);
    expect(await mailbox.address()).not.toBe(address);
  });
});

describe('quietAt', () => {
  function quietAt(mailbox: Mailbox, deadline: number) {
    const quiet = { done: false };
    const takeBack = mailbox.quietAt(deadline, () => {
      quiet.done = true;
    });
    return { quiet, takeBack };
  }

  /** A mailbox whose receive ends `receiveMs` after it began, and a wait for `waitMs`. */
  async function waitFor(waitMs: number, receiveMs: number) {
    const { clock, listen, mailbox } = setUp({
      mailboxes: {
        receive: async () => {
          await clock.sleep(receiveMs);
          return [];
        },
      },
    });
    await mailbox.address();
    listen(waitMs);
    await settle();
    return { clock, quiet: quietAt(mailbox, clock.elapsed() + waitMs).quiet };
  }

  test('waits for the deadline', async () => {
    const { clock, quiet } = await waitFor(5_000, 1_000);

    await clock.advance(4_999);
    const early = quiet.done;
    await clock.advance(1);

    expect([early, quiet.done]).toEqual([false, true]);
  });

  test('waits for a receive that ends up to a second later, so that none is left behind', async () => {
    const { clock, quiet } = await waitFor(4_500, 5_000);

    await clock.advance(4_999);
    const early = quiet.done;
    await clock.advance(1);

    expect([early, quiet.done]).toEqual([false, true]);
  });

  test('does not wait longer than that for a receive that does not come back', async () => {
    const { clock, quiet } = await waitFor(4_500, Number.POSITIVE_INFINITY);

    await clock.advance(5_499);
    const early = quiet.done;
    await clock.advance(1);

    expect([early, quiet.done]).toEqual([false, true]);
  });

  test('does not wait for a receive that lasts longer for others', async () => {
    const { clock, mailbox, listen } = setUp();
    await mailbox.address();
    listen(20_000);
    await settle();

    const { quiet } = quietAt(mailbox, clock.elapsed() + 5_000);
    await clock.advance(5_000);

    expect(quiet.done).toBe(true);
  });

  test.each([4_000, 5_500])('does not come once it was taken back, %i ms on', async (ms) => {
    const { clock, mailbox, listen } = setUp({
      mailboxes: { receive: () => new Promise(() => undefined) },
    });
    await mailbox.address();
    listen(5_000);
    await settle();
    const { quiet, takeBack } = quietAt(mailbox, clock.elapsed() + 5_000);

    await clock.advance(ms);
    takeBack();
    await clock.advance(10_000);

    expect([quiet.done, clock.sleeping]).toEqual([false, 0]);
  });
});
