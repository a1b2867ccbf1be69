/** Asking for a direct wait: what is told at once, what is armed, and whose mailbox it is. */

import { describe, expect, test, vi } from 'vitest';
import type { Caller } from '../../../lib/auth/caller.ts';
import { DIRECT_ARM_MS, directWait, TICKET_MS } from '../../../lib/poll/direct-wait.ts';
import { MAILBOXES_AT_ONCE } from '../../../lib/poll/new-mailbox-limiter.ts';
import type { PollRequest } from '../../../lib/poll/poll.ts';
import { LEASE_MS } from '../../../lib/wakeup/mailbox-lease.ts';
import { sweep } from '../../../lib/wakeup/mailbox-sweep.ts';
import { queuedPorts, reader, TICKET_SECRET, ticketsWith } from '../../support/memory/direct.ts';
import { Calls, counting, MemoryMeter } from '../../support/memory/doubles.ts';
import { memoryProcess, memoryWorld, say, tell, track } from '../../support/memory/world.ts';
import { WAIT_MS } from '../../support/time/limits.ts';

const NOBODY = new AbortController().signal;
/** A mailbox may lose bells so long. */
const YOUNG_MS = 2_000;

async function setUp() {
  const world = memoryWorld();
  const publisher = memoryProcess(world);
  await say(publisher, 'doors', 'a', 'b');
  const calls = new Calls();
  const { log, waiters, registry, mailboxes } = world;
  const seen = {
    waiters: counting(waiters, calls),
    registry: counting(registry, calls),
    mailboxes: counting(mailboxes, calls),
  };
  const ports = queuedPorts(world, memoryProcess(world, { log: counting(log, calls) }), seen);
  const ask = (
    maxvid: number | undefined,
    ticket?: string,
    { caller = reader('sub wall'), ...more }: Partial<PollRequest> & { caller?: Caller } = {},
  ) => {
    const cursors = [{ channel: 'doors', ...(maxvid === undefined ? {} : { maxvid }) }];
    return directWait(ports, caller, { cursors, waitMs: 0, limit: 500, ...more }, ticket);
  };
  /** A reader whose mailbox is old enough. */
  const settled = async (maxvid: number) => {
    const { wait: young } = await ask(maxvid);
    await world.clock.advance(YOUNG_MS);
    const { wait } = await ask(maxvid, young?.ticket);
    return wait?.ticket ?? '';
  };
  const wait = (ticket: string) => ports.waitFor(ticket, NOBODY);
  return { world, publisher, ports, calls, ask, settled, wait };
}

test('a reader that asks again in the first second of its mailbox is told, also by a process that does not know where that is', async () => {
  const { world, ask } = await setUp();
  const { wait: first } = await ask(1);
  const elsewhere = memoryProcess(world);
  const knownAt = world.clock.elapsed() + 1_000;
  let asked = 0;
  const mailboxes = Object.assign(Object.create(world.mailboxes), {
    addressOf: async (name: string) => {
      asked++;
      if (world.clock.elapsed() < knownAt) return undefined;
      return world.mailboxes.addressOf(name);
    },
  });
  const ports = queuedPorts(world, elsewhere, { mailboxes });
  const request = { cursors: [{ channel: 'doors', maxvid: 1 }], waitMs: 0, limit: 500 };

  const asking = track(directWait(ports, reader('sub wall'), request, first?.ticket));
  await vi.waitUntil(() => asked === 1, { timeout: WAIT_MS });
  await world.clock.advance(1_000);

  expect((await asking.promise).answers).toMatchObject([{ events: [{ vid: 2 }], maxvid: 2 }]);
});

