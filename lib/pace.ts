/**
 * A brake for clients that ask in a hot loop. A reader that moves on may ask as fast as it likes; one that asks from the same place again and
 * again gets so many answers a second, and is then told to come later. Kept per process, for clients that have an id: others share the
 * throttle of the API.
 */

import { PushError } from './errors.ts';
import type { Clock } from './ports.ts';

/** Clients that are remembered; beyond it the one that was not heard of for longest is forgotten. */
const MAX_CLIENTS = 10_000;
/** Seconds' worth of repeats that may come at once: after a network that dropped answers, or a server that restarted. */
export const BURST_S = 10;

interface Bucket {
  place: string;
  /** Repeats that are left. */
  left: number;
  at: number;
}

export class Pace {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  /** `perSecond`: how many polls from the same place a client may make in the long run. */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** `place` says where the client asks from. Throws `too-many-requests` with `retryAfter` when it asked there too often. */
  admit(client: string, place: string): void {
    const bucket = this.#bucket(client, place);
    if (bucket.place !== place) {
      bucket.place = place;
      return;
    }
    if (bucket.left < 1) {
      const retryAfter = Math.ceil((1 - bucket.left) / this.#perSecond);
      const message = `Client ${client} asks from the same place over and over. Wait for the answer, and send its maxvid next.`;
      throw new PushError('too-many-requests', message, { field: 'client', retryAfter });
    }
    bucket.left -= 1;
  }

  #bucket(client: string, place: string): Bucket {
    const now = this.#clock.now();
    const full = BURST_S * this.#perSecond;
    const known = this.#buckets.get(client);
    // Re-inserting keeps the map ordered by use.
    this.#buckets.delete(client);
    const bucket = known ?? { place, left: full, at: now };
    bucket.left = Math.min(full, bucket.left + ((now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > MAX_CLIENTS) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
