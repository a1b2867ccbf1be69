/**
 * A channel's state in React: a hook that holds the newest event of each key. Options may be written in place, as new objects and functions at every
 * rendering: what is followed is compared by value, and of all else the newest is used.
 */
import { useEffect, useRef, useState } from 'react';
import type { DoorbellError, Status, Token } from './index.ts';
import { latest, latestTyped } from './latest.ts';
import { type StateEntry, type StateOptions, subscribeState } from './subscribe-state.ts';
import { useTries } from './use-tries.ts';

export interface LatestOptions<T = unknown> extends Omit<StateOptions<T>, 'signal' | 'token'> {
  /** A bearer token, or the function that gets one. A text that follows one that was refused is tried at once. */
  readonly token?: Token | string | undefined;
}

export interface Latest<T = unknown> {
  /** With one `key`: its newest event; undefined while it is not known, and where there is none. */
  readonly entry: StateEntry<T> | undefined;
  /** The newest event of each key, in no order. The map changes in place; each change of it is a new `Latest`. */
  readonly entries: ReadonlyMap<string, StateEntry<T>>;
  /** Whether the state is there: before, the map is empty because it is not known. */
  readonly known: boolean;
  readonly status: Status;
}

type Shown<T> = Omit<Latest<T>, 'entry'>;

const NOTHING: Shown<never> = {
  entries: new Map(),
  known: false,
  status: { state: 'connecting', attempt: 1 },
};

/**
 * Follows a channel's state while the component is mounted; '' is none. It begins anew when `channel`, `base`, `client`, `every`, `key`, `prefix`, `share` or
 * `wait` are others than before, or a `schema`, a `store` or a `token` comes or goes; of the other options the newest are used. What cannot be asked for is told as the status
 * `stopped`.
 */
export function useLatest<T = unknown>(channel: string, options: LatestOptions<T> = {}): Latest<T> {
  const { base, client, every, key, prefix, schema, share, store, wait, token } = options;
  const fixed = { base, client, every, key, prefix, share, wait };
  const followed = JSON.stringify([channel, fixed, !!schema, !!store, !!token]);
  const newest = useRef(options);
  useEffect(() => {
    newest.current = options;
  });

  // With what it is of: until the effect has run, it is not yet of what this rendering asks for.
  const [{ of, shown }, show] = useState<{ of: string; shown: Shown<T> }>({ of: '', shown: NOTHING });
  const current = of === followed ? shown : NOTHING;
  const tries = useTries(token, current.status);

  useEffect(() => {
    if (!channel) return undefined;
    let held: Shown<T> = NOTHING;
    let over = false;
    const change = (more: Partial<Shown<T>>) => {
      held = { ...held, ...more };
      if (!over) show({ of: followed, shown: held });
    };
    change({});
    try {
      const typed = newest.current.schema && latestTyped(newest);
      const state = subscribeState<T>(
        channel,
        latest(newest, { ...fixed, ...typed, store: newest.current.store }),
      );
      state.on('status', (status) => change({ status }));
      state.on('change', ({ entries }) => change({ entries, known: true }));
      return () => {
        over = true;
        state.close();
      };
    } catch (error) {
      change({ status: { state: 'stopped', error: error as DoorbellError } });
      return undefined;
    }
  }, [followed, tries]);

  return { ...current, entry: typeof key === 'string' ? current.entries.get(key) : undefined };
}
