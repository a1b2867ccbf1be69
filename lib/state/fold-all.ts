/** Folds one channel after the other, by name, from where the last run has stopped: a run has a bound, and the next one goes on. */

import type { Directory } from '../log/ports.ts';
import type { Logger } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { type FoldPorts, foldChannel } from './fold-channel.ts';

export interface FoldAllPorts extends FoldPorts {
  readonly directory: Directory;
  readonly logger: Logger;
}

export interface Folded {
  /** How many channels were looked at. */
  readonly channels: number;
  /** How many numbers their states went on, together. */
  readonly events: number;
}

/** Channels that one run looks at: each look costs three small reads. */
export const CHANNELS_A_RUN = 2_000;
const PAGE = 100;
/** No name comes between one and the same with this behind it; and none behind the last. */
const FIRST = '-';
const LAST_NAME = 'z'.repeat(128);

/** Until `by` (ms of `Clock.elapsed`), or until every channel was looked at. A channel that cannot be folded now holds up no other. */
export async function foldAll(ports: FoldAllPorts, by: number): Promise<Folded> {
  const { directory, states, clock, logger } = ports;
  let after = await states.lookedTo();
  let channels = 0;
  let events = 0;
  while (channels < CHANNELS_A_RUN && clock.elapsed() < by) {
    const names = await directory.channels(after === '' ? FIRST : `${after}${FIRST}`, LAST_NAME, PAGE);
    for (const name of names) {
      if (clock.elapsed() >= by) break;
      try {
        events += await foldChannel(ports, name, by);
      } catch (error) {
        logger.warn('a channel could not be folded; the next run tries again', {
          channel: name,
          reason: reasonOf(error),
        });
      }
      channels++;
      after = name;
    }
    const isEnd = names.length < PAGE && after === (names.at(-1) ?? after);
    if (isEnd) after = '';
    await states.lookTo(after);
    if (isEnd) break;
  }
  return { channels, events };
}
