/**
 * Runs the state machine of state.ts: makes the polls and the pauses that its states stand for, and tells what came of them. It asks for
 * what its owner wants at that moment, and keeps no position of its own.
 */
import type { PollAnswer, Problem } from '../lib/protocol.ts';
import { readPollAnswers } from './answer.ts';
import type { DoorbellError } from './errors.ts';
import { type Position, print } from './position.ts';
import { type Connection, exchange } from './request.ts';
import { AT_REST, type Input, step } from './state.ts';
import { type Timer, worldOf } from './world.ts';

/** Why a poll failed: a DoorbellError's members. It may have happened in another tab, which an Error cannot leave whole. */
export type Failure = Pick<DoorbellError, 'code' | 'message' | 'status' | 'problem' | 'retryAfterMs'>;

/** The connection, as far as the client can know it. */
export type Status =
  /** A first poll, or one after a failure, is on its way. `attempt`: 1 for the first, then one more each time. */
  | { readonly state: 'connecting'; readonly attempt: number }
  /** The last poll was answered. `client`: the name of this reader on the server, if it has one. */
  | { readonly state: 'live'; readonly client?: string | undefined }
  /** `retryAt`: milliseconds since the Unix epoch. */
  | { readonly state: 'waiting'; readonly error: Failure; readonly retryAt: number }
  /** For good. Without an error: the reader closed it, or aborted. */
  | { readonly state: 'stopped'; readonly error?: DoorbellError | undefined };

export interface PollOptions extends Connection {
  /**
   * Keeps this reader's place on the server under this name: `from: 'now'` then goes on where it left off, and the reader is listed
   * among the channel's clients. Such a reader shares its poll with no other tab. Default: none.
   */
  readonly client?: string | undefined;
  /** Seconds that the server may hold a poll, 1..20 (less is taken for 1). Default 20: the fewest requests. */
  readonly wait?: number | undefined;
}

/** What a poller needs of its owner. */
export interface Owner {
  /** What to ask for now, 1..10 channels with their positions; none when nobody wants anything. */
  wanted(): ReadonlyArray<readonly [channel: string, position: Position]>;
  /** `fresh`: the poll named no vids, so the answers begin at "now". */
  answered(answers: readonly PollAnswer[], fresh: boolean): void;
  /** A channel begins anew. False: it cannot, or it is none of those that are wanted. */
  renumbered(problem: Problem): boolean;
  status(status: Status): void;
}

/** What an owner tells its poller. */
export type Poller = (input: Input) => void;

/** Milliseconds past the wait until a silent poll is given up: room for a cold start. Also twice what a follower grants its leader. */
export const GRACE_MS = 10_000;
/** PROTOCOL.md, section 3. */
export const LONGEST_WAIT = 20;
/** A held poll that ends sooner than this with nothing was not held. */
const HURRIED_MS = 1_000;

export function startPoller(options: PollOptions, { wanted, answered, renumbered, status }: Owner): Poller {
  const { now, random, setTimeout, clearTimeout } = worldOf(options.world);
  const { wait = LONGEST_WAIT } = options;
  let { client } = options;
  let standing = AT_REST;
  let current = new AbortController();
  let timer: Timer;

  function enter(input: Input, error?: DoorbellError): void {
    const next = step(standing, input, random, error?.retryAfterMs);
    if (!next) return;
    standing = next;
    current.abort();
    clearTimeout(timer as never);
    current = new AbortController();
    const { state, failed, delayMs } = next;
    if (state === 'ready') status({ state: 'live', client });
    if (state === 'idle' || state === 'probing') status({ state: 'connecting', attempt: failed + 1 });
    if (state === 'stopped') status({ state, error });
    if (state === 'waiting' && error) {
      status({ state, error: { ...error, message: error.message }, retryAt: now() + delayMs });
    }
    // Who was told may have closed it all.
    if (standing !== next) return;
    if (state === 'probing' || state === 'live') poll(state === 'live');
    if (state === 'waiting' || state === 'resting') {
      timer = setTimeout(() => {
        enter('due');
        enter('wanted');
      }, delayMs);
    }
  }

  function poll(held: boolean): void {
    const mine = current;
    const all = wanted();
    if (!all[0]) {
      enter('unwanted');
      return;
    }
    // Where "now" is must be known before an event can be waited for, and is told only to a poll that asks for nothing else.
    const unplaced = all.filter(([, { maxvid }]) => maxvid < 0);
    const fresh = !!unplaced[0];
    const waitMs = held && !fresh ? Math.max(1, wait) * 1_000 : 0;
    const cursors = (fresh ? unplaced : all).map(
      ([channel, position]) => channel + (fresh ? '' : `:${print(position)}`),
    );
    const path = `/v1/events?cursor=${cursors.join('&cursor=')}&wait=${waitMs / 1_000}`;
    const began = now();
    const named = client ? `${path}&client=${client}` : path;
    exchange(options, named, readPollAnswers, waitMs + GRACE_MS, mine).then(
      (answers) => {
        if (current !== mine) return;
        if (client && answers.some(({ superseded }) => superseded)) client = `${random()}`;
        const nothing = !answers.some(({ events }) => events[0]);
        enter(nothing && now() - began < Math.min(waitMs, HURRIED_MS) ? 'hurried' : 'answered');
        answered(answers, fresh);
        enter('wanted');
      },
      (error: DoorbellError) => {
        if (current === mine) fail(error);
      },
    );
  }

  function fail(error: DoorbellError): void {
    const { code, problem, retryable } = error;
    const reset = code === 'reset';
    if (reset && problem && renumbered(problem)) enter('doubted');
    else enter(retryable || reset ? 'failed' : 'ended', error);
  }

  return enter;
}
