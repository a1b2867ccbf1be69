/**
 * Follows a channel: an async iterable that gives every event once, in order, across lost connections, restarts
 * of the server and renumbered channels. It polls only as fast as it is read: events that were taken from it are
 * acknowledged by its next poll, so a reader that dies half-way gets the rest again. It keeps everything in memory.
 */
import { CLIENT_PATTERN, type Event, LIMITS } from '../lib/protocol.ts';
import { eventsPath } from './channel.ts';
import { DoorbellError } from './errors.ts';
import { poll } from './poll.ts';
import type { Connection } from './request.ts';
import { sleep as realSleep } from './sleep.ts';
import { decide, type From, type Notice, startAt, waitSeconds } from './state.ts';

/** The connection, as far as the client can know it. */
export type Status =
  /** A first poll, or one after a failure, is on its way. `attempt`: 1 for the first, then one more each time. */
  | { readonly state: 'connecting'; readonly attempt: number }
  /** The last poll was answered, and another is held by the server. */
  | { readonly state: 'live' }
  /** `retryAt`: milliseconds since the Unix epoch. */
  | { readonly state: 'waiting to retry'; readonly reason: DoorbellError; readonly retryAt: number }
  /** For good. Without a reason: the reader stopped, or aborted. */
  | { readonly state: 'stopped'; readonly reason?: DoorbellError };

export interface SubscribeOptions extends Connection {
  /** Where to begin. Default 'now'. */
  readonly from?: From;
  /** Keeps this reader's place on the server under this name: `from: 'now'` then goes on where it left off. Default: none. */
  readonly client?: string;
  /** Seconds that the server may hold a poll, 1..20. Default 20: the fewest requests. */
  readonly wait?: number;
  /** Called at every change of the connection. What it throws ends the subscription. */
  readonly onStatus?: (status: Status) => void;
  /** Called before the events that follow the notice. What it throws ends the subscription. */
  readonly onNotice?: (notice: Notice) => void;
  /** Ends early, without throwing, when the signal aborts. Default: a timer. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * The events of a channel, from `from` on. Nothing is sent before the first event is asked for. The iteration
 * ends when `signal` aborts, and throws a DoorbellError that is not `retryable` when the server refuses it for good.
 * Throws `bad-request` at once for a channel or an option that cannot be. It may be iterated once.
 */
export function subscribe(channel: string, options: SubscribeOptions = {}): AsyncIterableIterator<Event> {
  eventsPath(channel);
  refuse(options);
  return follow(channel, options);
}

async function* follow(channel: string, options: SubscribeOptions): AsyncGenerator<Event, void, void> {
  const { onStatus, onNotice, signal, sleep = realSleep, random = Math.random, now = Date.now } = options;
  const aborted = () => signal?.aborted === true;
  const say = changesOnly(onStatus);
  let position = startAt(options.from ?? 'now', options.client ?? null);
  let reason: DoorbellError | undefined;
  try {
    while (!aborted()) {
      say(position.live ? { state: 'live' } : { state: 'connecting', attempt: position.failures + 1 });
      const wait = waitSeconds(position, options.wait ?? LIMITS.waitSeconds);
      const outcome = await poll(channel, position, wait, options);
      const step = decide(position, outcome, wait, random);
      position = step.position;
      if (position.live) say({ state: 'live' });
      for (const notice of step.notices) onNotice?.(notice);
      for (const event of step.events) {
        yield event;
        // Whoever aborted does not expect one more.
        if (aborted()) return;
      }
      const { next } = step;
      if (next.kind === 'stop') {
        reason = next.error;
        throw reason;
      }
      if (next.kind === 'wait') {
        say({ state: 'waiting to retry', reason: next.error, retryAt: now() + next.ms });
      }
      if (next.kind !== 'poll') await sleep(next.ms, signal);
    }
  } catch (error) {
    // An abort that cut a poll short is an end, not an error.
    if (!aborted()) throw error;
  } finally {
    say(reason === undefined ? { state: 'stopped' } : { state: 'stopped', reason });
  }
}

/** Passes a status on unless it is the `live` that was said last: every answered poll comes by here. */
function changesOnly(onStatus: SubscribeOptions['onStatus']): (status: Status) => void {
  let last: Status['state'] | undefined;
  return (status) => {
    if (status.state === 'live' && last === 'live') return;
    last = status.state;
    onStatus?.(status);
  };
}

function refuse(options: SubscribeOptions): void {
  const { from, client, wait } = options;
  if (typeof from === 'number' && !(Number.isSafeInteger(from) && from >= 0)) {
    throw new DoorbellError('bad-request', "from must be 'start', 'now' or a vid, 0 or more.");
  }
  if (client !== undefined && !CLIENT_PATTERN.test(client)) {
    throw new DoorbellError('bad-request', 'client must be 1 to 64 letters, digits and _ . -');
  }
  // 0 would not be held at all, and so be asked again and again without a pause.
  if (wait !== undefined && !(Number.isInteger(wait) && wait >= 1 && wait <= LIMITS.waitSeconds)) {
    throw new DoorbellError('bad-request', `wait must be 1 to ${LIMITS.waitSeconds} whole seconds.`);
  }
}
