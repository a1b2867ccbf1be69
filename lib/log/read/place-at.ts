/** Where a reader begins who names a time, or how many events, instead of a number. */

import type { Head } from '../head.ts';
import type { EventLog } from '../ports.ts';

/**
 * The number before the first event that was appended at `sinceMs` or later; the head where there is none. By halves: some 20 reads of one block in a log of a
 * million events. Where the clocks of publishers differ, it may be off by as much. What is not kept any more was before that time.
 */
export async function placeAt(
  log: Pick<EventLog, 'read'>,
  channel: string,
  sinceMs: number,
  head: Head,
): Promise<number> {
  // All up to `low` is older, or gone; behind `high` there is nothing that is older.
  let low = 0;
  let high = head.vid;
  let place = head.vid;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [block] = await log.read(channel, middle, 1);
    if (!block) high = middle;
    else if (Date.parse(block.at) < sinceMs) low = block.last;
    else {
      place = Math.min(place, block.first - 1);
      high = Math.min(middle, block.first - 1);
    }
  }
  return place;
}

/** The vid after which the last `count` events begin that are kept: what has expired is not among them, and so not missed. One small read. */
export async function placeBefore(
  log: Pick<EventLog, 'read'>,
  channel: string,
  count: number,
  head: Head,
): Promise<number> {
  const place = Math.max(0, head.vid - count);
  const [block] = place < head.vid ? await log.read(channel, place, 1) : [];
  return block ? Math.max(place, block.first - 1) : head.vid;
}
