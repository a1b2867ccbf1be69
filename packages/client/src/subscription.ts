/** What `subscribe` is given and what it gives back: types alone. */
import type { Event } from '../../../lib/protocol/doorbell.ts';
import type { Status } from './poller.ts';
import type { Store } from './store.ts';
import type { GroupOptions } from './tab-messages.ts';

/** `start`: from the oldest kept event. `now`: from the next event, or from this `client`'s place on the server. A number: after that vid. */
export type From = 'start' | 'now' | number;

export interface SubscribeOptions<T = unknown> extends GroupOptions {
  /** Where to begin in a channel that the store does not know. Default 'now'. */
  readonly from?: From | undefined;
  /** Closes the subscription. */
  readonly signal?: AbortSignal | undefined;
  /** Where to keep how far the handlers have come. Default: nowhere. */
  readonly store?: Store | undefined;
  /**
   * Makes of an event's `data` what the handlers are given, or a promise of it. `undefined`: the event is none of theirs and is passed over.
   * What it throws ends the subscription, as with a handler. Without it `T` is only what the caller says.
   */
  readonly parse?:
    | ((data: unknown, event: ChannelEvent) => T | undefined | Promise<T | undefined>)
    | undefined;
}

export interface ChannelEvent<T = unknown> extends Event {
  readonly channel: string;
  readonly data: T;
}

/** What a subscription tells. `missed` and `reset` come between the events before and after them. */
export interface SubscriptionEvents<T = unknown> {
  event: ChannelEvent<T>;
  /** At every change of the connection. */
  status: Status;
  /** `count` events after the vid `after` are no longer kept. */
  missed: { readonly channel: string; readonly count: number; readonly after: number };
  /** The channel was numbered anew, or is behind the reader: its events come again, from the oldest kept. */
  reset: { readonly channel: string; readonly epoch: string | null; readonly detail: string };
}

export type Handler<T> = (detail: T) => unknown;

export interface Subscription<T = unknown> extends AsyncIterable<ChannelEvent<T>> {
  readonly status: Status;
  /**
   * Calls the handler from now on, until the function that it gives back is called. The first handler of `event` begins the subscription.
   * The next event waits for the promise of the one before. What a handler throws ends the subscription, and its event was not handled.
   */
  on<K extends keyof SubscriptionEvents<T>>(type: K, handler: Handler<SubscriptionEvents<T>[K]>): () => void;
  /** Follows one more channel; one that is followed already stays where it is. Throws `bad-request`. */
  add(channel: string, from?: From): void;
  /** Follows it no more; what has come of it and is not handled yet is dropped. */
  remove(channel: string): void;
  close(): void;
}
