/**
 * A value from elsewhere that is kept fresh without anybody waiting for it: read once, then read again behind the back of whoever asks
 * when it has grown old. While it cannot be read again, the old one stays; and where it is read from is asked again only after a rest,
 * however many want the value.
 */

import type { Logger } from '../telemetry/ports.ts';
import { type Instant, instantOf, msSince } from './instant.ts';
import type { Clock } from './ports.ts';

export interface RefreshAheadOptions<T> {
  readonly what: string;
  /** Its errors are logged, with their words: they must hold nothing that nobody may see. */
  readonly load: () => Promise<T>;
  /** After this many ms, asking for the value starts to read it again. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** After a read that failed, the next one is made this much later at the earliest where there is no value, */
export const FIRST_REST_MS = 1_000;
/** and this much later where there is one. */
export const REST_MS = 30_000;

export class RefreshAhead<T> {
  readonly #options: RefreshAheadOptions<T>;
  #value: { readonly value: T } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #triedAt: Instant | undefined;
  #reads = 0;
  #loading: Promise<T> | undefined;

  constructor(options: RefreshAheadOptions<T>) {
    this.#options = options;
  }

  /** Starts to read the value; whoever then asks for it is told when that failed. */
  warm(): void {
    this.#load().catch(() => undefined);
  }

  /** How often the value was read: whoever has made something of it knows by this when to make it anew. */
  get reads(): number {
    return this.#reads;
  }

  /** Waits only for the first value; rejects as `load` does when that cannot be had, and as it did while it rests from a failure. */
  async get(): Promise<T> {
    const { everyMs } = this.#options;
    const known = this.#value;
    if (!known) {
      if (this.#failure && this.#isWithin(FIRST_REST_MS)) throw this.#failure.error;
      return this.#load();
    }
    if (!this.#isWithin(this.#failure ? Math.min(REST_MS, everyMs) : everyMs)) this.warm();
    return known.value;
  }

  /** The value as it is now, for whom the known one does not do; reads it `REST_MS` after the last time at the earliest. Rejects when that failed. */
  async anew(): Promise<T> {
    if (!this.#value) return this.get();
    if (this.#loading || !this.#isWithin(REST_MS)) return this.#load();
    if (this.#failure) throw this.#failure.error;
    return this.#value.value;
  }

  #isWithin(ms: number): boolean {
    return this.#triedAt !== undefined && msSince(this.#options.clock, this.#triedAt) < ms;
  }

  /** One read at a time, whoever asks. */
  #load(): Promise<T> {
    const { clock, load } = this.#options;
    if (this.#loading) return this.#loading;
    this.#triedAt = instantOf(clock);
    this.#loading = load()
      .then(
        (value) => {
          this.#value = { value };
          this.#failure = undefined;
          this.#reads += 1;
          return value;
        },
        (error: unknown) => {
          this.#failure = { error };
          this.#report(error);
          throw error;
        },
      )
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }

  /** Once per read. Nobody else says why every request is told to come again. */
  #report(error: unknown): void {
    const { logger, what } = this.#options;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
    if (this.#value) logger.warn(`${what} could not be read again; what is known stays`, { reason });
    else logger.error(`${what} cannot be read, so nobody is let in`, { reason });
  }
}
