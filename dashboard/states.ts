/**
 * Follows the states of the followed channels, once somebody looks at what is made of them. Like any user of client/, and in the page's own group, so that
 * where a browser can share polls it is the one poll that the events come by.
 */
import type { Connection, Status } from '../packages/client/src/index.ts';
import {
  type StateChange,
  type StateSubscription,
  subscribeState,
} from '../packages/client/src/subscribe-state.ts';
import type { Begun } from './session.ts';

export interface StateHeard {
  change(channel: string, change: StateChange): void;
  status(channel: string, status: Status): void;
  /** The channel has more keys, or larger ones, than a page can hold. */
  tooLarge(channel: string): void;
}

/** What a page can hold of a channel. Pages of a state are of 1 MiB. INVARIANTS.md states it. */
const BOUNDS = { keys: 100_000, pages: 64 };
/** Keys that change more often than this are drawn as often as this. Milliseconds. */
const EVERY_MS = 250;

export class States {
  readonly #connection: Connection;
  readonly #heard: StateHeard;
  readonly #bounds: typeof BOUNDS;
  readonly #begin: () => Promise<Begun | undefined>;
  #following: StateSubscription[] = [];
  #isWanted = false;
  #turn = 0;

  /** `begin` says what is followed, and under which name it shares its poll. */
  constructor(
    connection: Connection,
    begin: () => Promise<Begun | undefined>,
    heard: StateHeard,
    bounds = BOUNDS,
  ) {
    this.#bounds = bounds;
    this.#connection = connection;
    this.#begin = begin;
    this.#heard = heard;
  }

  /** Leaves what was followed. */
  leave(): void {
    this.#isWanted = false;
    this.#turn += 1;
    for (const state of this.#following.splice(0)) state.close();
  }

  /** Somebody looks: may be called at every drawing. */
  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    void this.#follow();
  }

  /** Begins again, as with another token, where somebody looks. */
  resume(): void {
    if (!this.#isWanted) return;
    this.leave();
    this.want();
  }

  async #follow(): Promise<void> {
    const turn = this.#turn;
    const begun = await this.#begin();
    if (turn !== this.#turn || begun === undefined) return;
    const { channels, share } = begun;
    this.#following = channels.map((channel) => this.#one(channel, share));
  }

  #one(channel: string, share: string): StateSubscription {
    const { platform } = this.#connection;
    const bounded = boundedFetch(platform?.fetch ?? fetch, this.#bounds.pages);
    const options = { ...this.#connection, share, platform: { ...platform, fetch: bounded } };
    const state = subscribeState(channel, { ...options, every: EVERY_MS });
    const isHere = () => this.#following.includes(state);
    state.on('status', (status) => {
      if (!isHere()) return;
      const isTooLarge = status.state === 'stopped' && status.error?.status === 413;
      if (isTooLarge) this.#heard.tooLarge(channel);
      else this.#heard.status(channel, status);
    });
    state.on('change', (change) => {
      if (!isHere()) return;
      if (change.entries.size <= this.#bounds.keys) this.#heard.change(channel, change);
      else {
        this.#following = this.#following.filter((one) => one !== state);
        state.close();
        this.#heard.tooLarge(channel);
      }
    });
    return state;
  }
}

/** Reads so many pages of a state and no more. */
function boundedFetch(fetch: typeof globalThis.fetch, most: number): typeof globalThis.fetch {
  let pages = 0;
  return async (input, init) => {
    const address = String(input);
    if (!/\/state(?:\?|$)/.test(address)) return fetch(input, init);
    pages = /[?&]after=/.test(address) ? pages + 1 : 1;
    if (pages <= most) return fetch(input, init);
    const detail = 'The state is too large for a page.';
    return Response.json({ type: 'urn:doorbell:problem:too-large', detail }, { status: 413 });
  };
}
