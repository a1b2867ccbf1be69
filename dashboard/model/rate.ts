/**
 * How many events were appended a second, over the last ten minutes. By the events' own time: a replay of
 * yesterday is not a burst of now. Pure.
 */

export const BUCKET_MS = 5_000;
export const BUCKETS = 120;

export class Rate {
  readonly #counts = new Array<number>(BUCKETS).fill(0);
  /** The number of the newest bucket, counted from the Unix epoch. */
  #newest = 0;

  clear(): void {
    this.#counts.fill(0);
  }

  /** `atMs` is when the event was appended. One that is ahead of `nowMs` is one of now. */
  add(atMs: number, nowMs: number): void {
    this.#turn(nowMs);
    const bucket = Math.min(Math.floor(atMs / BUCKET_MS), this.#newest);
    if (!(bucket > this.#newest - BUCKETS)) return;
    const place = bucket % BUCKETS;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  /**
   * Oldest first: when each bucket begins, in seconds since the Unix epoch, and the events a second in it.
   * The last is not over yet.
   */
  series(nowMs: number): { readonly times: number[]; readonly rates: number[] } {
    this.#turn(nowMs);
    const numbers = Array.from({ length: BUCKETS }, (_, i) => this.#newest - BUCKETS + 1 + i);
    return {
      times: numbers.map((number) => (number * BUCKET_MS) / 1_000),
      rates: numbers.map((number) => this.#perSecond(number)),
    };
  }

  /**
   * Of the bucket that was over last and the one that runs, so that it is neither old nor jumps to 0 at every
   * turn.
   */
  perSecond(nowMs: number): number {
    this.#turn(nowMs);
    const seconds = (BUCKET_MS + (nowMs % BUCKET_MS)) / 1_000;
    return (this.#count(this.#newest) + this.#count(this.#newest - 1)) / seconds;
  }

  #perSecond(number: number): number {
    return this.#count(number) / (BUCKET_MS / 1_000);
  }

  #count(number: number): number {
    return this.#counts[number % BUCKETS] ?? 0;
  }

  /**
   * Empties the buckets that time has passed over, or that it was set back over: those have not begun yet.
   */
  #turn(nowMs: number): void {
    const now = Math.floor(nowMs / BUCKET_MS);
    const [low, high] = [Math.min(now, this.#newest), Math.max(now, this.#newest)];
    for (let i = Math.max(low + 1, high - BUCKETS + 1); i <= high; i++) this.#counts[i % BUCKETS] = 0;
    this.#newest = now;
  }
}
