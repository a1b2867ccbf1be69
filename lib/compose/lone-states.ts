/** The state of a channel on one file: of the life that the name has now, whichever log holds that. */

import type { ChannelRecords } from '../log/ports.ts';
import type { Turns } from '../runtime/turns.ts';
import { NO_STATE, type StateStore } from '../state/ports.ts';

/**
 * A stream that was made by PUT has a log of its own, and its state stands under that. Of a fork that would lack what it inherits, so nothing counts as kept:
 * whoever asks folds all of its events.
 */
export function statesOfIncarnations(
  kept: StateStore,
  records: Pick<ChannelRecords, 'get'>,
  turns: Pick<Turns, 'take'>,
): StateStore {
  /** Undefined of a fork. */
  const logOf = async (channel: string): Promise<string | undefined> => {
    const record = (await records.get(channel))?.stream?.record;
    return record && record.segments.length > 0 ? undefined : (record?.log ?? channel);
  };
  return {
    page: async (channel, epoch, range) => {
      const log = await logOf(channel);
      if (log === undefined) return NO_STATE.page(channel, epoch, range);
      return turns.take(() => kept.page(log, epoch, range));
    },
    foldedTo: async (channel, epoch) => {
      const log = await logOf(channel);
      return (log === undefined ? NO_STATE : kept).foldedTo(log ?? channel, epoch);
    },
  };
}
