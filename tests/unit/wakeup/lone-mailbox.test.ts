/** A process that is the only one of its log has no mailbox; what stands in its place still lets a wait last as long as it was to. */

import { expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { LoneMailbox } from '../../../lib/wakeup/lone-mailbox.ts';
import { FakeClock, SeededChance } from '../../support/time/clock.ts';

test('a wait ends at its deadline by the monotonic clock, and not before', async () => {
  const clock = new FakeClock();
  const mailbox = new LoneMailbox({ clock, random: new SeededChance() });
  let isOver = false;
  mailbox.quietAt(clock.elapsed() + 2_000, () => {
    isOver = true;
  });

  clock.setOff(3_600_000);
  await clock.advance(1_999);
  expect(isOver).toBe(false);
  await clock.advance(1);
  expect(isOver).toBe(true);
});

test('a wait that is taken back does not end', async () => {
  const clock = new FakeClock();
  const mailbox = new LoneMailbox({ clock, random: new SeededChance() });
  let isOver = false;
  const takeBack = mailbox.quietAt(clock.elapsed() + 2_000, () => {
    isOver = true;
  });

  takeBack();
  await clock.advance(3_000);

  expect(isOver).toBe(false);
});

test('each life of a process has an address of its own, which stays', async () => {
  const ports = { clock: new FakeClock(), random: new SeededChance() };
  const [one, other] = [new LoneMailbox(ports), new LoneMailbox(ports)];

  expect(await one.address()).toBe(await one.address());
  expect(await one.address()).not.toBe(await other.address());
});

test('a channel is checked again after the longest wait, whoever listens', () => {
  const mailbox = new LoneMailbox({ clock: new FakeClock(), random: new SeededChance() });
  const stop = mailbox.listen();

  expect(mailbox.sleepMs()).toBe(LIMITS.waitSeconds * 1_000);
  expect(stop()).toBeUndefined();
});
