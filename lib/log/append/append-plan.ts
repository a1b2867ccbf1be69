/** What a block will hold: which of the waiting batches go into it, which of their events are new, and where each batch then stands. Pure. */

import type { PublishAnswer } from '../../protocol/doorbell.ts';
import { fits, type NewEvent } from '../block.ts';
import type { WriterState } from './writer-state.ts';

/** What one publisher wants appended together: 1..100 new events that fit one block. */
export interface Batch {
  readonly events: readonly NewEvent[];
  /** Its ids are a producer's: compare them with the log. */
  readonly hasProducerIds: boolean;
}

export interface Plan<B extends Batch> {
  /** The events that are new, in the order of their vids from the view's head on; none when all are in the log already. */
  readonly events: readonly NewEvent[];
  /** Where each batch stands once the block is written. Drafts that are in the log, or earlier in this block, count as duplicates. */
  readonly places: ReadonlyArray<{ readonly batch: B; readonly answer: PublishAnswer }>;
}

/** The batches from the queue's front, in order, that one block holds; at least one where any waits. */
export function firstBlock<B extends Batch>(waiting: readonly B[]): readonly B[] {
  const taken: B[] = [];
  const events: NewEvent[] = [];
  for (const batch of waiting) {
    if (taken.length > 0 && !fits(events, batch.events)) break;
    taken.push(batch);
    events.push(...batch.events);
  }
  return taken;
}

/** Plans the block that comes right after the view's head. */
export function planBlock<B extends Batch>(
  state: Pick<WriterState, 'head' | 'ids'>,
  batches: readonly B[],
): Plan<B> {
  const events: NewEvent[] = [];
  const planned = new Map<string, number>();
  const places = batches.map((batch) => {
    let duplicates = 0;
    const vids = batch.events.map((one) => {
      const earlier = batch.hasProducerIds ? (state.ids?.get(one.id)?.vid ?? planned.get(one.id)) : undefined;
      if (earlier !== undefined) {
        duplicates++;
        return earlier;
      }
      events.push(one);
      const vid = state.head + events.length;
      planned.set(one.id, vid);
      return vid;
    });
    const count = vids.length - duplicates;
    return { batch, answer: { first: Math.min(...vids), last: Math.max(...vids), count, duplicates } };
  });
  return { events, places };
}
