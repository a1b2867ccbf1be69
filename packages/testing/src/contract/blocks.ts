/** Blocks as a publisher makes them, for tests that write to the log without one. */

import { type NewEvent, newEvent } from '../../../../lib/log/block.ts';
import type { NewBlock } from '../../../../lib/log/ports.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

/** A block at `first` of these drafts, or of one event for each id; everything else can be told. */
export function newBlock(
  first: number,
  events: ReadonlyArray<NewEvent | string>,
  more: Partial<NewBlock> = {},
): NewBlock {
  const drafts = events.map((event) => (typeof event === 'string' ? newEvent(event, event) : event));
  const at = more.at ?? '2026-01-01T00:00:00.000Z';
  return {
    first,
    last: first + drafts.length - 1,
    epoch: 'e1',
    at,
    token: `t${first}`,
    expires: Date.parse(at) + WEEK_MS,
    events: drafts,
    ...more,
  };
}
