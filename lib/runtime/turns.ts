/**
 * Work of which each piece is done at once, as a read of a file on this machine: a thousand pieces in one turn of the event loop would let nothing else
 * in until all are done. So a turn has a bound, and what comes after it is begun in the next ones, in the order in which it came.
 */

import type { Clock, EventLoop } from './ports.ts';

/** What one turn of the loop may take, in ms, before other work is let in. */
export const TURN_MS = 10;

export class Turns {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #loop: Pick<EventLoop, 'nextTick'>;
  /** When the first piece of this turn began, in ms of `Clock.elapsed`. */
  #begun: number | undefined;
  #ended: Promise<void> | undefined;
  #waiting = 0;
  #line: Promise<void> = Promise.resolve();

  constructor(clock: Pick<Clock, 'elapsed'>, loop: Pick<EventLoop, 'nextTick'>) {
    this.#clock = clock;
    this.#loop = loop;
  }

  /** Does the piece now, or as soon as a turn has room for it. */
  take<T>(piece: () => Promise<T>): Promise<T> {
    if (this.#waiting > 0 || this.#isSpent()) return this.#wait(piece);
    this.#begin();
    return piece();
  }

  async #wait<T>(piece: () => Promise<T>): Promise<T> {
    this.#waiting++;
    // One of them after the other, so that the turn is looked at again when the one before has done its piece.
    this.#line = this.#line.then(() => this.#come());
    await this.#line;
    this.#waiting--;
    return piece();
  }

  async #come(): Promise<void> {
    while (this.#isSpent()) await this.#ended;
    this.#begin();
  }

  #begin(): void {
    if (this.#begun !== undefined) return;
    this.#begun = this.#clock.elapsed();
    this.#ended = this.#loop.nextTick().then(() => {
      this.#begun = undefined;
    });
  }

  #isSpent(): boolean {
    return this.#begun !== undefined && this.#clock.elapsed() - this.#begun >= TURN_MS;
  }
}
