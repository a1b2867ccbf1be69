/** A reader by server-sent events: one stream, and another one when that ends. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Streaming } from './peer.ts';
import type { AnyReader, Reading } from './reader.ts';
import type { Tally } from './tally.ts';

const AFTER_ERROR_MS = 50;

export class StreamReader implements AnyReader {
  readonly tally: Tally;
  readonly #reading: Reading;
  readonly #loop: Promise<void>;
  #stream: Streaming | undefined;
  #leaving = false;
  readonly hangUps = 0;
  errors = 0;
  lastError: string | undefined;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.tally = reading.tally;
    this.#loop = this.#read();
  }

  hangUp(): void {
    this.#stream?.hangUp();
  }

  async leave(): Promise<void> {
    this.#leaving = true;
    this.hangUp();
    await this.#loop;
  }

  async #read(): Promise<void> {
    const { server, channel, tally, onEvent } = this.#reading;
    while (!this.#leaving) {
      this.#stream = server.stream?.(channel, (number) => {
        if (tally.take(number)) onEvent(number, performance.now());
      });
      const error = (await this.#stream?.ended) ?? new Error('the server has no streams');
      if (this.#leaving) return;
      this.errors++;
      this.lastError = error.message;
      await sleep(AFTER_ERROR_MS);
    }
  }
}
