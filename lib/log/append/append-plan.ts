/** What a block will hold: which of the waiting batches go into it, which of their events are new, and where each batch then stands. Pure. */

import type { PublishAnswer } from '../../protocol/doorbell.ts';
import { bytesOf, fits, type NewEvent } from '../block.ts';
import { markAfter, type QueuePlace, standingInQueue, textOfMark } from '../queue-mark.ts';
import { MAX_PRODUCERS, type Producer } from '../writers.ts';
import type { BlockContent } from './block-writer.ts';
import type { RecentIds } from './recent-ids.ts';
import { type Outcome, StreamDraft, type StreamWrite } from './stream-draft.ts';
import type { WriterState } from './writer-state.ts';

/** What one publisher wants appended together: events that fit one block, or what a stream's writer sends. */
export interface Batch {
  readonly events: readonly NewEvent[];
  /** Its ids are a producer's: compare them with the log. */
  readonly hasProducerIds: boolean;
  /** Of a stream's writer. */
  readonly write?: StreamWrite;
  /** Of a publisher that has some keys of the channel only: whether this one is among them. */
  readonly isOwn?: ((key: string | undefined) => boolean) | undefined;
}

/** Where an id stands, and under which key. */
type Known = Pick<NonNullable<ReturnType<RecentIds['get']>>, 'vid' | 'key'>;

/** Where a batch stands once the block is written. */
export interface Place<B extends Batch> {
  readonly batch: B;
  /** Events that are in the log, or earlier in this block, count as duplicates. */
  readonly answer: PublishAnswer;
  /** Of a stream's writer, and of whoever is refused. */
  readonly outcome?: Outcome;
  /** An id of the batch that stands under a key that is not its publisher's: the batch is refused. */
  readonly foreignId?: string;
}

export interface Plan<B extends Batch> extends BlockContent {
  /** The events that are new, in the order of their vids from the view's head on; none when all are in the log already. */
  readonly events: readonly NewEvent[];
  readonly places: ReadonlyArray<Place<B>>;
  /** Producers that must stand elsewhere before the block is written. */
  readonly evicted: readonly Producer[];
  /** A batch was refused for what a newer look at the log may show otherwise. */
  readonly isDoubtful: boolean;
}

/** As much of a writer's view as a plan needs. */
export type PlanState = Pick<WriterState, 'head'> &
  Partial<Pick<WriterState, 'epoch' | 'writers' | 'mark' | 'holdsBytes' | 'evicted' | 'queueMark'>> & {
    readonly ids: Pick<RecentIds, 'get'> | undefined;
  };

/**
 * The batches from the queue's front, in order, that one block holds; at least one where any waits. No more producers than stand on a block: who is evicted
 * is kept elsewhere before the block is written, so a batch of this block must not be told there.
 */
export function firstBlock<B extends Batch>(waiting: readonly B[]): readonly B[] {
  const taken: B[] = [];
  const producers = new Set<string>();
  let events = 0;
  let bytes = 0;
  for (const batch of waiting) {
    events += batch.events.length;
    bytes += bytesOf(batch.events) + (batch.write?.bytes?.byteLength ?? 0);
    if (taken.length > 0 && !fits(events, bytes)) break;
    if (batch.write?.producer) producers.add(batch.write.producer.id);
    if (producers.size > MAX_PRODUCERS) break;
    taken.push(batch);
  }
  return taken;
}

/**
 * The ids that decide whether an event of these is in the log already: its producer's own, or those of messages that the queue's mark leaves
 * open.
 */
export function idsToCompare(
  { queueMark }: Pick<PlanState, 'queueMark'>,
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
export function planBlock<B extends Batch>(state: PlanState, batches: readonly B[], now: number): Plan<B> {
  const events: NewEvent[] = [];
  const planned = new Map<string, Known>();
  const draft = new StreamDraft(state, events);
  const queued: Array<{ readonly place: QueuePlace | undefined; readonly isNew: boolean }> = [];
  /** Where the event is by what is known; of one that only the queue's mark knows, that is somewhere up to the head. */
  const known = ({ hasProducerIds }: B, { id, place }: NewEvent): Known | undefined => {
    const standing = place ? standingInQueue(state.queueMark, place) : 'new';
    if (standing === 'in') return state.ids?.get(id) ?? { vid: state.head };
    if (standing === 'new' && !hasProducerIds) return undefined;
    return state.ids?.get(id) ?? planned.get(id);
  };
  const places = batches.map((batch): Place<B> => {
    const outcome = batch.write
      ? draft.take(batch.write, batch.events)
      : draft.refusal(() => batch.events.some((one) => known(batch, one) === undefined));
    if (outcome) return { batch, answer: NOTHING, outcome };
    const foreign = batch.isOwn && batch.events.find((one) => isForeign(batch, known(batch, one)));
    if (foreign) return { batch, answer: NOTHING, foreignId: foreign.id };
    let duplicates = 0;
    const vids = batch.events.map((one) => {
      const earlier = known(batch, one);
      queued.push({ place: one.place, isNew: earlier === undefined });
      if (earlier !== undefined) {
        duplicates++;
        return earlier.vid;
      }
      events.push(one);
      const vid = state.head + events.length;
      planned.set(one.id, { vid, key: one.key });
      return vid;
    });
    const count = vids.length - duplicates;
    return { batch, answer: { first: Math.min(...vids), last: Math.max(...vids), count, duplicates } };
  });
  const isDoubtful = places.some(({ outcome }) => outcome?.kind === 'gap' || outcome?.kind === 'gone');
  const queueMark = markAfter(state.queueMark, queued, now);
  const marked = queueMark ? { queueMark: textOfMark(queueMark) } : {};
  return { events, places, ...draft.content(), ...marked, isDoubtful };
}

/** Whoever has some keys only is not told where another's event stands, nor that his own is in the log when it is not. */
function isForeign({ isOwn }: Batch, earlier: Known | undefined): boolean {
  return earlier !== undefined && isOwn?.(earlier.key) === false;
}

/** True when there is nothing to write. */
export function isEmptyPlan({ events, bytes, mark }: Plan<Batch>): boolean {
  return events.length === 0 && !bytes && !mark;
}

const NOTHING: PublishAnswer = { first: 0, last: 0, count: 0, duplicates: 0 };
