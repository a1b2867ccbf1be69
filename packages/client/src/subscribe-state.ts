/**
 * Follows a channel's state: the newest event of each key as a map, and what changes in it. It reads the state's pages and then polls on from the first
 * page's `maxvid`; where something was missed, or the channel was numbered anew, it reads the state again and tells the differences.
 */
import type { Event } from '../../../lib/protocol/doorbell.ts';
import { backoffMs } from './backoff.ts';
import { badRequest } from './bad-request.ts';
import { checkChannel } from './channel.ts';
import { DoorbellError, type Status, subscribe } from './index.ts';
import { KeptState } from './kept-state.ts';
import { type Narrow, narrowFetch, narrowQuery } from './narrow.ts';
import { platformOf } from './platform.ts';
import { checkBase, whenAborted } from './request.ts';
import type { Typed } from './standard-schema.ts';
import { Changes, type StateChange } from './state-changes.ts';
import { pause, readState, type WholeState } from './state-pages.ts';
import type { Store } from './store.ts';
import type { Handler } from './subscription.ts';
import type { GroupOptions } from './tab-messages.ts';
import { TypedView } from './typed-view.ts';

export type { Narrow } from './narrow.ts';
export type { Issue, OnMisfit, Schema } from './standard-schema.ts';
export type { StateChange, StateEntry } from './state-changes.ts';

export interface StateOptions<T = unknown> extends GroupOptions, Narrow, Typed<T> {
  /** At most one change is told in so many milliseconds, with what is newest. Default 0: one for all that came at once. */
  readonly every?: number | undefined;
  /**
   * Keeps the state over reloads, where it is not too large: the kept one is told at once, also without a network, and the polls go on from its place.
   * Default: nowhere.
   */
  readonly store?: Store | undefined;
  /** Closes it. */
  readonly signal?: AbortSignal | undefined;
}

/** What it tells. */
export interface StateEvents<T = unknown> {
  /** First the whole state, also an empty one; then what changed since. */
  change: StateChange<T>;
  /** At every change of the connection. */
  status: Status;
}

export interface StateSubscription<T = unknown> {
  /** The newest event of each key, in no order: it changes in place. Empty until the first `change`. */
  readonly entries: StateChange<T>['entries'];
  readonly status: Status;
  /**
   * Calls the handler from now on, until the function that it gives back is called. The first handler of `change` begins it. The next change waits for the
   * promise of the one before, and has all that came meanwhile. What a handler throws ends it.
   */
  on<K extends keyof StateEvents<T>>(type: K, handler: Handler<StateEvents<T>[K]>): () => void;
  close(): void;
}

/** The longest time between two changes that may be asked for: an hour. */
const LONGEST_EVERY_MS = 3_600_000;
/** A state that is read again within this time counts; after the second one each is put off for longer. */
const CALM_MS = 60_000;

/**
 * Follows the state of one channel, or of some keys of it. Nothing is sent before somebody listens for `change`. Throws `bad-request` at once for what
 * cannot be asked for. A channel without an event has an empty state. With a `schema`, a key whose newest event does not fit is not in the state.
 */
export function subscribeState<T = unknown>(
  channel: string,
  options: StateOptions<T> = {},
): StateSubscription<T> {
  const { signal, every = 0, key, prefix, store, schema, onMisfit, ...connection } = options;
  const query = narrowQuery({ key, prefix });
  checkChannel(channel);
  checkBase(connection);
  if (!(every >= 0 && every <= LONGEST_EVERY_MS))
    throw badRequest(`every: 0 to ${LONGEST_EVERY_MS} milliseconds.`);
  const platform = platformOf(connection);
  const { fetch, now, random } = platform;
  const handlers = new Set<readonly [keyof StateEvents<T>, Handler<never>]>();
  const life = new AbortController();
  const view = schema && new TypedView(channel, { schema, onMisfit });
  const changes = new Changes<T>(
    platform,
    every,
    async (change) => {
      const told = view ? await view.of(change) : change;
      if (told) await tell('change', told);
    },
    fail,
  );
  // Not the name of a channel: `subscribe` keeps its positions under those.
  const name = `state:${channel}?${query}`;
  const kept = store && new KeptState(store, name, platform, changes.entries, life.signal);
  let status: Status = { state: 'connecting', attempt: 1 };
  let begun = false;

  async function tell(type: keyof StateEvents<T>, detail: unknown): Promise<void> {
    await Promise.all(
      [...handlers].map(async ([wanted, handler]) => wanted === type && handler(detail as never)),
    );
  }

  function say(next: Status): void {
    if (life.signal.aborted || JSON.stringify(status) === JSON.stringify(next)) return;
    status = next;
    if (next.state === 'stopped') {
      changes.stop();
      life.abort();
    }
    tell('status', next).catch(fail);
  }

  function fail(cause: unknown): void {
    const error = new DoorbellError('handler', `Handler threw: ${cause}`, false, { cause });
    say({ state: 'stopped', error });
  }

  async function run(): Promise<void> {
    let restarts = 0;
    let readAt = now();
    let known = await kept?.load();
    for (let missed = false; !life.signal.aborted; ) {
      const whole = known ?? (await readState(connection, channel, query, life.signal, say));
      known = undefined;
      if (!whole) return;
      // A channel that has lost events exists: then it is the server that has no states.
      if (whole.absent && missed) return say({ state: 'stopped', error: whole.absent });
      changes.replace(whole.entries);
      kept?.reached(whole.position);
      missed = (await goOn(whole)) === 'missed';
      restarts = Math.abs(now() - readAt) < CALM_MS ? restarts + 1 : 0;
      if (restarts > 1) await pause(connection, backoffMs(restarts - 1, random), life.signal);
      readAt = now();
    }
  }

  /** Resolves when the state must be read again, and why; never when it is stopped. */
  function goOn({ position }: WholeState): Promise<'missed' | 'reset'> {
    return new Promise((resolve) => {
      let over = false;
      const end = (why: 'missed' | 'reset') => {
        over = true;
        subscription.close();
        resolve(why);
      };
      const narrow = narrowFetch(fetch, query);
      const subscription = subscribe(channel, {
        ...connection,
        platform: { ...connection.platform, fetch: narrow.fetch },
        // Others would miss what a narrow poll does not ask for.
        ...(query && { share: false }),
        from: 'start',
        store: {
          get: () => position,
          set: (_, reached) => !over && kept?.reached(reached),
        },
        signal: life.signal,
      });
      subscription.on('missed', ({ after }) => {
        if (!narrow.hasPassed(after)) end('missed');
      });
      subscription.on('reset', () => end('reset'));
      subscription.on('status', (next) => {
        if (!over && (next.state !== 'stopped' || next.error)) say(next);
      });
      subscription.on('event', (event) => {
        if (!over) changes.take(event as Event);
      });
    });
  }

  whenAborted(signal, () => say({ state: 'stopped' }), life);
  return {
    get status() {
      return status;
    },
    get entries() {
      return (view ?? changes).entries;
    },
    on(type, handler) {
      const entry = [type, handler] as const;
      handlers.add(entry);
      if (type === 'change' && !begun) {
        begun = true;
        run().catch(fail);
      }
      return () => void handlers.delete(entry);
    },
    close: () => say({ state: 'stopped' }),
  };
}
