/** Whether this deployment works: healthy means that the log answers, and takes events where it can tell. */

import type { EventLog } from '../log/ports.ts';
import { type Instant, instantOf, msSince } from '../runtime/instant.ts';
import type { Clock } from '../runtime/ports.ts';

/** Nobody needs a token to ask, and an answer costs a read: however many ask, the log is asked this often. */
export const ASK_MS = 1_000;
/** It need not exist. */
const CHANNEL = 'healthz';

export interface HealthPorts {
  readonly log: Pick<EventLog, 'last'>;
  readonly clock: Clock;
  /** Rejects when the log cannot be read, or not be written; by default it is read. */
  readonly probe?: () => Promise<unknown>;
}

export class Health {
  readonly #probe: () => Promise<unknown>;
  readonly #clock: Clock;
  #asked: { readonly at: Instant; readonly answer: Promise<unknown> } | undefined;

  constructor({ log, clock, probe = () => log.last(CHANNEL) }: HealthPorts) {
    this.#probe = probe;
    this.#clock = clock;
  }

  /** Rejects as the log does when it cannot be read or written, or could not within the last second. */
  async check(): Promise<void> {
    if (!this.#asked || msSince(this.#clock, this.#asked.at) >= ASK_MS)
      this.#asked = { at: instantOf(this.#clock), answer: this.#probe() };
    await this.#asked.answer;
  }

  /** The same as an answer, for a supervisor. */
  async isHealthy(): Promise<boolean> {
    return this.check().then(
      () => true,
      () => false,
    );
  }
}
