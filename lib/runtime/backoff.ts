/**
 * Exponential backoff with full jitter: uniform in [0, min(cap, base · 2^attempt)).
 * Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
 */

export interface Backoff {
  /** Milliseconds: ceiling of the first pause. */
  readonly baseMs: number;
  /** Milliseconds: ceiling of every pause. */
  readonly capMs: number;
}

/** Pause in ms before retry number `attempt` (0, 1, 2 …); `random` is uniform in [0, 1). */
export function pauseMs(attempt: number, { baseMs, capMs }: Backoff, random: number): number {
  return random * Math.min(capMs, baseMs * 2 ** attempt);
}
