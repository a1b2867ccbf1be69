/**
 * What time it is on the server. The machine that shows the page may be minutes or years off, and may be set
 * while the page is open. So ages and rates are counted on the server's clock, and intervals by a clock that
 * only goes forward. Pure.
 */

/** The machine's two clocks. */
export interface Clock {
  /** Wall time: milliseconds since the Unix epoch. It may be wrong and it may jump. */
  now(): number;
  /** Milliseconds that only ever grow. They tell how long ago, never what time it is. */
  elapsed(): number;
}

/**
 * A `Date` header is this much lower than expected only when the server's clock was set back. Less is a slow
 * answer or the seconds that the header rounds down (RFC 9110, section 6.6.1).
 */
const SET_BACK_MS = 5_000;

export class ServerTime {
  readonly #clock: Clock;
  /** Server time minus elapsed time; undefined before the first answer. */
  #offset: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An answer came just now, with this `Date` header. What is no date is passed over. */
  heard(date: string | null): void {
    const ms = Date.parse(date ?? '');
    if (Number.isNaN(ms)) return;
    const offset = ms - this.#clock.elapsed();
    // The header is never ahead of the server's clock, so of several the highest is the closest.
    if (this.#offset === undefined || offset > this.#offset || offset < this.#offset - SET_BACK_MS)
      this.#offset = offset;
  }

  /** Milliseconds since the Unix epoch; by the machine's own clock until an answer came. */
  now(): number {
    return this.#offset === undefined ? this.#clock.now() : this.#offset + this.#clock.elapsed();
  }
}

/** `fetch`, and each answer tells the time. */
export function hearing(fetch: typeof globalThis.fetch, time: ServerTime): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    time.heard(response.headers.get('date'));
    return response;
  };
}
