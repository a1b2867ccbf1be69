/** What readers are told at once, for polls that do not wait and for direct waits; and what every poll says of readers that are behind, or lost. */

import { PushError } from '../errors.ts';
import type { EventLog } from '../log/ports.ts';
import type { PollAnswer } from '../protocol/doorbell.ts';
import type { Meter } from '../telemetry/ports.ts';
import { catchUp } from './catch-up.ts';
import { atRest, isBehind, isLost, type Reader } from './reader.ts';

export interface TellPorts {
  readonly log: EventLog;
  readonly meter: Meter;
}

/** Of the channels that have news, in the order asked; of all of them, empty, where none has. And where each reader stands before it is told. Throws `reset`. */
export async function tell(
  { log, meter }: TellPorts,
  readers: readonly Reader[],
  limit: number,
): Promise<{ readonly answers: readonly PollAnswer[]; readonly stand: readonly Reader[] }> {
  const lost = readers.find(isLost);
  if (lost) throw await resetOf(log, lost);
  meterLag(meter, readers.filter(isBehind));
  const { answers, stand } = await catchUp(readers, limit, () => true);
  return { answers: answers ?? atRest(stand, false), stand };
}

/** How far the readers were behind when they came. */
export function meterLag(meter: Meter, behind: readonly Reader[]): void {
  for (const { after, sight } of behind) meter.record('ReaderLag', sight.head.vid - after);
}

export async function resetOf(log: EventLog, { channel, after, sight }: Reader): Promise<PushError> {
  // A name without a life has nothing, though what it held may be in the log yet.
  const [oldest] = sight.head.epoch === null ? [] : await log.read(channel, 0, 1);
  return new PushError(
    'reset',
    `Channel ${channel} does not go on from maxvid ${after} in the life that you followed: ` +
      'it was made anew, or that number was never given out. Poll again with maxvid=0 and the epoch given here.',
    { channel, earliest: oldest?.first ?? null, head: sight.head.vid, epoch: sight.head.epoch },
  );
}
