/** What a block will hold: which of the waiting batches go into it, which of their drafts are new, and where each batch then stands. Pure. */

import type { PublishAnswer } from '../../protocol/doorbell.ts';
import { type Draft, fits } from '../block.ts';
import type { View } from './writer-state.ts';

/** What one publisher wants appended together: 1..100 drafts that fit one block. */
export interface Batch {
  readonly drafts: readonly Draft[];
  /** Its ids are a producer's: compare them with the log. */
  readonly keyed: boolean;
}

export interface Plan<B extends Batch> {
  /** The drafts that are new, in the order of their vids from the view's head on; none when all are in the log already. */
  readonly drafts: readonly Draft[];
  /** Where each batch stands once the block is written. Drafts that are in the log, or earlier in this block, count as duplicates. */
  readonly places: ReadonlyArray<{ readonly batch: B; readonly answer: PublishAnswer }>;
}

/** The batches from the queue's front, in order, that one block holds; at least one where any waits. */
export function firstBlock<B extends Batch>(waiting: readonly B[]): readonly B[] {
  const taken: B[] = [];
  const drafts: Draft[] = [];
  for (const batch of waiting) {
    if (taken.length > 0 && !fits(drafts, batch.drafts)) break;
    taken.push(batch);
    drafts.push(...batch.drafts);
  }
  return taken;
}

/** Plans the block that comes right after the view's head. */
export function planBlock<B extends Batch>(view: Pick<View, 'head' | 'ids'>, batches: readonly B[]): Plan<B> {
  const drafts: Draft[] = [];
  const planned = new Map<string, number>();
  const places = batches.map((batch) => {
    let duplicates = 0;
    const vids = batch.drafts.map((one) => {
      const earlier = batch.keyed ? (view.ids?.get(one.id)?.vid ?? planned.get(one.id)) : undefined;
      if (earlier !== undefined) {
        duplicates++;
        return earlier;
      }
      drafts.push(one);
      const vid = view.head + drafts.length;
      planned.set(one.id, vid);
      return vid;
    });
    const count = vids.length - duplicates;
    return { batch, answer: { first: Math.min(...vids), last: Math.max(...vids), count, duplicates } };
  });
  return { drafts, places };
}
