/**
 * Work that may come after the answer: deleting a doorbell, renewing a registration. In classic Lambda nothing runs once the
 * response is out, so it waits for the next invocation (or SIGTERM) and adds no latency to this one.
 * Losing it is harmless by design: each piece is repeated or expires.
 */

import type { Logger } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';

export class AfterResponse {
  readonly #logger: Logger;
  readonly #works: Array<() => Promise<void>> = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  later(work: () => Promise<void>): void {
    this.#works.push(work);
  }

  get isEmpty(): boolean {
    return this.#works.length === 0;
  }

  /** Does everything that has been delayed; never rejects. */
  async flush(): Promise<void> {
    const works = this.#works.splice(0);
    const results = await Promise.allSettled(works.map((work) => work()));
    for (const result of results) {
      if (result.status === 'rejected') {
        this.#logger.warn('deferred work failed; it is not needed for correctness', {
          reason: reasonOf(result.reason),
        });
      }
    }
  }
}
