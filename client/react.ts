/**
 * Channels in React: a hook that holds the last events of what it follows. What a component is given is its own: when it is mounted twice
 * (StrictMode), the first subscription is closed and its events are dropped, and the second begins anew.
 */
import { useEffect, useRef, useState } from 'react';
import {
  type ChannelEvent,
  type Status,
  type SubscribeOptions,
  type Subscription,
  subscribe,
  type Token,
} from './index.ts';

export interface ChannelOptions extends Omit<SubscribeOptions, 'signal'> {
  /** How many of the last events to hold; 0: none. Default 100. */
  readonly keep?: number;
  /** Called for every event, also for those that are held no longer. The next one waits for its promise. */
  readonly onEvent?: (event: ChannelEvent) => unknown;
}

export interface Channel {
  /** The last events, oldest first. */
  readonly events: readonly ChannelEvent[];
  readonly status: Status;
  /** How many events came since it began. */
  readonly received: number;
  /** How many were no longer kept when they were asked for. */
  readonly missed: number;
  /** How often a channel was numbered anew; the events of its old life are let go. */
  readonly resets: number;
}

const NOTHING: Channel = {
  events: [],
  status: { state: 'connecting', attempt: 1 },
  received: 0,
  missed: 0,
  resets: 0,
};

/**
 * Follows a channel, or up to ten, while the component is mounted. It begins anew when `channels`, `base`, `client`, `from`, `share`,
 * `store` or `wait` change; of the other options the newest are used. What comes in one turn of the event loop is shown in one rendering.
 */
export function useChannel(channels: string | readonly string[], options: ChannelOptions = {}): Channel {
  const [shown, show] = useState(NOTHING);
  const newest = useRef(options);
  useEffect(() => {
    newest.current = options;
  });
  const { base, client, from, share, store, wait } = options;
  // An array that is written in place is another one at every rendering.
  const names = [channels].flat().join(' ');

  useEffect(() => {
    const { headers, world } = newest.current;
    const token: Token = async (asked) => (await newest.current.token?.(asked)) ?? '';
    const subscription = subscribe(names.split(' ').filter(Boolean), {
      ...{ base, client, from, share, store, wait, headers, world, token: newest.current.token && token },
    });
    const hold = holder(show);
    follow(subscription, hold, () => newest.current);
    return () => {
      hold.stop();
      subscription.close();
    };
  }, [names, base, client, from, share, store, wait]);
  return shown;
}

/** Gathers changes, and shows them when the turn of the event loop is over. */
function holder(show: (channel: Channel) => void) {
  let held = NOTHING;
  let timer: ReturnType<typeof setTimeout> | undefined;
  show(held);
  return {
    change: (change: (held: Channel) => Partial<Channel>) => {
      held = { ...held, ...change(held) };
      timer ??= setTimeout(() => {
        timer = undefined;
        show(held);
      });
    },
    stop: () => clearTimeout(timer),
  };
}

function follow(
  subscription: Subscription,
  { change }: ReturnType<typeof holder>,
  options: () => ChannelOptions,
): void {
  subscription.on('status', (status) => change(() => ({ status })));
  subscription.on('missed', ({ count }) => change(({ missed }) => ({ missed: missed + count })));
  subscription.on('reset', (reset) =>
    change(({ resets, events }) => ({
      resets: resets + 1,
      events: events.filter(({ channel }) => channel !== reset.channel),
    })),
  );
  subscription.on('event', (event) => {
    const { keep = 100, onEvent } = options();
    change(({ received, events }) => ({
      received: received + 1,
      // Not `slice(-keep)`: of 0 that is all of them.
      events: [...events, event].slice(Math.max(0, events.length + 1 - keep)),
    }));
    return onEvent?.(event);
  });
}
