/** Things that must be over by a time. One timer serves all of them: in a burst of publishes, a timer for each costs as much as to write them. */

import type { Clock } from './ports.ts';
import { Roster } from './roster.ts';

interface Deadline {
  readonly until: number;
  readonly over: () => void;
  takeBack: () => boolean;
}

export class Deadlines {
  readonly #clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly #open = new Roster<Deadline>();
  /** When the timer goes off. */
  #at = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'elapsed' | 'after'>) {
    this.#clock = clock;
  }

  /** Calls `over` at `until` (ms of `Clock.elapsed`). The returned function takes it back. */
  add(until: number, over: () => void): () => void {
    const deadline: Deadline = { until, over, takeBack: NOT_YET };
    deadline.takeBack = this.#open.add(deadline);
    if (until < this.#at) this.#wind(until);
    return () => {
      // A timer that nobody needs would keep the process from ending.
      if (deadline.takeBack() && this.#open.size === 0) this.#stop();
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
    for (const { until, over, takeBack } of this.#open) {
      if (until <= now && takeBack()) over();
    }
    let next = this.#at;
    for (const { until } of this.#open) next = Math.min(next, until);
    if (next < this.#at) this.#wind(next);
  }
}

const NOT_YET = () => false;
