/**
 * Tokens that were found good a moment ago. A reader sends the same token with every poll, and a signature costs a hundred times as much to check
 * as the token's digest costs to find here. Only good tokens are kept, so forged ones push none out; a token that has expired, or that was checked
 * with keys which have been read again since, is not found. Kept is the digest: no memory dump holds a token that somebody could use.
 */

import { hash } from 'node:crypto';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { type Instant, instantOf, msSince } from '../runtime/instant.ts';
import type { Clock } from '../runtime/ports.ts';

/** However long a token is good, its signature and claims are looked at again after this long. */
export const KEEP_MS = 60_000;
/** Beyond it the one that was checked first is forgotten; each takes some 500 bytes and its grants. */
export const MAX_KEPT = 10_000;

interface Entry<T> {
  readonly value: T;
  readonly checkedAt: Instant;
  /** How long it is good from then on, in ms. */
  readonly goodMs: number;
  /** Where the keys stood. */
  readonly isCurrent: () => boolean;
}

export class VerifiedTokens<T> {
  readonly #clock: Clock;
  /** In the order in which they were checked. */
  readonly #entries = new BoundedMap<string, Entry<T>>(MAX_KEPT);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What `put` was given for the token of this digest, if that still holds. */
  find(digest: string): T | undefined {
    const entry = this.#entries.get(digest);
    if (!entry) return undefined;
    if (this.#isGood(entry) && entry.isCurrent()) return entry.value;
    this.#entries.delete(digest);
    return undefined;
  }

  /** `untilMs`: when the token itself ends, Unix time; `isCurrent`: whether the keys are still those that it was checked with. */
  put(digest: string, value: T, untilMs: number, isCurrent: () => boolean): void {
    const checkedAt = instantOf(this.#clock);
    const goodMs = Math.min(untilMs - checkedAt.wall, KEEP_MS);
    this.#entries.set(digest, { value, checkedAt, goodMs, isCurrent });
    this.#entries.deleteWhile((entry) => !this.#isGood(entry));
  }

  /** Not before it was checked, should the wall clock go back: `nbf` was looked at then. */
  #isGood({ checkedAt, goodMs }: Entry<T>): boolean {
    return this.#clock.now() >= checkedAt.wall && msSince(this.#clock, checkedAt) < goodMs;
  }
}

/** By which a token is known here: SHA-256, so none can be made to pass for another. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
