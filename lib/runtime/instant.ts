/**
 * A moment of this process on both of its clocks. The wall clock may be set, back or forward. The monotonic
 * clock may stand still while Lambda freezes the process, a virtual machine is paused or a laptop sleeps, and
 * the wall clock then tells how long that took. An `Instant` does not leave its process.
 */

import type { Clock } from './ports.ts';

export interface Instant {
  /** `Clock.now()`, in ms. */
  readonly wall: number;
  /** `Clock.elapsed()`, in ms. */
  readonly elapsed: number;
}

type BothClocks = Pick<Clock, 'now' | 'elapsed'>;

/**
 * Clocks that have moved apart by more than this, in ms, were set. NTP slews a clock by 0.5 ms a second at
 * most (ntpd's documentation).
 */
const APART_MS = 5_000;

export function instantOf(clock: BothClocks): Instant {
  return { wall: clock.now(), elapsed: clock.elapsed() };
}

/**
 * Milliseconds since `then`, 0 or more, by the clock that has moved further. For what must be done anew after
 * a while: done too early it costs a call, too late it costs the truth. Where too early does harm, measure
 * with `Clock.elapsed()` alone.
 */
export function msSince(clock: BothClocks, then: Instant): number {
  return msBetween(then, instantOf(clock));
}

/** The same from one moment to a later one. */
export function msBetween(then: Instant, later: Instant): number {
  return Math.max(later.wall - then.wall, later.elapsed - then.elapsed);
}

/**
 * True when the wall clock was set since `then`, or the monotonic one stood still. Times that were stored
 * before read otherwise now.
 */
export function wasSetSince(clock: BothClocks, then: Instant): boolean {
  const wallMs = clock.now() - then.wall;
  const elapsedMs = clock.elapsed() - then.elapsed;
  return Math.abs(wallMs - elapsedMs) > APART_MS;
}
