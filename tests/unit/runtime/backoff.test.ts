/** Exponential backoff with full jitter. */

import { expect, test } from 'vitest';
import { pauseMs } from '../../../lib/runtime/backoff.ts';

const BACKOFF = { baseMs: 100, capMs: 5_000 };

test.each([
  { attempt: 0, ceiling: 100 },
  { attempt: 1, ceiling: 200 },
  { attempt: 5, ceiling: 3_200 },
  { attempt: 6, ceiling: 5_000 },
  { attempt: 5_000, ceiling: 5_000 },
])('pauses up to $ceiling ms before retry $attempt', ({ attempt, ceiling }) => {
  expect(pauseMs(attempt, BACKOFF, 0)).toBe(0);
  expect(pauseMs(attempt, BACKOFF, 0.5)).toBe(ceiling / 2);
  expect(pauseMs(attempt, BACKOFF, 0.999_999)).toBeLessThan(ceiling);
});
