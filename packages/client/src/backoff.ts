/**
 * How long to wait before the next attempt: full jitter under an exponential ceiling, on top of what the
 * server asked for. Full jitter, so that a recovering server is not met by all its clients in one instant
 * (AWS Architecture Blog, "Exponential Backoff And Jitter"). Pure: chance and time are arguments.
 */

/** The ceiling after the first failure, and the highest it grows to. */
const FIRST_CEILING_MS = 1_000;
const LAST_CEILING_MS = 30_000;

/**
 * The longest `Retry-After` that is honoured: ten times the usual cap. A page in a control room must not fall
 * silent for a day because a proxy said so.
 */
const LONGEST_FLOOR_MS = 300_000;

/** The longest that `backoffMs` gives. */
export const LONGEST_PAUSE_MS = LONGEST_FLOOR_MS + LAST_CEILING_MS;

/**
 * Milliseconds to wait after the `failures`th failure in a row (1, 2, 3 …): from `floorMs` up
 * to `floorMs` plus the ceiling. The jitter stands on the floor, not beside it: clients that were all told
 * the same `Retry-After` still come back spread out.
 */
export function backoffMs(failures: number, random: () => number, floorMs = 0): number {
  const ceiling = Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** (failures - 1));
  return Math.min(floorMs, LONGEST_FLOOR_MS) + random() * ceiling;
}

/** A `Retry-After` header (RFC 9110, 10.2.3: seconds, or a date) as milliseconds from `now`; 0 when it says nothing. */
export function retryAfterMs(header: string | null, now: number): number {
  return Math.max(0, Number(header) * 1_000 || Date.parse(header as string) - now || 0);
}
