/**
 * Slots: turns of time that readers of a shared address wait in together. A reader who has seen everything asks with the slot that it was told,
 * waits until that slot is over at most, and is told a later one. So no reader asks for one address twice, and those who come at different times
 * ask for the same. Pure.
 */

import { LIMITS } from '../protocol/doorbell.ts';

/** How long a slot is where nothing else is said, in ms: no longer than a poll may be held. With a `hold` a slot is as long as that, and counted in that. */
export const SLOT_MS = LIMITS.waitSeconds * 1000;

/** The highest slot: the one after it is still exact. */
export const MAX_SLOT = Number.MAX_SAFE_INTEGER - 1;

/** The slot of a moment, in ms of `Clock.now`. */
export function slotAt(nowMs: number, slotMs = SLOT_MS): number {
  return Math.max(0, Math.floor(nowMs / slotMs));
}

/** How long a reader of a slot waits, in ms: until the slot is over. Not at all in one that is over; a whole slot at most in one that has yet to come. */
export function leftOfSlot(slot: number, nowMs: number, slotMs = SLOT_MS): number {
  return Math.min(slotMs, Math.max(0, (slot + 1) * slotMs - nowMs));
}

/**
 * What to ask with next. After an empty answer it is later than what was sent, also where clocks of processes differ: it never goes back, or two of
 * them could send a reader to and fro. Only beyond all numbers there is nothing later.
 */
export function nextSlot(
  sent: number | undefined,
  isEmpty: boolean,
  nowMs: number,
  slotMs = SLOT_MS,
): number {
  const now = slotAt(nowMs, slotMs);
  const least = sent === undefined ? 0 : isEmpty ? sent + 1 : sent;
  return least > MAX_SLOT ? now : Math.max(least, now);
}