describe('what is told', () => {
  test('is the news, at once, with a ticket to wait for more', async () => {
    const { ask } = await setUp();

    const { answers, wait } = await ask(0);

    expect(answers).toMatchObject([{ channel: 'doors', events: [{ vid: 1 }, { vid: 2 }], maxvid: 2 }]);
    expect(wait?.ticket).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('has no ticket where there is more to read', async () => {
    const { ask } = await setUp();

    const { answers, wait } = await ask(0, undefined, { limit: 1 });

    expect([answers[0]?.maxvid, wait]).toEqual([1, undefined]);
  });

  test('is nothing but a ticket where nothing has come', async () => {
    const { ask, ports } = await setUp();

    const { answers, wait } = await ask(2);
    const said = await ports.tickets.read(wait?.ticket ?? '');

    expect(answers).toMatchObject([{ events: [], maxvid: 2 }]);
    expect(said.places).toMatchObject([{ channel: 'doors', vid: 2 }]);
  });

  test('is a reset for a reader who is ahead', async () => {
    const { ask } = await setUp();

    await expect(ask(9)).rejects.toMatchObject({ code: 'reset' });
  });

  test('passes by what a reader of some keys may not see, and its ticket stands behind that', async () => {
    const { ask, ports, publisher } = await setUp();
    await tell(publisher, 'doors', 'other', 'mine', 'other');
    const caller = { read: ['doors#mine'], write: [], principal: 'sub keys' };

    const { answers } = await ask(2, undefined, { caller });
    const { wait } = await ask(answers[0]?.maxvid, undefined, { caller });
    const said = await ports.tickets.read(wait?.ticket ?? '');

    expect(answers[0]?.events.map(({ key }) => key)).toEqual(['mine']);
    expect(said.places).toMatchObject([{ vid: 5 }]);
  });
});

describe('a ticket', () => {
  test('is rung about what comes after the check, without any event', async () => {
    const { publisher, settled, wait } = await setUp();
    const ticket = await settled(2);
    const waiting = wait(ticket);

    await say(publisher, 'doors', 'secret-text');
    const [bell] = await waiting;

    expect(JSON.parse(bell?.body ?? '')).toMatchObject({ kind: 'ring', first: 3, last: 3 });
    expect(bell?.body).not.toContain('secret-text');
  });

  test('hears a bell that came before its wait', async () => {
    const { publisher, settled, wait } = await setUp();
    const ticket = await settled(2);

    await say(publisher, 'doors', 'c');

    expect(await wait(ticket)).toHaveLength(1);
  });

  test('ends in quiet after 20 s, and may be waited with again until its 100 s are over', async () => {
    const { world, settled, wait } = await setUp();
    const ticket = await settled(2);

    for (let i = 0; i < 5; i++) {
      const waiting = track(wait(ticket));
      // Its signature is checked on another thread.
      await vi.waitUntil(() => world.clock.sleeping > 0, WAIT_MS);
      await world.clock.advance(19_999);
      expect(waiting.done).toBe(false);
      await world.clock.advance(1);
      expect(await waiting.promise).toEqual([]);
    }

    await expect(wait(ticket)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('of a new mailbox lasts a second, in which bells may be lost', async () => {
    const { world, ask } = await setUp();

    const young = await ask(2);
    await world.clock.advance(YOUNG_MS);
    const old = await ask(2, young.wait?.ticket);

    expect([young.wait?.seconds, young.wait?.life]).toEqual([1, 1]);
    expect([old.wait?.seconds, old.wait?.life]).toEqual([20, 100]);
  });

  test('costs an arm and a check, and nothing of SQS or the registry', async () => {
    const { ask, calls, settled } = await setUp();
    const ticket = await settled(2);
    calls.clear();

    await ask(2, ticket);

    expect(calls.all).toEqual({ arm: 1, last: 1, addressOf: 1 });
  });

  test('of an idle hour costs 36 arms and checks, 12 leases, and 180 receives that no function makes', async () => {
    const { world, ask, calls, settled, wait } = await setUp();
    let ticket = await settled(2);
    calls.clear();

    for (let asked = 0; asked < 36; asked++) {
      for (let i = 0; i < 5; i++) {
        const quiet = track(wait(ticket));
        await vi.waitUntil(() => world.clock.sleeping > 0, WAIT_MS);
        await world.clock.advance(20_000);
        await quiet.promise;
      }
      ticket = (await ask(2, ticket)).wait?.ticket ?? '';
    }

    // Where its mailbox is, a process asks SQS once in its life.
    const { addressOf: _, ...made } = calls.all;
    expect(made).toEqual({ arm: 36, last: 36, renew: 12, receive: 180 });
  });

  test('keeps its mailbox for as long as its reader comes, and leaves it to the sweep', async () => {
    const { world, ask, settled } = await setUp();
    const sweeping = { ...world, meter: new MemoryMeter() };
    let ticket = await settled(2);
    for (let minute = 0; minute < 40; minute++) {
      await world.clock.advance(TICKET_MS);
      ticket = (await ask(2, ticket)).wait?.ticket ?? '';
      expect(await sweep(sweeping)).toBe(0);
    }
    expect(await world.mailboxes.list()).toHaveLength(1);

    await world.clock.advance(LEASE_MS + 1_000);

    expect(await sweep(sweeping)).toBe(1);
    expect(await world.mailboxes.list()).toEqual([]);
    // Its reader comes back after all.
    expect((await ask(2, ticket)).wait?.seconds).toBe(1);
    expect(await world.mailboxes.list()).toHaveLength(1);
  });

  test("an older reader's arm, written late, does not stand above a newer one", async () => {
    const { world, ask, settled } = await setUp();
    const ticket = await settled(2);
    const [older] = await world.waiters.armed('doors');
    // By the clock of another process, that stands a minute behind.
    world.clock.setOff(-60_000);

    await ask(2, ticket);
    const [newer] = await world.waiters.armed('doors');
    if (older) await world.waiters.arm('doors', older);

    expect(newer?.nonce).not.toBe(older?.nonce);
    expect(await world.waiters.armed('doors')).toEqual([newer]);
  });

  test('arms for its time, its last wait, and a publisher whose clock is ahead', async () => {
    const { world, settled } = await setUp();
    await settled(2);

    const [arm] = await world.waiters.armed('doors');

    expect(arm).toMatchObject({ bare: true, until: world.clock.now() + DIRECT_ARM_MS });
    expect(DIRECT_ARM_MS).toBe(160_000);
  });
});

describe('whose it is', () => {
  const foreign = expect.objectContaining({ code: 'forbidden', details: { field: 'ticket' } });

  test("another token's is refused, and nothing is armed", async () => {
    const { world, ask, settled } = await setUp();
    const ticket = await settled(2);
    const before = await world.waiters.armed('doors');

    await expect(ask(2, ticket, { caller: reader('sub desk') })).rejects.toEqual(foreign);

    expect(await world.waiters.armed('doors')).toEqual(before);
  });

  test('one of another channel is refused', async () => {
    const { ask, settled } = await setUp();
    const ticket = await settled(2);

    await expect(ask(2, ticket, { cursors: [{ channel: 'alerts' }] })).rejects.toEqual(foreign);
    await expect(ask(2, ticket, { cursors: [{ channel: 'doors' }, { channel: 'alerts' }] })).rejects.toEqual(
      foreign,
    );
  });

  test('a forged one is refused, also to wait with', async () => {
    const { world, ask, ports, settled, wait } = await setUp();
    const said = await ports.tickets.read(await settled(2));
    const forged = await ticketsWith(world, `${TICKET_SECRET}!`).sign(said);

    await expect(ask(2, forged)).rejects.toEqual(foreign);
    await expect(wait(forged)).rejects.toEqual(foreign);
  });

  test('who may not read a channel gets none, whatever ticket comes along', async () => {
    const { ask, settled } = await setUp();
    const ticket = await settled(2);

    await expect(
      ask(2, ticket, { caller: { read: ['alerts'], write: [], principal: 'sub wall' } }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('10,000 tickets of one token take no more mailboxes than its share, and leave others theirs', async () => {
    const { world, ask } = await setUp();
    let refused = 0;
    for (let i = 0; i < 10_000; i++)
      await ask(2).catch(({ code }) => {
        if (code === 'too-many-requests') refused++;
      });

    expect(await world.mailboxes.list()).toHaveLength(MAILBOXES_AT_ONCE);
    expect(refused).toBe(10_000 - MAILBOXES_AT_ONCE);
    await expect(ask(2)).rejects.toMatchObject({ details: { field: 'ticket', retryAfter: 1 } });
    expect((await ask(2, undefined, { caller: reader('sub desk') })).wait).toBeDefined();
    await world.clock.advance(1_000);
    expect((await ask(2)).wait).toBeDefined();
  });

  test('1,000 tickets, each asked for with the last, take one mailbox and one arm', async () => {
    const { world, ask, settled } = await setUp();
    let ticket = await settled(2);
    for (let i = 0; i < 1_000; i++) ticket = (await ask(2, ticket)).wait?.ticket ?? '';

    expect(await world.mailboxes.list()).toHaveLength(1);
    expect(await world.waiters.armed('doors')).toHaveLength(1);
  });
});
