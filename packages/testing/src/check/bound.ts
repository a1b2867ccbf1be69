/** The one time that a run is told: how long a reader that polls may wait for an event that was acknowledged. */

import { LIMITS } from '../../../../lib/protocol/doorbell.ts';

/**
 * How much later than the protocol's own times an answer may come, in ms: a doorbell may be lost, and then its event comes at the end of
 * the longest wait (INVARIANTS.md, I8); what `boundMs` has above that wait is for the network and for a server that is busy.
 */
export function slackMs(boundMs: number): number {
  return boundMs - LIMITS.waitSeconds * 1000;
}
