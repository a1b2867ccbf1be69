/**
 * The time in which clients could be heard and written to. While this process does nothing else for long (it computes, or was suspended), their bytes
 * wait in the system's buffers, and what it wrote has not gone out: nobody is late by that.
 */

import type { Clock } from '../lib/runtime/ports.ts';

export class ServedTime implements Pick<Clock, 'elapsed'> {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #mostMs: number;
  #served = 0;
  #lookedAt: number;

  /** `mostMs`: what counts at most between two looks. Twice the pause between them lets them be a little late. */
  constructor(clock: Pick<Clock, 'elapsed'>, mostMs: number) {
    this.#clock = clock;
    this.#mostMs = mostMs;
    this.#lookedAt = clock.elapsed();
  }

  /** To be called again and again, each time in a turn of its own of the event loop. */
  look(): void {
    this.#served = this.elapsed();
    this.#lookedAt = this.#clock.elapsed();
  }

  /** Milliseconds, never going back. */
  elapsed(): number {
    return this.#served + Math.min(this.#clock.elapsed() - this.#lookedAt, this.#mostMs);
  }
}
