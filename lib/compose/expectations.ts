/** Ticks: who looks whether promised events have come, and tells where they have not. */

import { TRUSTED } from '../auth/caller.ts';
import type { TickPorts } from '../expectations/tick.ts';
import { type PublishPorts, publishAll } from '../publish/publish.ts';

/** Tells as a producer would. What is told twice within 5 minutes is appended once. */
export function teller(ports: PublishPorts): TickPorts['tell'] {
  return async (channel, events, by) => {
    await publishAll(ports, TRUSTED, channel, events, true, by);
  };
}
