/**
 * What is recorded of a stream that was made by PUT, or of a channel that was deleted: which log holds it, and what was asked for when it was
 * made. Names and logs are two things: each life of a name has a log of its own, so a life that begins is never mixed with an earlier one.
 */

import * as v from 'valibot';

/** A part of an earlier log that a fork goes on from: the numbers up to `upTo`, included. */
export interface Segment {
  readonly log: string;
  readonly upTo: number;
  readonly stamp: number;
}

/** Written out, and not inferred from the schema: it is in the declarations of @doorbell/testing, which brings no Valibot. */
export interface StreamRecord {
  readonly state: 'live' | 'deleted';
  /** The log of this life. */
  readonly log: string;
  /** When this life began, in ms; greater than the stamp of any earlier life of the name, and than its source's. */
  readonly stamp: number;
  /** As it was sent. */
  readonly contentType: string;
  /** Seconds without a read or a write after which it ends. */
  readonly ttlS?: number | undefined;
  /** RFC 3339, as it was sent: when it ends whatever happens. */
  readonly expiresAt?: string | undefined;
  /** When it was last read or written, in ms, about: `ttlS` counts from here. */
  readonly touchedAt: number;
  /** Where its own numbers begin: after this one. 0 unless it is a fork. */
  readonly base: number;
  /** Of a fork: what it inherits, the oldest first. */
  readonly segments: readonly Segment[];
  /** Of a fork: what was asked for, and the log of its source. */
  readonly forked?:
    | {
        readonly from: string;
        readonly offset?: string | undefined;
        readonly subOffset?: number | undefined;
        readonly log: string;
      }
    | undefined;
  /** What was asked for of its end, where it has its source's otherwise. */
  readonly asked?:
    | { readonly ttlS?: number | undefined; readonly expiresAt?: string | undefined }
    | undefined;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const RecordSchema = v.object({
  state: v.picklist(['live', 'deleted']),
  log: v.string(),
  stamp: count,
  contentType: v.string(),
  ttlS: v.optional(count),
  expiresAt: v.optional(v.string()),
  touchedAt: count,
  base: count,
  segments: v.array(v.object({ log: v.string(), upTo: count, stamp: count })),
  forked: v.optional(
    v.object({
      from: v.string(),
      offset: v.optional(v.string()),
      subOffset: v.optional(count),
      log: v.string(),
    }),
  ),
  asked: v.optional(v.object({ ttlS: v.optional(count), expiresAt: v.optional(v.string()) })),
});

/** A record as it was read; the version is what a change of it must name. */
export interface VersionedRecord {
  readonly version: number;
  readonly record: StreamRecord;
}

/** Reads what was written with `JSON.stringify`. Throws when it is something else. */
export function recordOf(text: string): StreamRecord {
  return v.parse(RecordSchema, JSON.parse(text));
}

/** A log for a life. No channel can have such a name, and no two lives one log: `id` is random. */
export function logName(name: string, stamp: number, id: string): string {
  return `${name}~${stamp}~${id.slice(0, 8)}`;
}

/** True of a log that belongs to one life of a name, so that its blocks do not expire. */
export function isOwnLog(log: string): boolean {
  return log.includes('~');
}

/** When a stream ends if nobody reads or writes it, Unix time in ms; Infinity where nothing was asked for. */
export function endOf({ ttlS, expiresAt, touchedAt }: StreamRecord): number {
  const idle = ttlS === undefined ? Number.POSITIVE_INFINITY : touchedAt + ttlS * 1000;
  const fixed = expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
  return Math.min(idle, fixed);
}

/** The record where its stream is there: not deleted, and not at its end. */
export function liveRecord(record: StreamRecord | undefined, now: number): StreamRecord | undefined {
  return record?.state === 'live' && endOf(record) > now ? record : undefined;
}

/** True of JSON, whose messages are events; of every other type the bytes are what counts. */
export function isJson(contentType: string): boolean {
  return mediaType(contentType) === 'application/json';
}

export function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}
