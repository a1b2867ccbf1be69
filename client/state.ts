/**
 * The subscriber's decisions, without any I/O: given where it stands and what a poll came to, where it stands
 * then, what its user gets, and what to do next. Time and chance are arguments, so each rule is one unit test.
 *
 *                    answer                          answer (events or an empty end of the wait)
 *     connecting ─────────────► live ─────────────────────────────────────────┐
 *      ▲   │ failure             │ failure     ▲                               │
 *      │   ▼                     ▼             └───────────────────────────────┘
 *     waiting to retry ◄─────────┘             409: from 0 of the new life; then as before
 *      any state: refused for good, or aborted ─► stopped
 */
import type { Event, PollAnswer } from '../lib/protocol.ts';
import { backoffMs } from './backoff.ts';
import { DoorbellError } from './errors.ts';
import { makeId } from './ids.ts';

/** Where a subscriber stands. `maxvid` null: it has not been told yet where "now" is. */
export interface Position {
  readonly maxvid: number | null;
  readonly epoch: string | null;
  /** The reader's id, when it keeps a cursor on the server. */
  readonly client: string | null;
  /** Whether the last poll was answered; then the next one is held. */
  readonly live: boolean;
  /** Polls that failed, and resets, since the last answer. */
  readonly failures: number;
  readonly resets: number;
  /** Held polls in a row that were sent away at once with nothing. */
  readonly hurried: number;
}

/** What one poll came to. `tookMs` is the time from the request to the end of its answer. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: PollAnswer; readonly tookMs: number }
  | { readonly kind: 'failure'; readonly error: DoorbellError };

/** Something besides events that the user must know. It happened before the events that follow it. */
export type Notice =
  /** The numbering began anew, or the channel is behind the reader: events come again from the oldest kept. */
  | { readonly kind: 'reset'; readonly detail: string; readonly epoch: string | null }
  /** So many events after `after` are no longer kept. */
  | { readonly kind: 'missed'; readonly count: number; readonly after: number }
  /** Another reader uses the same client id; from now on this one is called `client`. */
  | { readonly kind: 'renamed'; readonly client: string };

/** What to do next. `wait` is after a failure; `pause` is between two polls that were answered. */
export type Next =
  | { readonly kind: 'poll' }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'wait'; readonly ms: number; readonly error: DoorbellError }
  | { readonly kind: 'stop'; readonly error: DoorbellError };

export interface Step {
  readonly position: Position;
  readonly notices: readonly Notice[];
  /** Ascending vid, none of them given before in this life of the channel. */
  readonly events: readonly Event[];
  readonly next: Next;
}

/** `start`: from the oldest kept event. `now`: from this client's cursor, or else the next event. A number: after that vid. */
export type From = 'start' | 'now' | number;

/** A held poll that ends sooner than this with nothing was not held. */
const HURRIED_MS = 1_000;
/** So many in a row are taken for an accident: a server that is being stopped ends its polls early, once. */
const HURRIED_ALLOWED = 2;

/** Where a subscriber stands before its first poll. */
export function startAt(from: From, client: string | null): Position {
  const maxvid = from === 'start' ? 0 : from === 'now' ? null : from;
  return { maxvid, epoch: null, client, live: false, failures: 0, resets: 0, hurried: 0 };
}

/**
 * Seconds that the next poll may be held. Not at all while the connection is in doubt: a held poll says nothing
 * until it ends, an unheld one shows within a round trip that the server is there (and where "now" is).
 */
export function waitSeconds(position: Position, longest: number): number {
  return position.live ? longest : 0;
}

/** The decision after each poll. `held` is the wait, in seconds, that it asked for. */
export function decide(position: Position, outcome: Outcome, held: number, random: () => number): Step {
  if (outcome.kind === 'failure') return afterFailure(position, outcome.error, random);
  const { answer, tookMs } = outcome;
  if (position.epoch !== null && answer.epoch !== null && answer.epoch !== position.epoch) {
    // The server should have said 409. Its events lie after the old life's maxvid, so some may be left out.
    const problem = {
      type: 'about:blank',
      title: 'reset',
      status: 409,
      detail: 'The channel has a new epoch.',
    };
    const error = new DoorbellError('reset', problem.detail, {
      problem: { ...problem, epoch: answer.epoch },
    });
    return startOver(position, error, random);
  }
  return afterAnswer(position, answer, held > 0 && tookMs < HURRIED_MS, random);
}

function afterAnswer(position: Position, answer: PollAnswer, early: boolean, random: () => number): Step {
  const after = position.maxvid ?? 0;
  const events = answer.events.filter((event) => event.vid > after);
  const notices: Notice[] = [];
  if (answer.missed > 0) notices.push({ kind: 'missed', count: answer.missed, after });

  let client = position.client;
  if (answer.superseded === true && client !== null) {
    client = makeId(random);
    notices.push({ kind: 'renamed', client });
  }
  // A server (or something before it) that does not hold polls would be asked without end, and each ask is paid for.
  const hurried = early && events.length === 0 ? position.hurried + 1 : 0;
  const excess = hurried - HURRIED_ALLOWED;
  return {
    position: {
      maxvid: Math.max(after, answer.maxvid),
      epoch: answer.epoch ?? position.epoch,
      client,
      live: true,
      failures: 0,
      resets: 0,
      hurried,
    },
    notices,
    events,
    next: excess > 0 ? { kind: 'pause', ms: backoffMs(excess, random) } : { kind: 'poll' },
  };
}

function afterFailure(position: Position, error: DoorbellError, random: () => number): Step {
  if (error.code === 'reset') return startOver(position, error, random);
  if (!error.retryable) {
    return { position: { ...position, live: false }, notices: [], events: [], next: { kind: 'stop', error } };
  }
  const failures = position.failures + 1;
  return {
    position: { ...position, live: false, failures, hurried: 0 },
    notices: [],
    events: [],
    next: { kind: 'wait', ms: backoffMs(failures, random, error.retryAfterMs), error },
  };
}

/** The first reset is followed at once; a second one before any answer may be a loop, and is waited out like a failure. */
function startOver(position: Position, error: DoorbellError, random: () => number): Step {
  const epoch = error.problem?.epoch ?? null;
  const resets = position.resets + 1;
  return {
    position: { ...position, maxvid: 0, epoch, live: false, resets, hurried: 0 },
    notices: resets > 1 ? [] : [{ kind: 'reset', detail: error.message, epoch }],
    events: [],
    next:
      resets > 1
        ? { kind: 'wait', ms: backoffMs(resets - 1, random, error.retryAfterMs), error }
        : { kind: 'poll' },
  };
}
