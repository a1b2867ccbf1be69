/**
 * The history of a run: what was asked of a Doorbell and what it answered, in the order in which this process saw it. Append-only; the
 * checker knows nothing else. Times are ms on one monotonic clock, so that they can be compared. `op` numbers one request, or one
 * publish with all its retries.
 */

import type { Event, PollAnswer, PublishAnswer } from '../../../../lib/protocol/doorbell.ts';

/** An event as its producer sent it. */
export interface Sent {
  /** Absent where the server was to make one. */
  readonly id?: string;
  readonly key?: string;
  /** As `inBrief` gives it; different for each event of a run. */
  readonly data: string;
}

/** An event as a reader got it, its data in brief. */
export type Seen = Omit<Event, 'data'> & { readonly data: string; readonly isDeletion?: true };
export type SeenAnswer = Omit<PollAnswer, 'events'> & { readonly events: readonly Seen[] };

/** Which keys a state is asked for; neither: all. */
export interface StateQuery {
  readonly prefix?: string;
  readonly keys?: readonly string[];
}

/** A page of a state, the data of its entries in brief. */
export interface SeenState {
  readonly epoch: string;
  readonly maxvid: number;
  readonly entries: ReadonlyArray<Seen & { readonly key: string }>;
}

/** Where a reader asks from. Without `maxvid`: from its client's cursor, else from now on. */
export interface Place {
  readonly channel: string;
  readonly maxvid?: number;
}

interface Stamp {
  readonly at: number;
}

interface Step extends Stamp {
  readonly op: number;
}

/** A producer begins to publish: an event, an array (one block), or NDJSON lines. */
export interface Publish extends Step {
  readonly kind: 'publish';
  readonly producer: string;
  readonly channel: string;
  readonly form: 'event' | 'array' | 'lines';
  readonly events: readonly Sent[];
}

/** It was acknowledged, at the `attempts`-th try. */
export interface Published extends Step {
  readonly kind: 'published';
  readonly attempts: number;
  readonly answer: PublishAnswer;
}

/** The same once more, after it was acknowledged: nothing may be appended twice. */
export interface Republished extends Step {
  readonly kind: 'republished';
  readonly answer: PublishAnswer;
}

/** It was given up. Its first `appended` events are in the log; what became of the others nobody was told. */
export interface Unpublished extends Step {
  readonly kind: 'unpublished';
  readonly why: string;
  readonly appended: number;
}

export interface Poll extends Step {
  readonly kind: 'poll';
  readonly reader: string;
  readonly client?: string;
  readonly waitMs: number;
  readonly limit: number;
  /** As one poll of several channels. */
  readonly many: boolean;
  /** Present on a shared poll: a cache may have answered it, and its wait is the rest of a slot, at most `waitMs`. */
  readonly shared?: true;
  /** Present on a direct wait: the wait for a bell, `waitMs` long at most, and what its reader asked for after it; 0 where it did not wait. */
  readonly direct?: true;
  readonly places: readonly Place[];
}

export interface Answered extends Step {
  readonly kind: 'answered';
  readonly answers: readonly SeenAnswer[];
}

/** A state is asked for, with all of its pages. */
export interface State extends Step, StateQuery {
  readonly kind: 'state';
  readonly reader: string;
  readonly channel: string;
}

export interface Stated extends Step {
  readonly kind: 'stated';
  readonly pages: readonly SeenState[];
}

/** The poll, or the request for a state, brought nothing: its reader gave it up, or dropped the socket in the middle of the answer, or it failed. */
export interface Cut extends Step {
  readonly kind: 'cut';
  readonly why: 'given up' | 'half read' | 'failed';
}

/** An answer that the protocol does not allow here. */
export interface Fault extends Step {
  readonly kind: 'fault';
  readonly what: string;
}

/** The server was killed, or answers again. */
export interface Power extends Stamp {
  readonly kind: 'killed' | 'up';
}

/** The disk under the server was filled to the last byte, or has room again. */
export interface Disk extends Stamp {
  readonly kind: 'full' | 'room';
}

/** The load's own process stood still for `ms` until `at`: it had no processor, or too much to do. */
export interface Stood extends Stamp {
  readonly kind: 'stood';
  readonly ms: number;
}

/** Everyone has read up to the end. `unfinished` names the readers who could not. */
export interface End extends Stamp {
  readonly kind: 'end';
  readonly unfinished: readonly string[];
}

export type Entry =
  | Publish
  | Published
  | Republished
  | Unpublished
  | Poll
  | Answered
  | State
  | Stated
  | Cut
  | Fault
  | Power
  | Disk
  | Stood
  | End;
type Unstamped<E> = E extends Entry ? Omit<E, 'at'> : never;

export interface History {
  readonly entries: readonly Entry[];
  op(): number;
  add(entry: Unstamped<Entry>): void;
}

/** An empty history. `keep` is called with each entry as it is added. */
export function newHistory(now: () => number, keep: (entry: Entry) => void = () => undefined): History {
  const entries: Entry[] = [];
  let ops = 0;
  const begun = now();
  const add = (entry: Unstamped<Entry>) => {
    const stamped: Entry = { ...entry, at: Math.round((now() - begun) * 1000) / 1000 };
    entries.push(stamped);
    keep(stamped);
  };
  return { entries, op: () => ++ops, add };
}
