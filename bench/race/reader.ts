/** One reader: polls, tallies, polls again from where it stands. After an error it waits a little, as a client would. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Cursor, Held, Running } from './peer.ts';
import type { Tally } from './tally.ts';

const AFTER_ERROR_MS = 50;
const LEAVE_LIMIT_MS = 2_000;

export interface Reading {
  readonly server: Running;
  readonly channel: string;
  readonly tally: Tally;
  /** Called for each measured event that is new, with the time at which its answer had come. */
  onEvent(number: number, atMs: number): void;
}

/** A reader, in whatever way it reads. */
export interface AnyReader {
  readonly tally: Tally;
  readonly hangUps: number;
  readonly errors: number;
  readonly lastError: string | undefined;
  hangUp(): void;
  leave(): Promise<void>;
}

export class Reader implements AnyReader {
  readonly tally: Tally;
  readonly #reading: Reading;
  readonly #loop: Promise<void>;
  #held: Held | undefined;
  #leaving = false;
  #hungUp = false;
  hangUps = 0;
  errors = 0;
  lastError: string | undefined;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.tally = reading.tally;
    this.#loop = this.#poll();
  }

  /** Drops the poll under way, and with it whatever answer is on its way; the reader then polls again from where it stood. */
  hangUp(): void {
    if (this.#held === undefined) return;
    this.#hungUp = true;
    this.#held.hangUp();
  }

  async leave(): Promise<void> {
    this.#leaving = true;
    this.#held?.hangUp();
    await Promise.race([this.#loop, sleep(LEAVE_LIMIT_MS)]);
  }

  async #poll(): Promise<void> {
    const { server, channel } = this.#reading;
    let cursor: Cursor;
    while (!this.#leaving) {
      // One that hung up just when its answer came has not lost it.
      this.#hungUp = false;
      this.#held = server.poll(channel, cursor);
      try {
        const answer = await this.#held.answer;
        const now = performance.now();
        cursor = answer.cursor;
        for (const number of answer.numbers) if (this.tally.take(number)) this.#reading.onEvent(number, now);
      } catch (error) {
        await this.#onError(error as Error);
      }
    }
  }

  async #onError(error: Error): Promise<void> {
    if (this.#leaving) return;
    if (this.#hungUp) {
      this.hangUps++;
      return;
    }
    this.errors++;
    this.lastError = error.message;
    await sleep(AFTER_ERROR_MS);
  }
}
