/** What the state of a channel is kept in, beside its log. */

import type { StateEntry } from '../protocol/doorbell.ts';

export type { StateEntry };

/** Which keys are asked for: those that begin with `prefix` and stand behind `after`; where `keys` are named, only these. */
export interface KeyRange {
  readonly prefix: string;
  readonly after: string;
  readonly keys: readonly string[];
}

export interface StatePage {
  /** Every event up to this vid is in the entries; later ones may be in some. */
  readonly upTo: number;
  /** One for each key that is not deleted, ascending by key (`compareKeys`). */
  readonly entries: readonly StateEntry[];
  /** The last key that was looked at, when others may stand behind it. */
  readonly next: string | null;
}

export interface StateStore {
  /**
   * The state of the incarnation `epoch`, as far as it is kept: about 1 MiB of what is kept at once, of which deleted keys are no entry. What is kept of
   * another incarnation is not given.
   */
  page(channel: string, epoch: string, range: KeyRange): Promise<StatePage>;
  /** Every event of the incarnation up to this vid is in its pages from now on; 0 where none is. Strongly consistent, as is `page`. */
  foldedTo(channel: string, epoch: string): Promise<number>;
}

/** The newest event of a key. */
export interface KeyChange {
  readonly key: string;
  readonly vid: number;
  /** Absent where that event has deleted the key. */
  readonly entry?: StateEntry;
}

/**
 * A state that is written behind the log, key by key, by folding. Whatever is kept of a key only moves forward: so two may fold the same events at once, in any
 * order, and stop anywhere. What was folded outlives the log's events.
 */
export interface FoldedStates extends StateStore {
  /** Takes the newest event of a key. An older one than what is kept changes nothing; one that deletes is remembered for a day, so that no older one that comes late brings the key back. */
  take(channel: string, epoch: string, change: KeyChange): Promise<void>;
  /** Says that every event up to `upTo` has been taken. It only moves forward. */
  foldTo(channel: string, epoch: string, upTo: number): Promise<void>;
  /** What the last run of folds has left for the next. A hint: of two runs at once the later one's is kept. */
  look(): Promise<Look>;
  noteLook(look: Look): Promise<void>;
}

/** Taking the data of an event out of a state that is written behind the log. */
export interface StateErasure {
  /** Deletes the key where that event, or an older one, is the newest that is kept; and a fold that has read the event before takes it no more. */
  erase(channel: string, epoch: string, key: string, vid: number): Promise<void>;
  /** Removes some of what is kept of an incarnation. True when there may be more. */
  eraseAll(channel: string, epoch: string): Promise<boolean>;
}

/** A look over all channels, and what it has found. */
export interface Look {
  /** Where it has stopped: a channel's name, or '' at its end. */
  readonly after: string;
  /** When it began, in ms since the Unix epoch; 0 before the first. */
  readonly begunAt: number;
  /** Channels with many events, to be folded by each run, in the order in which they are next. */
  readonly busy: readonly string[];
}

export const NO_LOOK: Look = { after: '', begunAt: 0, busy: [] };

/** Keeps nothing: the state is what the log has. */
export const NO_STATE: StateStore = {
  page: async () => ({ upTo: 0, entries: [], next: null }),
  foldedTo: async () => 0,
};
