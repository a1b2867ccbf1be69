/** What a poll tells operators of its times, and of how far its reader was behind. */

import { expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { poll } from '../../../lib/poll/poll.ts';
import { memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';

function setUp() {
  const world = memoryWorld();
  const process = memoryProcess(world);
  const send = (id: string) => say(process, 'doors', id);
  const ask = (maxvid: number, waitMs = 20_000, signal?: AbortSignal) =>
    poll(process.poll, TRUSTED, { cursors: [{ channel: 'doors', maxvid }], waitMs, limit: 500 }, signal);
  return { ...world, meter: process.meter, send, ask };
}

test('a poll that sleeps and is woken: how long it was held, and how long it took from waking to the answer', async () => {
  const { clock, meter, send, ask } = setUp();
  await send('1');
  const held = ask(1);
  await clock.advance(3_000);
  await send('2');
  await clock.advance(1_000);
  await held;

  const [holdTime = 0] = meter.all('HoldTime');
  expect(meter.all('HoldTime')).toHaveLength(1);
  expect(holdTime).toBeGreaterThanOrEqual(3_000);
  expect(holdTime).toBeLessThan(4_000);
  expect(meter.all('WakeTime')).toHaveLength(1);
  expect(meter.all('WakeTime')[0]).toBeLessThan(1_000);
  expect(meter.all('ReaderLag')).toEqual([]);
});

test('a poll that ends in quiet was held for its whole wait, and never woken', async () => {
  const { clock, meter, send, ask } = setUp();
  await send('1');
  const held = ask(1, 5_000);
  await clock.advance(7_000);
  await held;

  expect(meter.all('HoldTime')[0]).toBeGreaterThanOrEqual(5_000);
  expect(meter.all('WakeTime')).toEqual([]);
});

test.each([0, 20_000])('a reader who is behind is so many events behind (wait %i ms)', async (waitMs) => {
  const { meter, send, ask } = setUp();
  for (const id of ['1', '2', '3']) await send(id);

  await ask(1, waitMs);

  expect(meter.all('ReaderLag')).toEqual([2]);
  expect(meter.all('WakeTime')).toEqual([]);
});

test('a reader who has hung up was held for nobody', async () => {
  const { clock, meter, send, ask } = setUp();
  await send('1');
  const reader = new AbortController();
  const held = ask(1, 20_000, reader.signal);
  await clock.advance(1_000);
  reader.abort();
  await clock.advance(1_000);
  await held;

  expect(meter.all('HoldTime')).toEqual([]);
});

test('each block that is written is measured once', async () => {
  const { meter, send } = setUp();
  await send('1');
  await send('2');

  expect(meter.all('AppendTime')).toHaveLength(2);
});
