/**
 * A brake on mailboxes of readers who wait directly: each is a queue that stays for 15 minutes, whether or not its reader does. A reader that sends its
 * ticket needs a new one almost never. Kept per process, by principal, so that one token's readers never slow another's.
 */

import { PushError } from '../errors.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { type Instant, instantOf, msBetween } from '../runtime/instant.ts';
import type { Clock } from '../runtime/ports.ts';

/** New mailboxes of one principal at once: a wall of displays that is switched on. */
export const MAILBOXES_AT_ONCE = 100;
/** And a second, in the long run. */
export const MAILBOXES_PER_SECOND = 1;
/** Principals that are remembered; beyond it the one that was not heard of for longest is forgotten. */
const MAX_PRINCIPALS = 10_000;

interface Bucket {
  left: number;
  at: Instant;
}

export class NewMailboxLimiter {
  readonly #clock: Clock;
  readonly #buckets = new BoundedMap<string, Bucket>(MAX_PRINCIPALS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `too-many-requests` with `retryAfter` when too many were made for this principal (`Caller.principal`). */
  admit(principal = ''): void {
    const at = instantOf(this.#clock);
    const bucket =
      this.#buckets.touch(principal) ?? this.#buckets.set(principal, { left: MAILBOXES_AT_ONCE, at });
    const gained = (msBetween(bucket.at, at) / 1_000) * MAILBOXES_PER_SECOND;
    bucket.left = Math.min(MAILBOXES_AT_ONCE, bucket.left + gained);
    bucket.at = at;
    if (bucket.left < 1) {
      const retryAfter = Math.ceil((1 - bucket.left) / MAILBOXES_PER_SECOND);
      const message =
        'Too many mailboxes were made for this token. Send the ticket of before, or poll without one.';
      throw new PushError('too-many-requests', message, { field: 'ticket', retryAfter });
    }
    bucket.left -= 1;
  }
}
