/**
 * How long a request took at least, by a process that stood still now and then. A standstill counts only where it touches an end of the request: then
 * the question may have left when it was over, or the answer may have been there when it began. One in the middle hid nothing from a server that
 * was waiting. Pure.
 *
 *     asked ▓▓▓▓┈┈┈┈┈┈▓▓┈┈┈┈┈┈┈┈▓▓▓▓▓▓ seen
 *           └──┘      └┘        └────┘
 *         counts   does not     counts
 */

import type { Entry } from '../history.ts';
import { LEAST_STANDSTILL_MS, LOOK_MS } from '../standstill.ts';
import { countBefore } from './ascending.ts';

export interface Standstill {
  readonly from: number;
  readonly to: number;
}

export interface Span {
  readonly from: number;
  /** Not before `from`. */
  readonly to: number;
}

/** Between two noted standstills there may be so much that was not noted. */
const GAP_MS = LOOK_MS + LEAST_STANDSTILL_MS;

/** Turns of the event loop that a question needs to leave, and an answer to be read: to connect, TLS, headers, body. Each may stand still. */
const TURNS = 4;

/** Ascending, and apart from each other. */
export function standstills(history: readonly Entry[]): readonly Standstill[] {
  return history.flatMap((entry) =>
    entry.kind === 'stood' ? [{ from: entry.at - entry.ms, to: entry.at }] : [],
  );
}

/** The shortest time between question and answer that what was seen from `from` to `to` allows. */
export function surely(stood: readonly Standstill[], from: number, to: number): Span {
  const first = firstAfter(stood, from);
  const asking = askedIn(stood.slice(first, first + TURNS), from);
  const rest = first + asking.length;
  const last = firstAfter(stood, to, rest) + 1;
  const seeing = seenIn(stood.slice(Math.max(rest, last - TURNS), last), to);
  const left = from + within(asking, from, to);
  return { from: left, to: Math.max(left, to - within(seeing, from, to)) };
}

/** Those, one close after the other, in which a question of `from` may have waited to leave. */
function askedIn(stood: readonly Standstill[], from: number): readonly Standstill[] {
  let reach = from;
  const end = stood.findIndex(({ from: begun, to }) => {
    if (begun > reach + GAP_MS) return true;
    reach = to;
    return false;
  });
  return end < 0 ? stood : stood.slice(0, end);
}

/** Those, one close before the other, in which an answer that was seen at `to` may have waited to be seen. */
function seenIn(stood: readonly Standstill[], to: number): readonly Standstill[] {
  const before = stood.filter(({ from }) => from < to);
  let reach = to;
  const end = before.findLastIndex(({ from, to: over }) => {
    if (over < reach - GAP_MS) return true;
    reach = from;
    return false;
  });
  return before.slice(end + 1);
}

/** How much of them lies between, in ms. */
function within(stood: readonly Standstill[], from: number, to: number): number {
  return stood.reduce((sum, one) => sum + Math.max(0, Math.min(one.to, to) - Math.max(one.from, from)), 0);
}

/** Index of the first that ends after `at`. */
function firstAfter(stood: readonly Standstill[], at: number, least = 0): number {
  return countBefore(stood, ({ to }) => to <= at, least);
}
