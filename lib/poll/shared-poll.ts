/**
 * The poll whose answer may be given to any later asker of the same address: what comes after a number in a life is the same for everybody, and what
 * has come never changes. So a cache may keep it, and one that joins equal requests holds one poll for all its readers. Nothing of the caller is
 * in the answer, and no cursor is kept.
 */

import { type Caller, requireShare } from '../auth/caller.ts';
import { LIMITS, type PollAnswer, type SharedAnswer } from '../protocol/doorbell.ts';
import { type PollPorts, poll } from './poll.ts';
import { leftOfSlot, nextSlot } from './slots.ts';
import type { DisconnectSignal } from './wait.ts';

export interface SharedRequest {
  readonly channel: string;
  /** Absent: where the channel is now is answered at once. */
  readonly maxvid?: number;
  readonly epoch?: string;
  /** In which slot the reader waits. Absent: it does not. */
  readonly slot?: number;
}

/** Seconds that a cache may keep an answer with events: long enough for those who come a little later, and no longer than anybody would notice. */
export const EVENTS_S = 60;
/** And one without: for those who were joined too late. */
export const EMPTY_S = 1;

/** The answer, and for how many seconds a cache may give it to others. Throws as `poll`; `forbidden` also for a channel that is not shared. */
export async function sharedPoll(
  ports: PollPorts,
  caller: Caller,
  request: SharedRequest,
  signal?: DisconnectSignal,
): Promise<{ readonly answer: SharedAnswer; readonly maxAgeS: number }> {
  const { channel, slot, ...seen } = request;
  requireShare(caller, channel);
  const waitMs = slot === undefined ? 0 : leftOfSlot(slot, ports.clock.now());
  const asked = { cursors: [{ channel, ...seen }], waitMs, limit: LIMITS.defaultLimit };
  const [answer] = await poll(ports, { ...caller, read: [channel] }, asked, signal);
  if (!answer) throw new Error('a poll of one channel was not answered');
  const isEmpty = !movesOn(request, answer);
  const next = nextSlot(slot, isEmpty, ports.clock.now());
  return { answer: { ...answer, slot: next }, maxAgeS: isEmpty ? EMPTY_S : EVENTS_S };
}

/** Whether the reader comes to another place by it: then its next address is another one, whatever the slot. */
function movesOn({ maxvid }: SharedRequest, answer: PollAnswer): boolean {
  return maxvid !== undefined && answer.maxvid > maxvid;
}
