/** Where it is kept which channels have promised an event, and what is known of them. */

import type { NewEvent } from '../log/block.ts';

/** A channel that must be looked at from `due` on. */
export interface Look {
  readonly channel: string;
  /** Unix time in ms, a whole minute. */
  readonly due: number;
}

/** An event that was promised and has not come yet. */
export interface Pending {
  /** Absent: any event of the channel is meant. */
  readonly key?: string;
  /** The event that promised it. */
  readonly vid: number;
  readonly expect: string;
  /** Unix time in ms by which it has to be appended. */
  readonly due: number;
  /** It was told, or stands in `outbox`, that it has not come in time. */
  readonly isTold?: true;
}

/** What is known of a channel that has promised events: all of its log up to `upTo` was taken. */
export interface Watch {
  readonly epoch: string;
  readonly upTo: number;
  /** One for each key at most, and one for the channel; at most `LIMITS.expectedKeys`. */
  readonly pending: readonly Pending[];
  /** What must be appended to the channel of alarms, in this order, before anything else is decided. */
  readonly outbox: readonly Outgoing[];
  /** With an outbox: nothing of it stands in the channel of alarms up to this vid. */
  readonly alarmsFrom: number;
  /** It was told that more was promised than is watched. */
  readonly isFull?: true;
}

/** An alarm before it has a number: its id is the same whoever makes it. */
export type Outgoing = Pick<NewEvent, 'id' | 'data'> & { readonly key: string };

/** A watch, and what it must be saved over. */
export interface VersionedWatch {
  readonly version: number;
  readonly watch: Watch;
}

/** Kept beside the log; every read is strongly consistent. */
export interface ExpectationStore {
  /** Notes that a channel must be looked at. May be repeated: a look that is noted twice is one. */
  noteLook(look: Look): Promise<void>;
  /** Looks that are due at `now`, the longest due first: `limit` of them at most. */
  dueLooks(now: number, limit: number): Promise<readonly Look[]>;
  /** Takes a note back. One that is not there does not matter. */
  dropLook(look: Look): Promise<void>;
  watch(channel: string): Promise<VersionedWatch | undefined>;
  /** Saves over the version that was read (undefined: there was none). False when another save came first; then nothing has changed. */
  saveWatch(channel: string, version: number | undefined, watch: Watch): Promise<boolean>;
  /** Forgets what is known of a channel. One of which nothing is known does not matter. */
  forgetWatch(channel: string): Promise<void>;
}
