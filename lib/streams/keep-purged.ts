/** Purging now and then, for a process that lives on. */

import type { Logger } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { StreamPorts } from './ports.ts';
import { purge } from './purge.ts';

const EVERY_MS = 60_000;
/** A round is done in steps of a few rows each, so nobody waits for it. */
const ROUND_MS = 5_000;

export function keepPurged(ports: StreamPorts, logger: Logger): { stop(): void } {
  const { clock } = ports;
  let isStopped = false;
  let cancel: () => void = () => undefined;
  const round = async () => {
    try {
      await purge(ports, clock.elapsed() + ROUND_MS);
    } catch (error) {
      // The next round tries again: a full disk, most likely, which the database has told of.
      logger.debug('logs that are not needed could not be removed', { reason: reasonOf(error) });
    }
    if (!isStopped) cancel = clock.after(EVERY_MS, () => void round());
  };
  cancel = clock.after(EVERY_MS, () => void round());
  return {
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
