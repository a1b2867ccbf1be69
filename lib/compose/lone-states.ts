/** The state of a channel on one file: of the life that the name has now, whichever log holds that. */

import type { ChannelRecords } from '../log/ports.ts';
import type { Turns } from '../runtime/turns.ts';
import type { StateStore } from '../state/ports.ts';

/** A stream that was made by PUT has a log of its own, and its state stands under that. Of a fork, that is without what it inherits. */
export function statesOfIncarnations(
  kept: StateStore,
  records: Pick<ChannelRecords, 'get'>,
  turns: Pick<Turns, 'take'>,
): StateStore {
  const logOf = async (channel: string): Promise<string> =>
    (await records.get(channel))?.stream?.record.log ?? channel;
  return {
    page: async (channel, epoch, range) => {
      const log = await logOf(channel);
      return turns.take(() => kept.page(log, epoch, range));
    },
    foldedTo: async (channel, epoch) => kept.foldedTo(await logOf(channel), epoch),
  };
}
