/** When a poll goes its usual way instead of another one: where that was refused, or could not be reached so many times in a row. It is tried again later. */

/** Milliseconds without the other way: where it is refused, and where it cannot be reached or is too much asked for. */
export const REFUSED_MS = 300_000;
export const BROKEN_MS = 60_000;

export class UsualWay {
  readonly #now: () => number;
  readonly #mostFailures: number;
  #failures = 0;
  #until = 0;

  constructor(now: () => number, mostFailures: number) {
    this.#now = now;
    this.#mostFailures = mostFailures;
  }

  get isTaken(): boolean {
    return this.#now() < this.#until;
  }

  take(ms: number): void {
    this.#until = this.#now() + ms;
  }

  /** The other way worked. */
  worked(): void {
    this.#failures = 0;
  }

  /** It failed once more. */
  failed(): void {
    if (++this.#failures < this.#mostFailures) return;
    this.#failures = 0;
    this.take(BROKEN_MS);
  }
}
