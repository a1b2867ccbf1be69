/**
 * A value from elsewhere that is kept fresh without anybody waiting for it: read once, then read again behind the back of whoever asks
 * when it has grown old. While it cannot be read again, the old one stays.
 */

import type { Clock, Logger } from '../ports.ts';

export interface RefreshedOptions<T> {
  readonly what: string;
  readonly load: () => Promise<T>;
  /** After this many ms, asking for the value starts to read it again. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Refreshed<T> {
  readonly #options: RefreshedOptions<T>;
  #value: { readonly value: T } | undefined;
  #triedAt = 0;
  #loading: Promise<T> | undefined;

  constructor(options: RefreshedOptions<T>) {
    this.#options = options;
  }

  /** Starts to read the value; whoever then asks for it is told when that failed. */
  warm(): void {
    this.#load().catch(() => undefined);
  }

  /** Waits only for the first value; rejects as `load` does when that cannot be had. */
  async get(): Promise<T> {
    const { clock, everyMs, logger, what } = this.#options;
    const known = this.#value;
    if (!known) return this.#load();
    if (clock.now() - this.#triedAt >= everyMs) {
      this.#load().catch((error: unknown) => {
        const reason = error instanceof Error ? error.name : 'unknown';
        logger.warn(`${what} could not be read again; what is known stays`, { reason });
      });
    }
    return known.value;
  }

  /** The value as it is now, for whom the known one does not do; the known one where it was read less than `restMs` ago, or cannot be read. */
  async anew(restMs: number): Promise<T> {
    const known = this.#value;
    const isFresh = this.#options.clock.now() - this.#triedAt < restMs;
    if (!known || (isFresh && !this.#loading)) return this.get();
    return this.#load().catch(() => known.value);
  }

  /** One read at a time, whoever asks. */
  #load(): Promise<T> {
    const { clock, load } = this.#options;
    this.#triedAt = clock.now();
    this.#loading ??= load()
      .then((value) => {
        this.#value = { value };
        return value;
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }
}
