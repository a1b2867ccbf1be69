/** Whether this deployment works: healthy means that the log answers. */

import { type Instant, instantOf, msSince } from './instant.ts';
import type { Clock, EventLog } from './ports.ts';

/** Nobody needs a token to ask, and an answer costs a read: however many ask, the log is asked this often. */
export const ASK_MS = 1_000;
/** It need not exist. */
const CHANNEL = 'healthz';

export class Health {
  readonly #log: Pick<EventLog, 'last'>;
  readonly #clock: Clock;
  #asked: { readonly at: Instant; readonly answer: Promise<unknown> } | undefined;

  constructor({ log, clock }: { readonly log: Pick<EventLog, 'last'>; readonly clock: Clock }) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Rejects as the log does when it cannot be read, or could not within the last second. */
  async check(): Promise<void> {
    if (!this.#asked || msSince(this.#clock, this.#asked.at) >= ASK_MS)
      this.#asked = { at: instantOf(this.#clock), answer: this.#log.last(CHANNEL) };
    await this.#asked.answer;
  }
}
