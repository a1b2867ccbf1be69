/** The generator that the checker and the command line draw from. */

import { expect, test } from 'vitest';
import { mulberry32 } from '../../../packages/testing/src/check/random.ts';

const drawn = (seed: number, count: number) => {
  const next = mulberry32(seed);
  return Array.from({ length: count }, next);
};

test('mulberry32 draws the same numbers for the same seed, and others for another', () => {
  expect(drawn(7, 100)).toEqual(drawn(7, 100));
  expect(drawn(7, 100)).not.toEqual(drawn(8, 100));
});

test('mulberry32 draws from 0 up to 1, as often below a half as above', () => {
  const numbers = drawn(1, 10_000);

  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(numbers.filter((number) => number < 0.5).length / numbers.length).toBeCloseTo(0.5, 1);
});
