/** A cursor that a process keeps in memory: as it stands here, and as the table has it. Decisions only; `write-behind.ts` carries them out. */

import { LIMITS } from '../protocol/doorbell.ts';
import { type Instant, msSince } from '../runtime/instant.ts';
import type { Clock } from '../runtime/ports.ts';
import type { Cursor, Hold, Position } from './ports.ts';

export type ClientCursor = Cursor & { readonly client: string };

export interface CachedCursor {
  readonly key: string;
  readonly channel: string;
  readonly client: string;
  /** As this process knows it. */
  row: Cursor;
  /** As this process has last written it. */
  persisted: Cursor;
  persistedAt: Instant;
}

/** A saved hold outlasts a few polls, so that an idle client need not be saved with each. */
const HELD_MS = 120_000;
const POLL_MS = LIMITS.waitSeconds * 1_000;
/** A place may be saved a minute late, and the clocks of two processes be 5 minutes apart (bell.ts). */
const LONGEST_HOLD_MS = HELD_MS + 6 * 60_000;

/**
 * Whether a poll may still be held there. A hold that lasts longer than any can was written by another time,
 * and has run out.
 */
export function isHeld({ until }: Hold, now: number): boolean {
  return until > now && until <= now + LONGEST_HOLD_MS;
}

export function newCachedCursor(
  key: string,
  of: { readonly channel: string; readonly client: string },
  row: Cursor,
  hold: Hold | undefined,
  savedAt: Instant,
): CachedCursor {
  const { hold: _, ...saved } = row;
  return { key, ...of, row, persisted: { ...saved, ...(hold ? { hold } : {}) }, persistedAt: savedAt };
}

/** The row after a visit, as `Cursors.visit` leaves it. */
export function afterVisit(
  before: Cursor | undefined,
  seen: Position,
  hold: Hold | undefined,
  now: number,
): Cursor {
  const anew = seen.epoch !== undefined && seen.epoch !== before?.epoch;
  const goesOn = seen.maxvid !== undefined && (anew || seen.maxvid >= (before?.maxvid ?? 0));
  const maxvid = goesOn ? seen.maxvid : before?.maxvid;
  const epoch = (goesOn ? seen.epoch : undefined) ?? before?.epoch;
  // One of these is made with each poll of a client: a few assignments cost a tenth of a copy with and without some fields.
  const row: { -readonly [K in keyof Cursor]: Cursor[K] } = { seenAt: now };
  if (maxvid !== undefined) row.maxvid = maxvid;
  if (epoch !== undefined) row.epoch = epoch;
  if (hold) row.hold = hold;
  return row;
}

/** What the table is told of a hold: that it lasts, and that the place may be behind. */
export function persistedHold(hold: Hold | undefined, now: number, delayMs: number): Hold | undefined {
  return hold && { ...hold, until: now + HELD_MS + delayMs, behind: true };
}

/** Whether the table has another place. */
export function moved({ row, persisted: saved }: CachedCursor): boolean {
  return row.maxvid !== saved.maxvid || row.epoch !== saved.epoch;
}

/** Whether the table must hear of it: it has moved, is held and the table does not know, or was last saved so long ago that the hold would end in the next poll. */
export function isDirty(kept: CachedCursor, clock: Clock): boolean {
  if (moved(kept) || (kept.row.hold && !kept.persisted.hold)) return true;
  return HELD_MS < msSince(clock, kept.persistedAt) + 2 * POLL_MS;
}
