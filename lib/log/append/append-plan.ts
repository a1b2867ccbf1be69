/** What a block will hold: which of the waiting batches go into it, which of their events are new, and where each batch then stands. Pure. */

import type { PublishAnswer } from '../../protocol/doorbell.ts';
import { fits, type NewEvent } from '../block.ts';
import { markAfter, type QueueMark, type QueuePlace, standingInQueue } from '../queue-mark.ts';
import type { RecentIds } from './recent-ids.ts';
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
  /** How far the ingest queue is in the log once the block is written. */
  readonly queueMark: QueueMark | undefined;
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

/**
 * The ids that decide whether an event of these is in the log already: its producer's own, or those of messages that the queue's mark leaves
 * open.
 */
export function idsToCompare(
  { queueMark }: Pick<WriterState, 'queueMark'>,
  batches: readonly Batch[],
): readonly string[] {
  return batches.flatMap(({ events, hasProducerIds }) =>
    events
      .filter(({ place }) => {
        const standing = place ? standingInQueue(queueMark, place) : 'new';
        return standing === 'open' || (standing === 'new' && hasProducerIds);
      })
      .map(({ id }) => id),
  );
}

/** Plans the block that comes right after the view's head, at `now`. */
export function planBlock<B extends Batch>(
  state: Pick<WriterState, 'head' | 'queueMark'> & { readonly ids: Pick<RecentIds, 'get'> | undefined },
  batches: readonly B[],
  now: number,
): Plan<B> {
  const events: NewEvent[] = [];
  const planned = new Map<string, number>();
  const queued: Array<{ readonly place: QueuePlace | undefined; readonly isNew: boolean }> = [];
  /** Where the event is by what is known; of one that only the queue's mark knows, that is somewhere up to the head. */
  const vidOf = ({ id, place }: NewEvent, hasProducerIds: boolean): number | undefined => {
    const standing = place ? standingInQueue(state.queueMark, place) : 'new';
    if (standing === 'in') return state.ids?.get(id)?.vid ?? state.head;
    if (standing === 'new' && !hasProducerIds) return undefined;
    return state.ids?.get(id)?.vid ?? planned.get(id);
  };
  const places = batches.map((batch) => {
    let duplicates = 0;
    const vids = batch.events.map((one) => {
      const earlier = vidOf(one, batch.hasProducerIds);
      queued.push({ place: one.place, isNew: earlier === undefined });
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
  return { events, places, queueMark: markAfter(state.queueMark, queued, now) };
}
