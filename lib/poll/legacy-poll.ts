/**
 * The poll for a page that knows `maxvid` and nothing else: no epoch, no `missed`, no reset. One event at a time, as one flat record. Where
 * other readers are told that they must start over, this one is started over: it could not do so itself, and would stand still for good.
 */

import type { Caller } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import type { Event, PollAnswer } from '../protocol/doorbell.ts';
import { type PollPorts, poll } from './poll.ts';
import type { DisconnectSignal } from './wait.ts';

export interface LegacyPollRequest {
  readonly channel: string;
  readonly maxvid: number;
  /** How long to wait for an event, 0..20,000 ms. */
  readonly waitMs: number;
}

/**
 * The first kept event after `maxvid`; undefined when the wait ends or the client is known to be gone. A `maxvid` that was never given out
 * counts as 0: the oldest kept event comes next. May be repeated with the same `maxvid`. Throws `forbidden` and `unavailable`.
 */
export async function nextEvent(
  ports: PollPorts,
  caller: Caller,
  { channel, maxvid, waitMs }: LegacyPollRequest,
  signal?: DisconnectSignal,
): Promise<Event | undefined> {
  const deadline = ports.clock.elapsed() + waitMs;
  for (let after = maxvid; ; ) {
    const leftMs = Math.max(0, deadline - ports.clock.elapsed());
    const answer = await pollOne(ports, caller, { channel, maxvid: after, waitMs: leftMs }, signal);
    const [event] = answer?.events ?? [];
    if (event) return event;
    const next = answer?.maxvid ?? 0;
    // All that lay between has expired. An empty answer at once would make the page ask the same again, over and over.
    if (next === after) return undefined;
    after = next;
  }
}

/** Undefined when the channel does not go on from that place. */
async function pollOne(
  ports: PollPorts,
  caller: Caller,
  { channel, maxvid, waitMs }: LegacyPollRequest,
  signal?: DisconnectSignal,
): Promise<PollAnswer | undefined> {
  const request = { cursors: [{ channel, maxvid }], waitMs, limit: 1 };
  try {
    const [answer] = await poll(ports, caller, request, signal);
    return answer;
  } catch (error) {
    if (error instanceof PushError && error.code === 'reset') return undefined;
    throw error;
  }
}

/** The event as the legacy page's record: its data, flat, beside its vid. Data that is no object stands under `data`; a `vid` in it gives way. */
export function recordOf({ vid, data }: Event): Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return { vid, data };
  const { vid: _own, ...others } = data as Record<string, unknown>;
  return { vid, ...others };
}
