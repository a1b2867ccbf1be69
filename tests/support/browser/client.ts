/** A client in a virtual browser against a virtual server, and what came of it. */
import {
  type SubscribeOptions,
  type Subscription,
  type SubscriptionEvents,
  subscribe,
} from '../../../packages/client/src/index.ts';
import { VirtualTime } from '../time/virtual-time.ts';
import { type Tab, VirtualBrowser } from './virtual-browser.ts';
import { VirtualServer } from './virtual-server.ts';

export interface Reader {
  readonly tab: Tab;
  readonly subscription: Subscription;
  /** `channel:vid`, in the order in which they were handled. */
  readonly seen: string[];
  /** Everything else that was told. */
  readonly states: string[];
  readonly missed: SubscriptionEvents['missed'][];
  readonly resets: SubscriptionEvents['reset'][];
}

export function startScene(seed = 1) {
  const time = new VirtualTime();
  const server = new VirtualServer(time);
  const browser = new VirtualBrowser(time, seed);

  /** Subscribes in a tab of its own, or in the one that is given. Nothing is sent before time passes. */
  function read(
    channels: string | readonly string[],
    options: SubscribeOptions = {},
    tab: Tab = browser.open(server.fetch),
  ): Reader {
    const subscription = subscribe(channels, { platform: tab.platform, ...options });
    const reader: Reader = { tab, subscription, seen: [], states: [], missed: [], resets: [] };
    subscription.on('status', (status) => void reader.states.push(status.state));
    subscription.on('missed', (missed) => void reader.missed.push(missed));
    subscription.on('reset', (reset) => void reader.resets.push(reset));
    subscription.on('event', ({ channel, vid }) => void reader.seen.push(`${channel}:${vid}`));
    return reader;
  }
  return { time, server, browser, read };
}

/** `doors:1` … `doors:n`, as `seen` has them. */
export function vids(channel: string, last: number, first = 1): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${channel}:${first + i}`);
}
