/** Work that is put off: each piece at its own time, a few at once, and all of it when asked. */

import { expect, test } from 'vitest';
import { DelayQueue } from '../../../lib/runtime/delay-queue.ts';
import { FakeClock } from '../../support/time/clock.ts';

/** `done` says at which ms each piece was begun; a piece takes `workMs`. */
function setUp({ together = 10, workMs = 0 } = {}) {
  const clock = new FakeClock();
  const zero = clock.elapsed();
  const done: Array<readonly [piece: string, at: number]> = [];
  let busy = 0;
  let mostBusy = 0;
  const queue = new DelayQueue<string>({
    clock,
    together,
    work: async (piece) => {
      done.push([piece, clock.elapsed() - zero]);
      busy++;
      mostBusy = Math.max(mostBusy, busy);
      await clock.sleep(workMs);
      busy--;
    },
  });
  return { clock, queue, done, mostBusy: () => mostBusy };
}

test('each piece is done when its own time has come, and once', async () => {
  const { clock, queue, done } = setUp();
  queue.later(100, 'a');
  queue.later(300, 'b');

  await clock.advance(1_000);

  expect(done).toEqual([
    ['a', 100],
    ['b', 300],
  ]);
  expect(clock.sleeping).toBe(0);
});

test('a piece that is put off again stays where it was', async () => {
  const { clock, queue, done } = setUp();
  queue.later(100, 'a');
  await clock.advance(50);
  queue.later(100, 'a');

  await clock.advance(1_000);

  expect(done).toEqual([['a', 100]]);
});

test('a piece that was done may be put off anew', async () => {
  const { clock, queue, done } = setUp();
  queue.later(100, 'a');
  await clock.advance(100);
  queue.later(100, 'a');

  await clock.advance(1_000);

  expect(done).toEqual([
    ['a', 100],
    ['a', 200],
  ]);
});

test('a piece that is taken back is not done, and those behind it are', async () => {
  const { clock, queue, done } = setUp();
  queue.later(100, 'a');
  queue.later(200, 'b');
  queue.takeBack('a');

  await clock.advance(1_000);

  expect(done).toEqual([['b', 200]]);
});

test('a delay queue works on only so many pieces at once', async () => {
  const { clock, queue, done, mostBusy } = setUp({ together: 2, workMs: 10 });
  for (const piece of ['a', 'b', 'c', 'd', 'e']) queue.later(100, piece);

  await clock.advance(1_000);

  expect(done.map(([, at]) => at)).toEqual([100, 100, 110, 110, 120]);
  expect(mostBusy()).toBe(2);
});

test('what is put off while others are worked on is done after them', async () => {
  const { clock, queue, done, mostBusy } = setUp({ workMs: 500 });
  queue.later(100, 'a');
  await clock.advance(200);
  queue.later(100, 'b');

  await clock.advance(2_000);

  expect(done).toEqual([
    ['a', 100],
    ['b', 600],
  ]);
  expect(mostBusy()).toBe(1);
});

test('a flush does everything now, and leaves nothing to be woken for', async () => {
  const { clock, queue, done } = setUp();
  queue.later(100, 'a');
  queue.later(200, 'b');

  await queue.flush();

  expect(done).toEqual([
    ['a', 0],
    ['b', 0],
  ]);
  await clock.advance(1_000);
  expect(done).toHaveLength(2);
});

test('a flush waits for what is being done, and then does the rest', async () => {
  const { clock, queue, done, mostBusy } = setUp({ workMs: 500 });
  queue.later(100, 'a');
  await clock.advance(200);
  queue.later(5_000, 'b');
  let flushed = false;
  const flushing = queue.flush().then(() => {
    flushed = true;
  });

  await clock.advance(899);
  expect([done.length, flushed]).toEqual([2, false]);
  await clock.advance(1);
  await flushing;

  expect(done).toEqual([
    ['a', 100],
    ['b', 600],
  ]);
  expect(mostBusy()).toBe(1);
});

test('a flushed delay queue puts pieces off as before', async () => {
  const { clock, queue, done } = setUp();
  queue.later(100, 'a');
  await queue.flush();
  queue.later(100, 'b');

  await clock.advance(1_000);

  expect(done).toEqual([
    ['a', 0],
    ['b', 100],
  ]);
});
