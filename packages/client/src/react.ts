/**
 * Channels in React: a hook that holds the last events of what it follows. Options may be written in place, as new objects and functions at
 * every rendering: what is followed is compared by value, and of all else the newest is used. What a component is given is its own: when
 * it is mounted twice (StrictMode, fast refresh), the first subscription is closed, its events are dropped, and the second begins anew.
 */
import { useEffect, useMemo, useRef, useState } from 'react';
import {
  type ChannelEvent,
  type DoorbellError,
  type Status,
  type Store,
  type SubscribeOptions,
  type Subscription,
  subscribe,
  type Token,
} from './index.ts';
import { latest } from './latest.ts';
import { checked, type Typed } from './standard-schema.ts';
import { useTries } from './use-tries.ts';

export interface ChannelOptions<T = unknown> extends Omit<SubscribeOptions<T>, 'signal' | 'token'>, Typed<T> {
  /** A bearer token, or the function that gets one. A text that follows one that was refused is tried at once. */
  readonly token?: Token | string | undefined;
  /** How many of the last events to hold; 0: none. Default 100. */
  readonly keep?: number | undefined;
  /** Called for every event, also for those that are held no longer. The next one waits for its promise. */
  readonly onEvent?: ((event: ChannelEvent<T>) => unknown) | undefined;
}

export interface Channel<T = unknown> {
  /** The last events, oldest first. */
  readonly events: ReadonlyArray<ChannelEvent<T>>;
  readonly status: Status;
  /** How many events came since it began. */
  readonly received: number;
  /** How many were no longer kept when they were asked for. */
  readonly missed: number;
  /** How often a channel was numbered anew; the events of its old life are let go. */
  readonly resets: number;
}

const NOTHING: Channel<never> = {
  events: [],
  status: { state: 'connecting', attempt: 1 },
  received: 0,
  missed: 0,
  resets: 0,
};

/**
 * Follows a channel, or up to ten, while the component is mounted; '' and [] are none. It begins anew when `channels`, `base`, `client`,
 * `from`, `share` or `wait` are others than before, or a `store` or a `token` comes or goes; of the other options the newest are used. A
 * channel that cannot be is told as the status `stopped`. What comes in one turn of the event loop is shown in one rendering.
 */
export function useChannel<T = unknown>(
  channels: string | readonly string[],
  options: ChannelOptions<T> = {},
): Channel<T> {
  const { base, client, from, share, store, wait, token, keep = 100 } = options;
  const names = [channels].flat().filter(Boolean);
  const key = JSON.stringify([names, { base, client, from, share, wait }, !!store, !!token]);
  const newest = useRef(options);
  useEffect(() => {
    newest.current = options;
  });

  // With what it is of: until the effect has run, it is not yet of what this rendering asks for.
  const [{ of, channel }, show] = useState<Shown<T>>({ of: '', channel: NOTHING });
  const current = of === key ? channel : NOTHING;
  const tries = useTries(token, current.status);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` holds the rest by value.
  useEffect(() => {
    show((before) => (before.channel === NOTHING ? before : { of: key, channel: NOTHING }));
    const shown = shower<T>((channel) => show({ of: key, channel }));
    try {
      const subscription = subscribe<T>(names, latestOptions(newest, { base, client, from, share, wait }));
      follow(subscription, shown.change, newest);
      return () => {
        shown.stop();
        subscription.close();
      };
    } catch (error) {
      shown.change(() => ({ status: { state: 'stopped', error: error as DoorbellError } }));
      return shown.stop;
    }
  }, [key, tries]);

  // The same events at every rendering: they stand among the dependencies of the caller's effects.
  return useMemo(() => ({ ...current, events: last(current.events, keep) }), [current, keep]);
}

interface Shown<T> {
  readonly of: string;
  readonly channel: Channel<T>;
}

type Change<T> = (change: (held: Channel<T>) => Partial<Channel<T>>) => void;

/** What was given last, for whoever needs it between two renderings. */
interface Newest<T> {
  readonly current: ChannelOptions<T>;
}

/** What a subscription looks up anew whenever it is used. */
function latestOptions<T>(newest: Newest<T>, fixed: SubscribeOptions<T>): SubscribeOptions<T> {
  const { store } = newest.current;
  const latestStore: Store = {
    get: (channel) => newest.current.store?.get(channel),
    set: (channel, position) => newest.current.store?.set(channel, position),
  };
  /** With both, what the schema made of the data is parsed. */
  const latestParse: SubscribeOptions<T>['parse'] = (data, event) => {
    const { schema, parse } = newest.current;
    if (!schema) return parse ? parse(data, event) : (data as T);
    return checked(newest.current, event).then((typed) =>
      typed && parse ? parse(typed.data, { ...event, data: typed.data }) : typed?.data,
    );
  };
  return latest(newest, { ...fixed, store: store && latestStore, parse: latestParse });
}

/** Not `slice(-count)`: of 0 that is all of them. */
function last<T>(list: readonly T[], count: number): readonly T[] {
  return list.length > count ? list.slice(list.length - Math.max(0, count)) : list;
}

/** Gathers changes, and shows them when the turn of the event loop is over; nothing more after it was stopped. */
function shower<T>(show: (channel: Channel<T>) => void) {
  let held: Channel<T> = NOTHING;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const change: Change<T> = (change) => {
    held = { ...held, ...change(held) };
    if (stopped) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      show(held);
    });
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
  };
  return { change, stop };
}

function follow<T>(subscription: Subscription<T>, change: Change<T>, newest: Newest<T>): void {
  subscription.on('status', (status) => change(() => ({ status })));
  subscription.on('missed', ({ count }) => change(({ missed }) => ({ missed: missed + count })));
  subscription.on('reset', (reset) =>
    change(({ resets, events }) => ({
      resets: resets + 1,
      events: events.filter(({ channel }) => channel !== reset.channel),
    })),
  );
  subscription.on('event', (event) => {
    const { keep = 100, onEvent } = newest.current;
    change(({ received, events }) => ({
      received: received + 1,
      events: last([...events, event], keep),
    }));
    return onEvent?.(event);
  });
}
