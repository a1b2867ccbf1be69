/**
 * Runs the state machine of state.ts: makes the polls and the pauses that its states stand for, and tells what came of them. It asks for
 * what its owner wants at that moment, and keeps no position of its own.
 */
import type { MultiPollAnswer, PollAnswer, Problem } from '../../../lib/protocol/doorbell.ts';
import { backoffMs } from './backoff.ts';
import type { DoorbellError } from './errors.ts';
import { platformOf, type Timer } from './platform.ts';
import { type Position, print, take } from './position.ts';
import { type Connection, request } from './request.ts';
import { type Input, type State, TABLE } from './state.ts';

/**
 * Why a poll failed: a DoorbellError's members. It may have happened in another tab, which an Error cannot leave whole: then there is no
 * `cause`.
 */
export type Failure = Pick<
  DoorbellError,
  'code' | 'message' | 'retryable' | 'status' | 'problem' | 'retryAfterMs' | 'cause'
>;

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
/*
 * An answer that brings events, or that took its time, may be followed by another poll at once. All others count: a server that sends held
 * polls away, two servers that alternate, a proxy that answers nonsense. A few of them are an accident (ten channels that are numbered anew
 * are ten); after more of them each poll waits longer than the one before. So no answer, whatever it says, makes a hot loop.
 */
/** An answer that took so long may bring nothing. */
const HELD_MS = 1_000;
/** So many that bring nothing are free, one for each channel of a poll; then the pauses begin as after the third failure. */
const FREE = 10;
/** One of them is forgotten in this time, so that in the long run there are 6 in a minute. */
const FORGOTTEN_MS = 10_000;

export function startPoller(options: PollOptions, { wanted, answered, renumbered, status }: Owner): Poller {
  const { now, random, setTimeout, clearTimeout } = platformOf(options);
  let { client, wait = LONGEST_WAIT } = options;
  /** Goes the usual way, until another one is offered. */
  let send = request;
  let state: State = 'idle';
  /** Polls that failed since the last answer. */
  let failed = 0;
  /** How many answers brought nothing lately; when the last of them came; how long the next poll is put off because of them. */
  let empty = 0;
  let emptyAt = 0;
  let pauseMs = 0;
  let current = new AbortController();
  let timer: Timer;

  function enter(input: Input, error?: DoorbellError): void {
    const next = TABLE[state][input];
    if (!next) return;
    state = next;
    current.abort();
    clearTimeout(timer as never);
    const mine = new AbortController();
    current = mine;
    if (input === 'answered') failed = 0;
    if (state === 'ready') status({ state: 'live', client });
    if (state === 'probing' || state === 'idle') status({ state: 'connecting', attempt: failed + 1 });
    if (state === 'stopped') status({ state, error });
    if (state === 'waiting' && error) {
      const delayMs = backoffMs(++failed, random, error.retryAfterMs);
      timer = setTimeout(() => enter('due'), delayMs);
      // Its cause is inherited, for it may be anything, and what cannot be cloned can be told to no other tab.
      const failure = { __proto__: error, ...error, message: error.message };
      status({ state, error: failure, retryAt: now() + delayMs });
    }
    // Who was told may have closed it all.
    if (current !== mine || (state !== 'probing' && state !== 'live')) return;
    const go = () => poll(next === 'live');
    // Not by a timer of 0 ms: a page in the background has none that is that fast.
    if (pauseMs) timer = setTimeout(go, pauseMs);
    else go();
  }

  /** After an answer that brought nothing, or none at all. */
  function slowDown(): void {
    // A clock that was set back forgives, and does not silence the reader.
    empty = Math.max(0, empty - Math.abs(now() - emptyAt) / FORGOTTEN_MS) + 1;
    emptyAt = now();
    pauseMs = empty > FREE ? backoffMs(empty - (FREE - 2), random) : 0;
  }

  function poll(held: boolean): void {
    const mine = current;
    pauseMs = 0;
    const all = wanted();
    if (!all[0]) {
      enter('unwanted');
      return;
    }
    // Where "now" is must be known before an event can be waited for, and is told only to a poll that asks for nothing else.
    const unplaced = all.filter(([, { maxvid }]) => maxvid < 0);
    const fresh = !!unplaced[0];
    const waitS = held && !fresh ? Math.max(1, wait) : 0;
    const positions = new Map(fresh ? unplaced : all);
    const cursors = [...positions].map(
      ([channel, position]) => channel + (fresh ? '' : `:${print(position)}`),
    );
    const path = `/v1/events?cursor=${cursors.join('&cursor=')}&wait=${waitS}`;
    const began = now();
    const named = path + (client ? `&client=${client}` : '');
    let news: unknown;
    /** An answer that is none to this poll, as one of another log, would have the poll made again at once, and again. */
    const fits = (answer: PollAnswer) => {
      const position = positions.get(answer.channel);
      const taken = position && take(position, answer, fresh);
      news ||= taken?.events[0];
      if (client && answer.superseded) client = `${random()}`;
      // One that goes back would have the same events come again, as news that nobody takes.
      return taken && answer.maxvid >= taken.after;
    };
    const read = (value: unknown) => {
      const answer = value as MultiPollAnswer | undefined;
      const answers = answer?.channels;
      if (answer?.ways && send === request)
        // What cannot be loaded is done without.
        import('./more.ts').then(
          ({ choose }) => {
            send = choose(request, answer.ways);
          },
          () => {},
        );
      return answers?.[0] && answers.every(fits) && answers;
    };
    send(options, named, read, waitS * 1_000 + GRACE_MS, mine).then(
      (answers) => {
        if (current !== mine) return;
        // A clock that was set during the poll makes it a held one.
        if (!news && Math.abs(now() - began) < HELD_MS) slowDown();
        enter('answered');
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
    slowDown();
    if (code !== 'reset') enter(retryable ? 'failed' : 'ended', error);
    else enter(problem && renumbered(problem) ? 'doubted' : 'failed', error);
  }

  return enter;
}
