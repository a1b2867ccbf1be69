/** A stream that ends when nobody reads or writes it: that somebody has done so is noted now and then, not each time. */

import { PushError } from '../errors.ts';
import { endOf, type StreamRecord } from '../log/stream-record.ts';
import type { Stream } from './locate.ts';
import type { StreamPorts } from './ports.ts';

const MAX_PAUSE_MS = 60_000;
/** Of the time to live: a stream ends this much too early at most. */
const SHARE = 0.05;

/** True also of one that may have come to its end, unless somebody else has touched it. */
export function isTouchDue(record: StreamRecord, now: number): boolean {
  if (endOf(record) <= now) return true;
  const { ttlS, touchedAt } = record;
  return ttlS !== undefined && now - touchedAt >= Math.min(ttlS * 1000 * SHARE, MAX_PAUSE_MS);
}

/** Never refuses: whoever changes the record at the same time touches it too. */
export async function touch(
  { streams, clock }: Pick<StreamPorts, 'streams' | 'clock'>,
  { name, record: versioned }: Stream,
): Promise<void> {
  if (!versioned) return;
  const { version, record } = versioned;
  const now = clock.now();
  if (record.ttlS === undefined || !isTouchDue(record, now)) return;
  try {
    await streams.swap(name, version, { ...record, touchedAt: now });
  } catch (error) {
    // Readers are served on while nothing can be written. Writers are told by their write.
    if (!(error instanceof PushError && error.code === 'unavailable')) throw error;
  }
}
