/** Deadlines that share one timer: each is told at its own time, once, unless it is taken back. */

import { expect, test } from 'vitest';
import { Deadlines } from '../../../lib/runtime/deadlines.ts';
import { FakeClock } from '../../support/time/clock.ts';

function setUp() {
  const clock = new FakeClock();
  const zero = clock.elapsed();
  const over: Array<readonly [name: string, at: number]> = [];
  const deadlines = new Deadlines(clock);
  const add = (name: string, ms: number) =>
    deadlines.add(clock.elapsed() + ms, () => over.push([name, clock.elapsed() - zero]));
  return { clock, over, deadlines, add };
}

test('each is told at its own time, in whatever order they came', async () => {
  const { clock, over, add } = setUp();
  add('late', 300);
  add('early', 100);
  add('middle', 200);

  await clock.advance(1_000);

  expect(over).toEqual([
    ['early', 100],
    ['middle', 200],
    ['late', 300],
  ]);
});

test('many have one timer', () => {
  const { clock, add } = setUp();
  for (let i = 0; i < 100; i++) add(`one-${i}`, 10_000);

  expect(clock.sleeping).toBe(1);
});

test('one that is taken back is told nothing, and the others are told in time', async () => {
  const { clock, over, add } = setUp();
  const takeBack = add('early', 100);
  add('late', 300);
  takeBack();
  takeBack();

  await clock.advance(1_000);

  expect(over).toEqual([['late', 300]]);
});

test('no timer is left when all are over or taken back', async () => {
  const { clock, add } = setUp();
  const takeBack = add('first', 100);
  takeBack();
  expect(clock.sleeping).toBe(0);

  add('second', 100);
  await clock.advance(100);

  expect(clock.sleeping).toBe(0);
});

test('one that is added when another is told is told in its turn', async () => {
  const { clock, over, deadlines, add } = setUp();
  deadlines.add(clock.elapsed() + 50, () => void add('next', 25));

  await clock.advance(1_000);

  expect(over).toEqual([['next', 75]]);
});

test('one that is taken back by another that is told at the same time is told nothing', async () => {
  const { clock, over, deadlines, add } = setUp();
  let takeBack = () => {};
  deadlines.add(clock.elapsed() + 50, () => takeBack());
  takeBack = add('second', 50);

  await clock.advance(1_000);

  expect(over).toEqual([]);
});
