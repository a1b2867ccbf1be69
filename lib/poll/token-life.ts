/** The token of a reader who stays for longer than a look at it is good for. */

import type { Caller } from '../auth/caller.ts';
import { type Instant, instantOf, msSince } from '../runtime/instant.ts';
import type { Clock } from '../runtime/ports.ts';

/** How long a look is good for while events come, in ms. A quiet reader's token is looked at after each wait. */
const GOOD_MS = 1_000;

export class TokenLife {
  readonly #clock: Clock;
  readonly #untilMs: number;
  readonly #check: () => void | Promise<void>;
  readonly #begun: Instant;
  /** In ms of `Clock.elapsed`. */
  #checkedAt: number;

  /** Begins with a token that has just been looked at. `check` throws or rejects where it is good no more. */
  constructor(
    clock: Clock,
    { untilMs = Number.POSITIVE_INFINITY }: Caller,
    check: () => void | Promise<void>,
  ) {
    this.#clock = clock;
    this.#untilMs = untilMs;
    this.#check = check;
    this.#begun = instantOf(clock);
    this.#checkedAt = this.#begun.elapsed;
  }

  /** How long it is still good, in ms; 0 or less: it has ended. */
  get leftMs(): number {
    return this.#untilMs - this.#begun.wall - msSince(this.#clock, this.#begun);
  }

  /** Looks at it again, unless that was done a moment ago: keys may be withdrawn while a reader stays. A promise where what is asked is not at hand. */
  checkAgain(): Promise<void> | undefined {
    const elapsed = this.#clock.elapsed();
    if (elapsed - this.#checkedAt < GOOD_MS) return undefined;
    this.#checkedAt = elapsed;
    return this.#check() ?? undefined;
  }
}
