/** Following a stream over one connection: one answer after the other, as they come. */

import type { Caller } from '../auth/caller.ts';
import type { DisconnectSignal } from '../poll/wait.ts';
import { instantOf, msSince } from '../runtime/instant.ts';
import { nextAnswer, type PlacedReader } from './long-poll.ts';
import type { StreamReadPorts } from './ports.ts';
import type { StreamAnswer } from './read.ts';
import { touch } from './touch.ts';

export interface FollowOptions {
  /** How long, in ms: a client comes again then. */
  readonly forMs: number;
  /** Longest wait between two answers, in ms; what is empty shows that the connection lives. */
  readonly turnMs: number;
}

/**
 * What comes after the place: the first answer at once, perhaps empty; later ones are empty where nothing came for a turn. Ends when the stream is
 * closed, when its time is over, when the client is gone, its token ends, or this process closes. Throws as `nextAnswer`, and as `mayGoOn`,
 * which is asked before each answer but the first.
 */
export async function* followStream(
  ports: StreamReadPorts,
  caller: Caller,
  reader: PlacedReader,
  { forMs, turnMs }: FollowOptions,
  signal: DisconnectSignal,
  mayGoOn: () => Promise<void>,
): AsyncGenerator<StreamAnswer, void> {
  const { untilMs = Number.POSITIVE_INFINITY } = caller;
  const begun = instantOf(ports.clock);
  const forAtMost = Math.min(forMs, untilMs - begun.wall);
  let at = reader;
  let waitMs = 0;
  for (;;) {
    const answer = await nextAnswer(ports, caller, at, waitMs, signal);
    if (signal.aborted) return;
    yield answer;
    if (answer.isClosed || ports.held.closed || signal.aborted) return;
    at = { stream: answer.stream, after: answer.page.next, place: answer.page.next };
    waitMs = Math.min(turnMs, forAtMost - msSince(ports.clock, begun));
    if (waitMs <= 0) return;
    await mayGoOn();
    await touch(ports, answer.stream);
  }
}
