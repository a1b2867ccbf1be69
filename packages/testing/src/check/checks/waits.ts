/**
 * How long readers waited. A doorbell may be lost, so an event may be as late as the sleep that it should have ended, and no later. Time
 * counts for an event while its reader has a poll under way from the place just before it and the event is acknowledged. A poll that
 * failed starts the count anew, because the reader could not wait then; so does one whose answer the reader threw away. Time in which this
 * process may only have been too late to see an answer does not count (`standstills.ts`). Pure.
 */

import { slackMs } from '../bound.ts';
import type { Standing } from './publishes.ts';
import { type Span, type Standstill, surely } from './standstills.ts';
import { acknowledged, type Polling, type Publishing, type Trace, visits } from './trace.ts';
import { type Violation, violation } from './violation.ts';

/** Timers tick in whole ms on either side, and the clocks of two machines differ in speed by little. */
const TICK_MS = 50;

/** What a lost bell may cost a reader who waits directly: the life of its ticket (PROTOCOL.md, section 3.7). */
const TICKET_MS = 100_000;

/** A cache may give an empty answer for a second, and counts whole ones. */
const SHARED_MS = 2_000;

export interface Waits {
  readonly violations: readonly Violation[];
  /** How often a reader got an event that it had not had before. */
  readonly news: number;
  /** Of those, where the reader was waiting already: ms from the acknowledgement to the delivery, 0 where that came first. */
  readonly live: readonly number[];
  /** The same of readers who waited directly. */
  readonly rung: readonly number[];
  /** The longest that any reader has waited, over all its polls, for the next event. */
  readonly longest: number;
  /** Polls that were seen to end too late, where this process stood still: it may have been that. */
  readonly forgiven: number;
}

export function checkWaits(
  { pollings }: Trace,
  placed: ReadonlyMap<Publishing, Standing>,
  boundMs: number,
  stood: readonly Standstill[],
): Waits {
  const acknowledgedAt = acknowledgements(placed);
  const counts = new Map<string, Count>();
  const violations: Violation[] = [];
  const live: number[] = [];
  const rung: number[] = [];
  let [news, longest, forgiven] = [0, 0, 0];
  for (const polling of pollings) {
    const span = spanOf(polling, stood);
    const duration = checkDuration(polling, span, slackMs(boundMs));
    violations.push(...duration);
    if (duration.length === 0 && isOverdue(polling, seenMs(polling), slackMs(boundMs))) forgiven++;
    for (const stay of stays(polling)) {
      const key = `${polling.poll.reader} ${stay.channel}`;
      const count = counts.get(key) ?? { next: 0, ms: 0, reach: 0, graceMs: 0 };
      counts.set(key, count);
      const acks = acknowledgedAt.get(stay.channel) ?? new Map<number, number>();
      violations.push(...wait(count, stay, { ...polling, span }, acks, boundMs));
      longest = Math.max(longest, count.ms);
      const fresh = stay.vids.filter((vid) => vid > count.reach);
      news += fresh.length;
      (polling.poll.direct ? rung : live).push(...liveDeliveries(fresh, polling, acks));
      count.reach = Math.max(count.reach, ...stay.vids);
    }
  }
  return { violations, news, live, rung, longest, forgiven };
}

/** How long one reader has waited for event `next` of one channel, and how much longer than others it may; `reach` is the highest that it has had. */
interface Count {
  next: number;
  ms: number;
  graceMs: number;
  reach: number;
}

/** One poll's stay on one channel, from a known place. */
interface Stay {
  readonly channel: string;
  readonly after: number;
  readonly vids: readonly number[];
  /** The channel was answered, without events. */
  readonly empty: boolean;
}

function stays(polling: Polling): readonly Stay[] {
  const brought = visits(polling);
  return polling.poll.places.flatMap(({ channel, maxvid }) => {
    const visit = brought.find(({ answer }) => answer.channel === channel);
    const after = maxvid ?? visit?.after;
    if (after === undefined) return [];
    const vids = visit?.answer.events.map(({ vid }) => vid) ?? [];
    return { channel, after, vids, empty: visit !== undefined && vids.length === 0 };
  });
}

function wait(
  count: Count,
  { channel, after, vids, empty }: Stay,
  { poll, end, span }: Polling & { readonly span: Span },
  acks: ReadonlyMap<number, number>,
  boundMs: number,
): Violation[] {
  if (count.next !== after + 1) Object.assign(count, { next: after + 1, ms: 0, graceMs: 0 });
  if (poll.direct) count.graceMs = TICKET_MS;
  if (!end || end.kind === 'fault' || (end.kind === 'cut' && end.why === 'failed')) {
    count.ms = 0;
    return [];
  }
  const acknowledgedAt = acks.get(count.next);
  if (acknowledgedAt === undefined) return [];
  count.ms += Math.max(0, span.to - Math.max(span.from, acknowledgedAt));
  const name = `${poll.reader} on ${channel}, event ${count.next}`;
  const found: Violation[] = [];
  if (count.ms > boundMs + count.graceMs)
    found.push(violation('late', `${name}: waited ${count.ms.toFixed(0)} ms`, poll.op));
  if (end.kind === 'cut' && end.why === 'half read') count.ms = 0;
  if (
    vids.length === 0 &&
    empty &&
    poll.waitMs === 0 &&
    acknowledgedAt < poll.at - (poll.shared ? SHARED_MS : 0)
  ) {
    const before = (poll.at - acknowledgedAt).toFixed(0);
    found.push(violation('stale', `${name}: acknowledged ${before} ms before`, poll.op));
  }
  return found;
}

function liveDeliveries(
  vids: readonly number[],
  { poll, end }: Polling,
  acks: ReadonlyMap<number, number>,
): readonly number[] {
  return vids.flatMap((vid) => {
    const acknowledgedAt = acks.get(vid);
    if (!end || acknowledgedAt === undefined || acknowledgedAt < poll.at) return [];
    return Math.max(0, end.at - acknowledgedAt);
  });
}

function spanOf({ poll, end }: Polling, stood: readonly Standstill[]): Span {
  return end ? surely(stood, poll.at, end.at) : { from: poll.at, to: poll.at };
}

/** As this process saw it. */
function seenMs({ poll, end }: Polling): number {
  return end ? end.at - poll.at : 0;
}

function isOverdue({ poll }: Polling, ms: number, slack: number): boolean {
  return ms > poll.waitMs + slack;
}

function checkDuration(polling: Polling, span: Span, slack: number): Violation[] {
  const { poll, end } = polling;
  if (!end) return [];
  const ms = seenMs(polling);
  const took = `${poll.reader}: a poll with a wait of ${poll.waitMs} ms ended after ${ms.toFixed(0)} ms`;
  if (isOverdue(polling, span.to - span.from, slack)) return [violation('overdue', took, poll.op)];
  if (end.kind !== 'answered' || poll.shared || poll.direct || ms >= poll.waitMs - TICK_MS) return [];
  const reasons = end.answers.some(({ events, superseded }) => events.length > 0 || superseded);
  return reasons ? [] : [violation('hurried', took, poll.op)];
}

/** Per channel, per vid: when it was acknowledged. */
export function acknowledgements(
  placed: ReadonlyMap<Publishing, Standing>,
): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const all = new Map<string, Map<number, number>>();
  for (const [publishing, standing] of placed) {
    const { publish, end } = publishing;
    if (!end) continue;
    const acks = all.get(publish.channel) ?? new Map<number, number>();
    all.set(publish.channel, acks);
    for (const [vid] of standing.slice(0, acknowledged(publishing)))
      if (vid !== undefined) acks.set(vid, end.at);
  }
  return all;
}
