/**
 * Cursors of live answers: they make a cache forget an answer after a while, so that nobody is told the same empty answer for ever (Durable Streams
 * protocol, 10.1).
 */

import type { Clock, Random } from '../runtime/ports.ts';

const INTERVAL_S = 20;
/** The protocol's own epoch. */
const EPOCH_MS = Date.UTC(2024, 9, 9);
const MAX_STEP_S = 3_600;

/** The interval of now; for a client that has that one already, or a later one, one beyond its own. */
export function nextCursor(
  sent: string | undefined,
  { clock, random }: { readonly clock: Pick<Clock, 'now'>; readonly random: Pick<Random, 'fraction'> },
): string {
  const now = Math.floor((clock.now() - EPOCH_MS) / 1000 / INTERVAL_S);
  const clients = /^\d{1,15}$/.test(sent ?? '') ? Number(sent) : -1;
  if (clients < now) return String(now);
  const seconds = 1 + Math.floor(random.fraction() * MAX_STEP_S);
  return String(clients + Math.max(1, Math.floor(seconds / INTERVAL_S)));
}
