/**
 * Which ways to wait its answer offers to the reader of a plain poll (PROTOCOL.md, "Which way to wait"): those that cost the service less than a poll of
 * its own. An offer is no promise: whoever takes it up is let in, or refused, where it then asks.
 */

import { covers } from '../../auth/caller.ts';
import type { PollRequest } from '../../poll/poll.ts';
import type { Way } from '../../protocol/doorbell.ts';

/** What this process can offer. */
export interface Offer {
  /** Names, `prefix.*` or `*`, whose shared polls are served here. */
  readonly shared: readonly string[];
  /** Whether readers wait on mailboxes of their own, and nothing here holds their polls. */
  readonly direct: boolean;
}

/** What stands before Doorbell says that it holds shared polls itself. Without it such a poll is one like any other. */
const HOLDS_SHARED = 'shared';

/**
 * The cheapest first; none for a poll that waits, or that wants some of the events only: nobody else is asked for those. `front`: the header
 * `Doorbell-Front`, as it came.
 */
export function offered(
  { shared, direct }: Offer,
  { cursors, waitMs, narrow }: PollRequest,
  front: string | undefined,
): readonly Way[] {
  if (waitMs > 0 || narrow) return [];
  const [only, ...others] = cursors;
  const isShared =
    front === HOLDS_SHARED && only !== undefined && others.length === 0 && covers(shared, only.channel);
  return [...(isShared ? (['shared'] as const) : []), ...(direct ? (['direct'] as const) : [])];
}
