/** Work that is delayed, each piece until its own time, and done a few at a time; and work on one thing that is done in turn. */

import type { Clock } from './ports.ts';

export interface DelayQueueOptions<T> {
  readonly clock: Clock;
  /** Pieces that are worked on at once. */
  readonly together: number;
  /** Never rejects. */
  readonly work: (piece: T) => Promise<void>;
}

export class DelayQueue<T> {
  readonly #options: DelayQueueOptions<T>;
  /** In the order in which they are due, or nearly. */
  readonly #due = new Map<T, number>();
  #timer: (() => void) | undefined;
  #working: Promise<void> | undefined;

  constructor(options: DelayQueueOptions<T>) {
    this.#options = options;
  }

  /** Puts a piece off for `ms`, unless it is delayed already. */
  later(ms: number, piece: T): void {
    if (this.#due.has(piece)) return;
    this.#due.set(piece, this.#options.clock.elapsed() + ms);
    this.#wind();
  }

  takeBack(piece: T): void {
    this.#due.delete(piece);
  }

  /** Does everything now. */
  async flush(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    await this.#working;
    await this.#do([...this.#due.keys()]);
  }

  #wind(): void {
    const [at] = this.#due.values();
    if (at === undefined || this.#timer || this.#working) return;
    const { clock } = this.#options;
    this.#timer = clock.after(at - clock.elapsed(), () => {
      this.#timer = undefined;
      const now = clock.elapsed();
      const due = [...this.#due].filter(([, each]) => each <= now).map(([piece]) => piece);
      this.#working = this.#do(due).then(() => {
        this.#working = undefined;
        this.#wind();
      });
    });
  }

  async #do(pieces: readonly T[]): Promise<void> {
    const { together, work } = this.#options;
    for (let i = 0; i < pieces.length; i += together) {
      const few = pieces.slice(i, i + together);
      await Promise.all(
        few.map((piece) => {
          this.#due.delete(piece);
          return work(piece);
        }),
      );
    }
  }
}

export function nothing(): void {
  // Whoever asked for it hears of it; the next in line does not.
}
