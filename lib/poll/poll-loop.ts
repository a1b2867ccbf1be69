/** One poll after the other, for a reader whose connection can carry many answers. */

import type { Caller } from '../auth/caller.ts';
import type { PollAnswer } from '../protocol/doorbell.ts';
import { instantOf, msSince } from '../runtime/instant.ts';
import { type PollPorts, type PollRequest, poll } from './poll.ts';
import type { DisconnectSignal } from './wait.ts';

/**
 * The answers to a reader of one channel who takes each up before the next is asked for. The first comes at once, perhaps empty; later ones are empty where
 * a wait ended without an event. Ends when the client is gone, when its token ends, when a newer poll of the client has come, and when this process
 * closes. Throws as `poll`; and as `mayGoOn`, which is asked before each poll but the first: keys may be withdrawn while a stream goes on.
 */
export async function* follow(
  ports: PollPorts,
  caller: Caller,
  request: PollRequest,
  signal: DisconnectSignal,
  mayGoOn: () => Promise<void>,
): AsyncGenerator<PollAnswer, void> {
  const { untilMs = Number.POSITIVE_INFINITY } = caller;
  const begun = instantOf(ports.clock);
  let { cursors } = request;
  let waitMs = 0;
  for (;;) {
    const [answer] = await poll(ports, caller, { ...request, cursors, waitMs }, signal);
    if (!answer || signal.aborted) return;
    yield answer;
    const { channel, maxvid, epoch } = answer;
    if (answer.superseded || ports.held.closed || signal.aborted) return;
    cursors = [{ channel, maxvid, ...(epoch === null ? {} : { epoch }) }];
    waitMs = Math.min(request.waitMs, untilMs - begun.wall - msSince(ports.clock, begun));
    if (waitMs <= 0) return;
    await mayGoOn();
  }
}
