/** Publishes numbered events, in turn to each channel, and remembers when each publish began and how long it took to be accepted. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './peer.ts';

export interface Published {
  readonly channel: string;
  readonly number: number;
}

export class Publisher {
  readonly #server: Running;
  readonly #channels: readonly string[];
  readonly #pad: string;
  readonly #began = new Map<string, number[]>();
  #next = 0;
  /** ms until each publish was accepted. */
  accepted: number[] = [];
  errors = 0;
  lastError: string | undefined;

  /** `bytes` is the size of an event's JSON, at least as much as its bare form needs. */
  constructor(server: Running, channels: readonly string[], bytes: number) {
    this.#server = server;
    this.#channels = channels;
    this.#pad = 'x'.repeat(Math.max(0, bytes - eventJson(1_000, '').length));
    for (const channel of channels) this.#began.set(channel, [Number.NaN]);
  }

  /** When the publish of that event began; numbers count from 1 in each channel. */
  beganAt(channel: string, number: number): number {
    return this.#began.get(channel)?.[number] ?? Number.NaN;
  }

  /** On the channel whose turn it is. */
  one(): Promise<Published> {
    return this.#publish(this.#channels[this.#next++ % this.#channels.length] ?? '');
  }

  async #publish(channel: string): Promise<Published> {
    const began = this.#began.get(channel) ?? [];
    const number = began.length;
    const start = performance.now();
    began.push(start);
    try {
      await this.#server.publish(channel, eventJson(number, this.#pad));
      this.accepted.push(performance.now() - start);
    } catch (error) {
      this.errors++;
      this.lastError = (error as Error).message;
    }
    return { channel, number };
  }

  /** At a steady pace. A publish waits for the one before it on its channel, so that there is an order to keep, and for no other. */
  async paced(events: number, everyMs: number): Promise<void> {
    const start = performance.now();
    const last = new Map<string, Promise<unknown>>();
    for (let i = 0; i < events; i++) {
      const early = start + i * everyMs - performance.now();
      if (early > 0) await sleep(early);
      const channel = this.#channels[i % this.#channels.length] ?? '';
      const before = last.get(channel);
      last.set(channel, before ? before.then(() => this.#publish(channel)) : this.#publish(channel));
    }
    await Promise.all(last.values());
  }

  /** As fast as they are accepted, `inFlight` at a time. */
  async burst(events: number, inFlight: number): Promise<void> {
    let left = events;
    const oneByOne = async () => {
      while (left-- > 0) await this.one();
    };
    await Promise.all(Array.from({ length: inFlight }, oneByOne));
  }
}

function eventJson(number: number, pad: string): string {
  return `{"n":${number},"pad":"${pad}"}`;
}
