/** Receiving: only while someone listens, all letters handed on, and a mailbox that is gone replaced. */

import { describe, expect, test } from 'vitest';
import { supersedeText } from '../../../lib/wakeup/doorbell.ts';
import { unavailable } from '../../support/memory/doubles.ts';
import { noncesOf, setUpMailbox as setUp } from '../../support/memory/mailbox.ts';
import { settle } from '../../support/time/clock.ts';

const SECOND_MS = 1000;

describe("a mailbox's receive loop", () => {
  test('does not run while nobody listens', async () => {
    const { mailbox, clock, calls } = setUp();

    await mailbox.address();
    await clock.advance(60_000);

    expect(calls.of('receive')).toBe(0);
  });

  test.each([
    { ms: 20_000, waits: [20] },
    { ms: 500, waits: [1] },
    { ms: 1_500, waits: [2] },
    { ms: 50_000, waits: [20, 20, 10] },
  ])('waits in whole seconds for a listener of $ms ms: $waits', async ({ ms, waits }) => {
    const seen: number[] = [];
    const { clock, listen } = setUp({
      mailboxes: {
        receive: async (_, waitSeconds) => {
          seen.push(waitSeconds);
          await clock.sleep(waitSeconds * SECOND_MS);
          return [];
        },
      },
    });

    listen(ms);
    await clock.advance(120_000);

    expect(seen).toEqual(waits);
  });

  test('is one, for however many listen, and lasts as long as the longest', async () => {
    const { listen, clock, calls } = setUp();

    listen(1_000);
    listen(20_000);
    listen(5_000);
    await clock.advance(120_000);

    expect(calls.of('receive')).toBe(1);
  });

  test('goes on for good in a process that lives on, whoever else comes and goes, until it is closed', async () => {
    const { mailbox, listen, clock, calls } = setUp();
    const before = listen(30_000);
    mailbox.listenForGood();
    const after = listen(1_000);
    before();
    after();
    await clock.advance(60_000);
    const running = calls.of('receive');

    await mailbox.close();
    await clock.advance(120_000);

    // At 0, 20, 40 and 60 s.
    expect([running, calls.of('receive')]).toEqual([4, 4]);
  });

  test('ends with the receive in flight when the last listener goes', async () => {
    const { listen, clock, calls } = setUp();
    const stop = listen(60_000);
    await clock.advance(1_000);

    stop();
    await clock.advance(120_000);

    expect(calls.of('receive')).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  test('begins again for a listener that comes after it has ended', async () => {
    const { listen, clock, calls } = setUp();
    listen(1_000);
    await clock.advance(10_000);

    listen(1_000);
    await clock.advance(10_000);

    expect(calls.of('receive')).toBe(2);
  });

  test('goes on for a listener that comes when the last one has just gone', async () => {
    const { listen, clock, heard, mailbox, world } = setUp();
    const stop = listen(20_000);
    await clock.advance(20_000 - 1);
    stop();
    listen(20_000);
    await clock.advance(10_000);

    await world.mailboxes.send(await mailbox.address(), supersedeText('n1'));
    await settle();

    expect(noncesOf(heard)).toEqual(['n1']);
  });

  test.each(Array.from({ length: 12 }, (_, i) => i))(
    'goes on for a listener that comes %i steps after the last receive has ended',
    async (steps) => {
      const lastReceive = Promise.withResolvers<readonly []>();
      let receives = 0;
      const { listen, mailbox } = setUp({
        mailboxes: {
          receive: () => {
            receives++;
            return receives === 1 ? lastReceive.promise : new Promise(() => undefined);
          },
        },
      });
      await mailbox.address();
      const stop = listen(20_000);
      await settle();
      stop();

      lastReceive.resolve([]);
      for (let step = 0; step < steps; step++) await undefined;
      listen(20_000);
      await settle();

      expect(receives).toBe(2);
    },
  );

  test('hands on each doorbell, and only warns of what is none', async () => {
    const { listen, heard, mailbox, logger, world } = setUp();
    const address = await mailbox.address();

    listen(20_000);
    for (const body of [supersedeText('n1'), 'garbage', supersedeText('n2')]) {
      await world.mailboxes.send(address, body);
    }
    await settle();

    expect(noncesOf(heard)).toEqual(['n1', 'n2']);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });

  test('ends at once when it is closed while its mailbox is being made, and gives that back', async () => {
    const opened = Promise.withResolvers<void>();
    const { mailbox, world, calls } = setUp({
      mailboxes: {
        open: async (name) => {
          await opened.promise;
          return world.mailboxes.open(name);
        },
      },
    });
    mailbox.listenForGood();
    await settle();

    const closing = mailbox.close();
    opened.resolve();
    await closing;

    expect(calls.of('receive')).toBe(0);
    expect(await world.mailboxes.list()).toEqual([]);
    expect(await world.registry.list()).toEqual([]);
  });

  test('leaves letters in the queue until deferred work is done, then removes them in one call', async () => {
    const { listen, mailbox, afterResponse, calls, world } = setUp();
    const address = await mailbox.address();
    for (const body of [supersedeText('n1'), 'garbage', supersedeText('n2')]) {
      await world.mailboxes.send(address, body);
    }

    listen(20_000);
    await settle();
    const before = world.mailboxes.bodies(address).length;
    await afterResponse.flush();

    expect(before).toBe(3);
    expect(world.mailboxes.bodies(address)).toEqual([]);
    expect(calls.of('remove')).toBe(1);
  });

  test('tries again, ever later, while receiving fails', async () => {
    let down = true;
    const { listen, clock, calls, heard, mailbox, logger, meter, world } = setUp({
      mailboxes: {
        receive: async (...args) => {
          if (down) throw unavailable();
          return world.mailboxes.receive(...args);
        },
      },
    });
    const address = await mailbox.address();
    listen(60_000);
    await clock.advance(10_000);
    const tries = calls.of('receive');

    down = false;
    await world.mailboxes.send(address, supersedeText('n1'));
    await clock.advance(5_000);

    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(30);
    expect(logger.lines).toHaveLength(tries);
    expect(meter.of('ReceivesFailed')).toBe(tries);
    expect(noncesOf(heard)).toEqual(['n1']);
  });
});

describe('a mailbox that is gone', () => {
  test('is tried again after a second while it is young', async () => {
    let gone = true;
    const { listen, clock, calls, heard, mailbox, moves, world } = setUp({
      mailboxes: {
        receive: async (...args) => (gone ? 'gone' : world.mailboxes.receive(...args)),
      },
    });
    const address = await mailbox.address();

    listen(20_000);
    await clock.advance(SECOND_MS - 1);
    const tries = calls.of('receive');
    gone = false;
    await world.mailboxes.send(address, supersedeText('n1'));
    await clock.advance(1);

    expect(tries).toBe(1);
    expect(moves()).toBe(0);
    expect(noncesOf(heard)).toEqual(['n1']);
  });

  test('is given up when it is no longer young: a new one takes its place, and it is told', async () => {
    const { listen, clock, mailbox, moves, heard, world } = setUp();
    const address = await mailbox.address();
    clock.jump(10_000);
    listen(20_000);
    await settle();

    await world.mailboxes.close(address.slice('memory:'.length));
    await settle();
    const next = await mailbox.address();
    await world.mailboxes.send(next, supersedeText('n1'));
    await settle();

    expect(next).not.toBe(address);
    expect(moves()).toBe(1);
    expect(noncesOf(heard)).toEqual(['n1']);
  });
});
