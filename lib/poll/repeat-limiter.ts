/**
 * A brake for clients that ask in a hot loop. A reader that moves on may ask as fast as it likes; one that asks from where it was, or from further
 * back, gets so many answers a second, and is then told to come later. Kept per process, for clients that have an id: others share the throttle
 * of the API. A client id is only a name that anybody may send, so what one principal asks for never slows another principal's client of that name.
 */

import type { Position } from '../cursors/ports.ts';
import { PushError } from '../errors.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { type Instant, instantOf, msBetween } from '../runtime/instant.ts';
import type { Clock } from '../runtime/ports.ts';

/** Clients of a principal that are remembered; beyond it the one that was not heard of for longest is forgotten. */
const MAX_CLIENTS = 10_000;
/** Seconds' worth of repeats that may come at once: after a network that dropped answers, or a server that restarted. */
export const BURST_S = 10;
/** Channels whose place is remembered of each client: four polls' worth. */
const MAX_PLACES = 40;

interface Bucket {
  /** Where it asked from last, by channel; the one of longest ago first. */
  readonly places: BoundedMap<string, Known>;
  /** Repeats that are left. */
  left: number;
  at: Instant;
}

interface Known {
  maxvid: number | undefined;
  epoch: string | undefined;
}

/** Where a client asks from. A poll that leaves it to the cursor does not say. */
export type ChannelPosition = Position & { readonly channel: string };

export class RepeatLimiter {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #buckets = new BoundedMap<string, Bucket>(MAX_CLIENTS);

  /** `perSecond`: how many polls that do not move on a client may make in the long run. */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Throws `too-many-requests` with `retryAfter` when the `client` of this `principal` (`Caller.principal`) asked too often without moving on. */
  admit(client: string, cursors: readonly ChannelPosition[], principal = ''): void {
    // A client id has no blank, so no two pairs make one key.
    const bucket = this.#bucket(`${principal} ${client}`);
    if (!movesOn(bucket.places, cursors)) {
      if (bucket.left < 1) {
        const retryAfter = Math.ceil((1 - bucket.left) / this.#perSecond);
        const message = `Client ${client} asks from the same place over and over. Wait for the answer, and send its maxvid next.`;
        throw new PushError('too-many-requests', message, { field: 'client', retryAfter });
      }
      bucket.left -= 1;
    }
    for (const place of cursors) remember(bucket.places, place);
  }

  #bucket(key: string): Bucket {
    const full = BURST_S * this.#perSecond;
    const known = this.#buckets.touch(key);
    const at = instantOf(this.#clock);
    if (!known) return this.#buckets.set(key, { places: new BoundedMap(MAX_PLACES), left: full, at });
    known.left = Math.min(full, known.left + (msBetween(known.at, at) / 1000) * this.#perSecond);
    known.at = at;
    return known;
  }
}

/** True when one channel is asked for from further on, and none from further back: that has its price, and so has going to and fro. */
function movesOn(places: Pick<Bucket['places'], 'get'>, cursors: readonly ChannelPosition[]): boolean {
  let isOn = false;
  for (const { channel, maxvid, epoch } of cursors) {
    const known = places.get(channel);
    if (!known || maxvid === undefined) continue;
    const { maxvid: before = -1, epoch: life = epoch } = known;
    // A number of another life says nothing.
    if (maxvid < before || (epoch !== undefined && epoch !== life)) return false;
    if (maxvid > before) isOn = true;
  }
  return isOn;
}

/** In place: to take an entry out of a small map and put it back, with each poll, would make the map anew every few polls. */
function remember(places: Bucket['places'], { channel, maxvid, epoch }: ChannelPosition): void {
  const known = places.touch(channel) ?? places.set(channel, { maxvid: undefined, epoch: undefined });
  known.maxvid = maxvid ?? known.maxvid;
  known.epoch = epoch ?? known.epoch;
}
