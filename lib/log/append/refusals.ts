/** What a plan refuses, in words; and what it must know of producers before it can refuse anything. */

import { PushError } from '../../errors.ts';
import { MAX_PRODUCERS } from '../writers.ts';
import type { Batch } from './append-plan.ts';
import type { Outcome } from './stream-draft.ts';
import type { WriterState, WriterStatePorts } from './writer-state.ts';

/** Reads the producers of these batches that stand on no block, where some do: one read each, and none for a log with few producers. */
export async function loadEvicted(
  { streams }: Pick<WriterStatePorts, 'streams'>,
  state: WriterState,
  batches: readonly Batch[],
): Promise<void> {
  const { writers, evicted, log } = state;
  if (!streams || !writers?.evicted) return;
  if (evicted.size > 100 * MAX_PRODUCERS) evicted.clear();
  const ids = new Set(batches.flatMap(({ write }) => (write?.producer ? [write.producer.id] : [])));
  for (const { id } of writers.producers) ids.delete(id);
  await Promise.all(
    [...ids].map(async (id) => {
      if (!evicted.has(id)) evicted.set(id, await streams.producer(log, id));
    }),
  );
}

/** Why events of a publish were not appended. */
export function refusalOf(channel: string, outcome: Outcome): PushError {
  switch (outcome.kind) {
    case 'closed':
      return new PushError('closed', `Channel ${channel} is closed: nothing can be appended any more.`, {
        channel,
        head: outcome.tail,
      });
    case 'bytes':
      return new PushError(
        'unsupported-media-type',
        `Channel ${channel} is a stream of bytes, not of events: append to it at /v1/stream/${channel}.`,
        { channel },
      );
    default:
      return new PushError(
        'gone',
        `Channel ${channel} was deleted. Make it anew with PUT /v1/stream/${channel}.`,
        { channel },
      );
  }
}

/** A publisher of some keys sends an id that another key's event has: it is not told where that stands. */
export function foreignIdError(channel: string, id: string): PushError {
  const message = `The id ${JSON.stringify(id)} stands in channel ${channel} under a key that the token does not allow: nothing was published. Ids are shared by all keys of a channel, so choose another.`;
  return new PushError('conflict', message, { field: 'id' });
}
