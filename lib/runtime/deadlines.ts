/** Things that must be over by a time. One timer serves all of them: in a burst of publishes, a timer for each costs as much as to write them. */

import type { Clock } from './ports.ts';

export class Deadlines {
  readonly #clock: Pick<Clock, 'elapsed' | 'after'>;
  /** What to call, and when, in ms of `Clock.elapsed`. */
  readonly #open = new Map<() => void, number>();
  /** When the timer goes off. */
  #at = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'elapsed' | 'after'>) {
    this.#clock = clock;
  }

  /** Calls `over`, a function of its own for each call, at `until` (ms of `Clock.elapsed`). The returned function takes it back. */
  add(until: number, over: () => void): () => void {
    this.#open.set(over, until);
    if (until < this.#at) this.#wind(until);
    return () => {
      // A timer that nobody needs would keep the process from ending.
      if (this.#open.delete(over) && this.#open.size === 0) this.#stop();
    };
  }

  #wind(at: number): void {
    this.#stop();
    this.#at = at;
    this.#cancelTimer = this.#clock.after(at - this.#clock.elapsed(), () => this.#look());
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#at = Number.POSITIVE_INFINITY;
  }

  #look(): void {
    this.#at = Number.POSITIVE_INFINITY;
    const now = this.#clock.elapsed();
    for (const [over, until] of [...this.#open]) {
      if (until <= now && this.#open.delete(over)) over();
    }
    let next = this.#at;
    for (const until of this.#open.values()) next = Math.min(next, until);
    if (next < this.#at) this.#wind(next);
  }
}
