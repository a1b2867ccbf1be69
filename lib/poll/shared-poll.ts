/**
 * The poll whose answer may be given to any later asker of the same address: what comes after a number in a life is the same for everybody, and what
 * has come never changes. So a cache may keep it, and one that joins equal requests holds one poll for all its readers. Nothing of the caller is
 * in the answer, and no cursor is kept.
 */

import { type Caller, requireShare } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
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
  /** How long a slot is, in seconds: more than 20. Absent: 20. */
  readonly hold?: number;
}

export interface SharedOptions {
  readonly signal?: DisconnectSignal | undefined;
  /** For how many seconds a poll may be held here. Default 20. */
  readonly longestS?: number | undefined;
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
  { signal, longestS = LIMITS.waitSeconds }: SharedOptions = {},
): Promise<{ readonly answer: SharedAnswer; readonly maxAgeS: number }> {
  const { channel, slot, hold = LIMITS.waitSeconds, ...seen } = request;
  requireShare(caller, channel);
  requireHold(hold, longestS);
  const slotMs = hold * 1_000;
  const waitMs = slot === undefined ? 0 : leftOfSlot(slot, ports.clock.now(), slotMs);
  const asked = { cursors: [{ channel, ...seen }], waitMs, limit: LIMITS.defaultLimit };
  const [answer] = await poll(ports, { ...caller, read: [channel] }, asked, signal);
  if (!answer) throw new Error('a poll of one channel was not answered');
  const isEmpty = !movesOn(request, answer);
  const next = nextSlot(slot, isEmpty, ports.clock.now(), slotMs);
  const offered = longestS > LIMITS.waitSeconds ? { hold: longestS } : {};
  return { answer: { ...answer, slot: next, ...offered }, maxAgeS: isEmpty ? EMPTY_S : EVENTS_S };
}

/** What stands between may cut a longer one, and its reader then sends none. */
function requireHold(hold: number, longestS: number): void {
  if (hold <= longestS) return;
  const most = longestS > LIMITS.waitSeconds ? `at most ${longestS}` : 'absent';
  throw new PushError('bad-parameter', `hold must be ${most} here, got ${hold}.`, { field: 'hold' });
}

/** Whether the reader comes to another place by it: then its next address is another one, whatever the slot. */
function movesOn({ maxvid }: SharedRequest, answer: PollAnswer): boolean {
  return maxvid !== undefined && answer.maxvid > maxvid;
}
