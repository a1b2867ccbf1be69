/** `expect`: within which time the next event was promised. Pure. */

import { EXPECT_PATTERN, LIMITS } from '../protocol/doorbell.ts';

const SECONDS = [24 * 3600, 3600, 60, 1];

/** The duration in ms; undefined for what is none, or is not from PT1M to P31D. */
export function expectMs(text: string): number | undefined {
  const parts = EXPECT_PATTERN.exec(text);
  if (!parts) return undefined;
  const seconds = SECONDS.reduce((sum, unit, i) => sum + unit * Number(parts[i + 1] ?? 0), 0);
  return seconds >= LIMITS.minExpectSeconds && seconds <= LIMITS.maxExpectSeconds
    ? seconds * 1000
    : undefined;
}
