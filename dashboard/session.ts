/**
 * Follows some channels at a time, as any user of client/ would. What ends a subscription (a refused token)
 * does not end the session: it goes on where it was, so that nothing that was published meanwhile is passed
 * over.
 */
import { beginFetch } from '../packages/client/src/begin.ts';
import {
  type Connection,
  type Status,
  type Store,
  type Subscription,
  type SubscriptionEvents,
  subscribe,
} from '../packages/client/src/index.ts';
import { groupOf } from './model/ids.ts';
import { rowsFor } from './model/pane.ts';
import type { Settings } from './model/settings.ts';

type Followed = Pick<Settings, 'channels' | 'from'>;

/** What is followed, and the name of those who share its poll. */
export interface Begun {
  readonly channels: readonly string[];
  readonly share: string;
}

export interface Heard {
  status(status: Status): void;
  event(event: SubscriptionEvents['event']): void;
  missed(missed: SubscriptionEvents['missed']): void;
  reset(reset: SubscriptionEvents['reset']): void;
  /** The page has come so far in the channel: every vid up to this one was shown, or is no longer kept. */
  reached(channel: string, vid: number): void;
}

export class Session {
  readonly #connection: Connection;
  readonly #heard: Heard;
  #following: Subscription | undefined;
  #settings: Followed | undefined;
  /** How often it has begun: what was overtaken while it waited for its token does not begin any more. */
  #turn = 0;
  /** How far the page has come. In memory: another page begins where its URL says. */
  #places = new Map<string, string>();

  constructor(connection: Connection, heard: Heard) {
    this.#connection = connection;
    this.#heard = heard;
  }

  /** Leaves what was followed, and begins with this. */
  follow(settings: Followed): void {
    this.#settings = settings;
    this.#places = new Map();
    void this.resume();
  }

  /** Begins again where it ended. */
  async resume(): Promise<void> {
    if (this.#settings === undefined) return;
    const { from } = this.#settings;
    const turn = ++this.#turn;
    this.#following?.close();
    const begun = await this.begun();
    if (turn !== this.#turn || begun === undefined) return;
    const { channels, share } = begun;
    const { platform } = this.#connection;
    const last = rowsFor(channels.length);
    const ask = platform?.fetch ?? fetch;
    const begin = from === 'last' ? beginFetch({ last, fetch: ask }) : ask;
    const subscription = subscribe(channels, {
      ...this.#connection,
      platform: { ...platform, fetch: begin },
      share,
      store: this.#store(),
    });
    this.#following = subscription;
    const { status, event, missed, reset } = this.#heard;
    status(subscription.status);
    // The last word of a subscription that was left comes after the next one has begun to speak.
    subscription.on('status', (next) => subscription === this.#following && status(next));
    subscription.on('missed', missed);
    subscription.on('reset', reset);
    subscription.on('event', event);
  }

  /** Undefined: nothing is followed. */
  async begun(): Promise<Begun | undefined> {
    if (this.#settings === undefined) return undefined;
    const { channels, from } = this.#settings;
    // Tabs with other tokens have other rights: they neither poll for this one nor hear what it may read. And who leads begins for all.
    const group = groupOf((await this.#connection.token?.({ refresh: false })) ?? '');
    return { channels, share: from === 'last' ? `${group}-${rowsFor(channels.length)}` : group };
  }

  #store(): Store {
    const places = this.#places;
    return {
      get: (channel) => places.get(channel),
      set: (channel, position) => {
        places.set(channel, position);
        // A position begins with its vid: `12` or `12:epoch`.
        if (places === this.#places) this.#heard.reached(channel, Number.parseInt(position, 10));
      },
    };
  }
}
