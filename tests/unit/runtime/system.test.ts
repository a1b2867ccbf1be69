/** The real clock, event loop and chance keep what their ports say. Nothing here waits longer than a turn of the loop. */

import { expect, test, vi } from 'vitest';
import { systemClock, systemLoop, systemRandom } from '../../../lib/runtime/system.ts';

const HOUR_MS = 3_600_000;

test('a sleep that is aborted ends at once, and leaves no timer and no listener', async () => {
  const off = new AbortController();
  const remove = vi.spyOn(off.signal, 'removeEventListener');
  const clear = vi.spyOn(globalThis, 'clearTimeout');
  const sleeping = systemClock.sleep(HOUR_MS, off.signal);

  off.abort();
  await sleeping;

  expect(remove).toHaveBeenCalledOnce();
  expect(clear).toHaveBeenCalledOnce();
  clear.mockRestore();
});

test('a sleep whose signal has aborted before, or that has no length, does not wait', async () => {
  const timer = vi.spyOn(globalThis, 'setTimeout');

  await systemClock.sleep(HOUR_MS, AbortSignal.abort());
  await systemClock.sleep(0);
  await systemClock.sleep(-HOUR_MS);

  expect(timer).not.toHaveBeenCalled();
  timer.mockRestore();
});

test('a sleep ends when its time is over, and forgets its signal', async () => {
  const off = new AbortController();
  const remove = vi.spyOn(off.signal, 'removeEventListener');
  const before = systemClock.elapsed();

  await systemClock.sleep(5, off.signal);

  expect(systemClock.elapsed() - before).toBeGreaterThan(3);
  expect(remove).toHaveBeenCalledOnce();
});

test('what is to be called later is called later, also where that is over already', async () => {
  const called: string[] = [];

  await new Promise<void>((resolve) => {
    systemClock.after(-HOUR_MS, () => {
      called.push('later');
      resolve();
    });
    called.push('first');
  });

  expect(called).toEqual(['first', 'later']);
});

test('what is to be called later and is taken back is not called', async () => {
  const then = vi.fn();
  const takeBack = systemClock.after(0, then);
  takeBack();

  await new Promise<void>((resolve) => systemClock.after(2, resolve));

  expect(then).not.toHaveBeenCalled();
});

test('soon comes after the promises of now and before the next turn of the loop', async () => {
  const order: string[] = [];
  const turn = systemLoop.nextTick().then(() => order.push('next turn'));
  const soon = new Promise<void>((resolve) => {
    systemLoop.soon(() => {
      order.push('soon');
      resolve();
    });
  });
  order.push('now');

  await Promise.all([turn, soon]);

  expect(order).toEqual(['now', 'soon', 'next turn']);
});

test('wall time is the time of day', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(HOUR_MS);
});

test('chance lies in [0, 1), and no id comes twice or with a character that an id may not have', () => {
  const fractions = Array.from({ length: 100 }, () => systemRandom.fraction());
  const ids = Array.from({ length: 100 }, () => systemRandom.id());

  expect(fractions.every((each) => each >= 0 && each < 1)).toBe(true);
  expect(new Set(fractions).size).toBeGreaterThan(90);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9-]{1,36}$/);
});

test('what is to be done soon, and then soon after that, comes after all promises that could go on between the two', async () => {
  const order: string[] = [];
  const goesOn = async (name: string) => {
    for (let step = 0; step < 5; step++) await undefined;
    order.push(name);
  };
  await new Promise<void>((resolve) => {
    const go = (left: number) => {
      order.push(`turn ${left}`);
      void goesOn(`promise of ${left}`);
      systemLoop.soon(left === 0 ? resolve : () => go(left - 1));
    };
    go(2);
  });

  expect(order).toEqual(['turn 2', 'promise of 2', 'turn 1', 'promise of 1', 'turn 0', 'promise of 0']);
});
