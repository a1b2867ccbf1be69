import { expect, test } from 'vitest';
import { Tally } from '../../../bench/race/tally.ts';

test('a measured event counts once, however often it comes', () => {
  const tally = new Tally(1, 3);

  expect([1, 2, 2, 3, 1].map((number) => tally.take(number))).toEqual([true, true, false, true, false]);
  expect(tally).toMatchObject({ measured: 3, repeated: 2, outOfOrder: 0 });
});

test('an event that comes after a later one is out of order', () => {
  const tally = new Tally(1, 4);

  for (const number of [2, 1, 4, 3]) tally.take(number);

  expect(tally).toMatchObject({ measured: 4, repeated: 0, outOfOrder: 2 });
});

test('the warm-up is had, but not measured', () => {
  const tally = new Tally(3, 4);

  expect([1, 2, 3].map((number) => tally.take(number))).toEqual([false, false, true]);
  expect(tally.has(2)).toBe(true);
  expect(tally.measured).toBe(1);
});

test.each([0, 5, 1.5])('event %d, which nobody published, is an error', (number) => {
  expect(() => new Tally(1, 4).take(number)).toThrow('was never published');
});
