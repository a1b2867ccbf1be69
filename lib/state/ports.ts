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
   * The state of the incarnation `epoch`, as far as it is kept: about 1 MiB of it at once, one entry at least where there is one. What is kept of
   * another incarnation is not given.
   */
  page(channel: string, epoch: string, range: KeyRange): Promise<StatePage>;
}

/** Keeps nothing: the state is what the log has. */
export const NO_STATE: StateStore = { page: async () => ({ upTo: 0, entries: [], next: null }) };
