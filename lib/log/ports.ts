/**
 * What Doorbell needs of the world, in prose that every implementation must keep: `lib/aws` on real services and
 * emulators, `packages/testing/src/memory` in memory. `tests/contract` holds them all to it.
 * Times are milliseconds since the Unix epoch unless a name says otherwise.
 */

import type { LogBlock, Mark, NewEvent } from './block.ts';
import type { StreamRecord, VersionedRecord } from './stream-record.ts';
import type { Producer, Writers } from './writers.ts';

/** The log of events: the only truth. Every read is strongly consistent. */
export interface EventLog {
  /** The newest block of the channel that begins above `after` (0 by default), expired or not; undefined when there is none. */
  last(channel: string, after?: number): Promise<LogBlock | undefined>;
  /**
   * Blocks that hold kept events above `after`, ascending, the first perhaps reaching below `after`. Stops at `limit` events above `after`, or
   * some 1 MiB, so a short answer does not mean the end; an empty one does. No block that begins above `after + limit` is read, unless
   * nothing stands before it or numbers were passed over: then the next one that holds events is.
   */
  read(channel: string, after: number, limit: number): Promise<readonly LogBlock[]>;
  /**
   * The newest blocks, back to the first that was appended before `sinceMs` by its publisher's clock, and without it; ascending. With a span only
   * those that begin in it.
   */
  since(channel: string, sinceMs: number, span?: VidSpan): Promise<readonly LogBlock[]>;
  /**
   * Writes one block at `first`, whole or not at all. `conflict` when a block stands there already. May be repeated after an
   * error of unknown outcome: a block with the same token is one's own.
   */
  append(channel: string, block: NewBlock): Promise<'appended' | 'conflict'>;
}

/** Vids from `first` to `last`, both included. */
export interface VidSpan {
  readonly first: number;
  readonly last: number;
}

/** The ids of a span of the log, as hashes (append/id-digest.ts). Holds all of them, so that an id whose hash is missing does not stand there. */
export interface IdDigest extends VidSpan {
  readonly epoch: string;
  /** When its newest block was appended, in ms since the Unix epoch. */
  readonly at: number;
  /** Ascending. */
  readonly hashes: Uint32Array;
}

/** Digests of ids: a cache of the log, for the minutes in which ids are compared. What is missing is read in the log. */
export interface IdDigests {
  /** Descending, back to the first whose blocks were all appended before `sinceMs`, and with it. The newest may be missing for a moment. */
  since(channel: string, sinceMs: number): Promise<readonly IdDigest[]>;
  /** Keeps one for half an hour at least. Only of blocks that are in the log. */
  keep(channel: string, digest: IdDigest): Promise<void>;
}

export interface NewBlock {
  readonly first: number;
  /** `first` + one per event - 1; without events the block skips these numbers, so that nobody can take them. */
  readonly last: number;
  readonly epoch: string;
  readonly at: string;
  readonly token: string;
  /** Unix time in ms until which it is kept at least. No block may expire before an older one of its channel. */
  readonly expires: number;
  /** Given back with the block, or, by a store that keeps none, left out: then ids are compared. */
  readonly queueMark?: string;
  readonly events: readonly NewEvent[];
  /** Instead of events: each byte has a number. */
  readonly bytes?: Uint8Array;
  /** Takes the last number. */
  readonly mark?: Mark;
  readonly writers?: Writers;
}

/** Taking data out of blocks that are in the log. */
export interface Redactions {
  /**
   * Takes the data of an event out of its block; every read that begins afterwards gives it without. May be repeated, and run twice at once. Undefined when the log
   * keeps no event of that number. A state that is written with the log is as if the event had deleted its key.
   */
  redact(log: string, vid: number): Promise<Redacted | undefined>;
  /** Removes some of the blocks that begin below `first`, and a state that is written with them. True when there may be more. */
  eraseBelow(log: string, first: number): Promise<boolean>;
  /** Takes a channel out of the directory. One that is not there does not matter. */
  unlist(channel: string): Promise<void>;
}

export interface Redacted {
  readonly key?: string;
}

/** One life of a channel's numbering. */
export interface Incarnation {
  readonly epoch: string;
  /** No number above it has been given out. */
  readonly highWaterMark: number;
  /** Of a name that was made by PUT, or deleted. */
  readonly stream?: VersionedRecord;
}

/** The channel's own item, which never expires. Reads are strongly consistent. */
export interface ChannelRecords {
  get(channel: string): Promise<Incarnation | undefined>;
  /** Records the life unless one is recorded; returns the recorded one. */
  begin(channel: string, life: Incarnation): Promise<Incarnation>;
  /** Raises the high-water mark to `upTo` when that is higher. False when the channel now lives another life, or none. */
  reserve(channel: string, epoch: string, upTo: number): Promise<boolean>;
}

/** What is kept of streams beside their logs. Reads are strongly consistent. */
export interface StreamStore {
  /** Changes the record of a name from the version that was read (undefined: there was none). False when another change came first. */
  swap(name: string, version: number | undefined, record: StreamRecord): Promise<boolean>;
  /** A producer that stands on no block any more. */
  producer(log: string, id: string): Promise<Producer | undefined>;
  /** Keeps a producer; one that is further stays as it is. */
  keepProducer(log: string, producer: Producer): Promise<void>;
  /** Notes that the log of a fork needs another log. May be repeated. */
  addFork(log: string, fork: Fork): Promise<void>;
  /** Takes that back. One that is not there does not matter. */
  removeFork(log: string, fork: Fork): Promise<void>;
  forks(log: string): Promise<readonly Fork[]>;
  /** Notes that a log may have to be removed from that time on. One log may be noted for several times. */
  doom(doomed: Doomed): Promise<void>;
  /** What was noted for `now` or before, some of it, the longest due first. */
  doomed(now: number): Promise<readonly Doomed[]>;
  /** Takes such a note back. One that is not there does not matter. */
  spare(doomed: Doomed): Promise<void>;
  /** Removes some of a log's blocks and what is kept of its producers. True when there is more. */
  purge(log: string): Promise<boolean>;
}

/** What there is of streams, for copying it elsewhere. A name or producer that comes meanwhile may be missing. */
export interface StreamListing {
  /** Names that have a record, in any order; those of streams that are deleted too. */
  names(): AsyncIterable<string>;
  /** The producers of a log that stand on no block. */
  producers(log: string): Promise<readonly Producer[]>;
}

/** A fork, by its name and its log. */
export interface Fork {
  readonly name: string;
  readonly log: string;
}

/** A log that is to be removed, and the name that it was made for. */
export interface Doomed extends Fork {
  /** Unix time in ms. */
  readonly due: number;
}

/** Which channels there are. Eventually consistent: one whose first event has just come may be missing for a moment. */
export interface Directory {
  /** Names from `from` to `to`, both included, ascending by character code; fewer than `limit` mean that there are no more. */
  channels(from: string, to: string, limit: number): Promise<readonly string[]>;
}
