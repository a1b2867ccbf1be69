/** Work that is done at once, a bounded part of it in each turn of the event loop. */

import { expect, test } from 'vitest';
import { TURN_MS, Turns } from '../../../lib/runtime/turns.ts';
import { range } from '../../support/http/http.ts';
import { FakeClock, settle } from '../../support/time/clock.ts';

/** Each piece of work takes `ms`; the loop comes round when it is told to. */
function setUp(ms: number) {
  const clock = new FakeClock();
  let comesRound: () => void = () => undefined;
  const nextTick = () =>
    new Promise<void>((resolve) => {
      comesRound = resolve;
    });
  const turns = new Turns(clock, { nextTick });
  const done: number[] = [];
  const work = (name: number) =>
    turns.take(async () => {
      clock.jump(ms);
      done.push(name);
    });
  const comeRound = async () => {
    comesRound();
    await settle();
  };
  return { turns, clock, work, done, comeRound };
}

test('what comes in one turn is begun in order, as much in each turn as its bound allows', async () => {
  const { work, done, comeRound } = setUp(TURN_MS / 2);
  for (const name of range(1, 5)) void work(name);
  await settle();
  const counts = [done.length];
  for (const _ of range(1, 3)) {
    await comeRound();
    counts.push(done.length);
  }

  expect(done).toEqual([1, 2, 3, 4, 5]);
  expect(Math.max(...counts.map((count, i) => count - (counts[i - 1] ?? 0)))).toBeLessThanOrEqual(2);
});

test('a piece that takes long is alone in its turn', async () => {
  const { work, done, comeRound } = setUp(10 * TURN_MS);
  for (const name of range(1, 3)) void work(name);
  await settle();
  const first = [...done];
  await comeRound();

  expect([first, done]).toEqual([[1], [1, 2]]);
});

test('little work waits for nothing, and a new turn owes nothing to the last one', async () => {
  const { work, clock, done, comeRound } = setUp(0);
  void work(1);
  void work(2);
  const atOnce = [...done];
  clock.jump(TURN_MS);
  void work(3);
  const spent = [...done];
  await comeRound();
  await comeRound();
  void work(4);

  expect([atOnce, spent, done]).toEqual([
    [1, 2],
    [1, 2],
    [1, 2, 3, 4],
  ]);
});

test('a piece that fails is told to whoever asked for it, and holds up no other', async () => {
  const { turns, work, done, comeRound } = setUp(TURN_MS);
  void work(1);
  const failed = turns.take(() => Promise.reject(new Error('the file cannot be read')));
  void work(2);
  const refused = expect(failed).rejects.toThrow('the file cannot be read');
  await comeRound();
  await refused;

  expect(done).toEqual([1, 2]);
});
