/** Reading a life whose beginning is in other logs: a fork inherits the numbers up to its own first one. */

import { type LogBlock, NEVER } from '../block.ts';
import type { EventLog } from '../ports.ts';
import type { Segment, StreamRecord } from '../stream-record.ts';

/** The logs that a life is in, the newest apart. */
export type Lineage = Pick<StreamRecord, 'log' | 'segments' | 'stamp'>;

/**
 * As `EventLog.read`, over all logs of a life; it may stop short anywhere. Marks of inherited logs are left out, and their blocks have the epoch of
 * this life: its reader knows no other.
 */
export async function readLineage(
  log: Pick<EventLog, 'read'>,
  { log: own, segments, stamp }: Lineage,
  after: number,
  limit: number,
): Promise<readonly LogBlock[]> {
  const taken: LogBlock[] = [];
  const epoch = String(stamp);
  for (const segment of segments) {
    if (segment.upTo <= after) continue;
    const blocks = await log.read(segment.log, after, limit);
    const inherited = blocks.flatMap((block) => upTo(block, segment)).map((block) => ({ ...block, epoch }));
    taken.push(...inherited);
    // More of this one comes first; but where nothing is left of it, its events have expired.
    const reached = blocks.at(-1)?.last ?? segment.upTo;
    if (reached < segment.upTo) return taken;
  }
  return [...taken, ...(await log.read(own, after, limit))];
}

/** The part of a block that is inherited, where there is one. */
function upTo(block: LogBlock, { upTo: end }: Segment): readonly LogBlock[] {
  if (block.first > end) return [];
  const { mark, writers: _, ...content } = block;
  const width = end + 1 - block.first;
  if (block.last <= end && !mark) return [content];
  const { entries, bytes } = content;
  return [
    {
      ...content,
      last: Math.min(end, mark ? block.last - 1 : block.last),
      expires: NEVER,
      entries: entries.slice(0, width),
      ...(bytes ? { bytes: bytes.subarray(0, width) } : {}),
    },
  ];
}
