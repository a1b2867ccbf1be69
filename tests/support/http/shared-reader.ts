/** A reader of shared polls, as PROTOCOL.md says: it follows a channel from its oldest event and keeps what it was given. */

import { formOf } from '../../../lib/http/v1/shared-address.ts';
import type { SharedRequest } from '../../../lib/poll/shared-poll.ts';
import type { Problem, SharedAnswer } from '../../../lib/protocol/doorbell.ts';
import type { Served } from './http.ts';

/** After an answer that is none, in ms. */
const AGAIN_MS = 1_000;

export class SharedReader {
  readonly #served: Served;
  readonly #sleep: (ms: number) => Promise<void>;
  #next: SharedRequest;
  readonly #answered = new Set<string>();
  /** Vids in the order in which they came, by life. */
  readonly seen = new Map<string, number[]>();
  /** Addresses that were asked again though they had been answered. */
  readonly repeated: string[] = [];
  missed = 0;

  constructor(served: Served, channel: string, sleep: (ms: number) => Promise<void>) {
    this.#served = served;
    this.#sleep = sleep;
    this.#next = { channel, maxvid: 0 };
  }

  get maxvid(): number {
    return this.#next.maxvid ?? 0;
  }

  /** Reads until `isDone`, which is asked between two requests. */
  async readUntil(isDone: () => boolean): Promise<void> {
    while (!isDone()) await this.step();
  }

  /** One request. */
  async step(): Promise<void> {
    const address = formOf(this.#next);
    const response = await this.#ask(address);
    if (response === undefined) return this.#sleep(AGAIN_MS);
    if (response.status === 409) return this.#startOver((await response.json()) as Problem);
    if (response.status !== 200) return this.#sleep(AGAIN_MS);
    if (this.#answered.has(address)) this.repeated.push(address);
    this.#answered.add(address);
    this.#take((await response.json()) as SharedAnswer);
  }

  async #ask(address: string): Promise<Response | undefined> {
    try {
      return await this.#served.request(address);
    } catch {
      return undefined;
    }
  }

  #startOver({ channel = '', epoch }: Problem): void {
    this.#next = { channel, maxvid: 0, ...(epoch ? { epoch } : {}) };
  }

  #take({ channel, epoch, events, maxvid, missed, slot }: SharedAnswer): void {
    const vids = events.map(({ vid }) => vid);
    if (epoch !== null && vids.length > 0) this.seen.set(epoch, [...(this.seen.get(epoch) ?? []), ...vids]);
    this.missed += missed;
    this.#next = { channel, maxvid, ...(epoch === null ? {} : { epoch }), slot };
  }
}
