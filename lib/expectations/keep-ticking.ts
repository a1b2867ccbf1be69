/** Ticking once a minute, for a process that lives on. */

import { reasonOf } from '../telemetry/reason.ts';
import { type TickPorts, tick } from './tick.ts';

const EVERY_MS = 60_000;
/** What is not done by then is due at the next tick. */
const TICK_MS = 15_000;

/** The first tick comes at once: it tells what became overdue while nobody ticked. */
export function keepTicking(ports: TickPorts): { stop(): void } {
  const { clock, logger } = ports;
  let isStopped = false;
  let cancel: () => void = () => undefined;
  const round = async () => {
    try {
      await tick(ports, clock.elapsed() + TICK_MS);
    } catch (error) {
      logger.error('promised events could not be looked for; the next minute tries again', {
        reason: reasonOf(error),
      });
    }
    if (!isStopped) cancel = clock.after(EVERY_MS, () => void round());
  };
  void round();
  return {
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
