/** What a request of the Durable Streams protocol says in its path, query and headers, checked. Throws `bad-parameter`, naming the field and its range. */

import { PushError } from '../../errors.ts';
import { STREAM_PATTERN } from '../../protocol/doorbell.ts';
import { isRfc3339 } from '../../runtime/rfc3339.ts';
import type { Producer } from '../../streams/append.ts';
import type { ForkRequest } from '../../streams/fork.ts';
import { HEADERS } from './headers.ts';

export type Header = (name: string) => string | undefined;

const STREAM_PATH = '/v1/stream/';
/** As the protocol writes whole numbers: no sign, no leading zero, no exponent. */
const WHOLE = /^(?:0|[1-9]\d*)$/;
/** Seconds: some 300 years, so that the end is a date that can be written. */
const MAX_TTL_S = 10_000_000_000;
/** A type and a subtype, perhaps with parameters (RFC 9110, 8.3.1). */
const MEDIA_TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;.*)?$/;
/** Characters of a header that is kept in the log. */
const MAX_KEPT = 256;
const NAME_RULE =
  'the name of a stream must be 1 to 512 characters: parts of A-Z a-z 0-9 _ . - with slashes between, none of them . or ..';

export function streamName(text: string): string {
  if (STREAM_PATTERN.test(text)) return text;
  throw refused('path', NAME_RULE);
}

export interface ReadParams {
  readonly offset: string | undefined;
  readonly live: 'long-poll' | 'sse' | undefined;
  readonly cursor: string | undefined;
}

/** Other parameters are a client's own: it may add some, against caches or for whatever stands in front. */
export function readParams(query: URLSearchParams): ReadParams {
  const offset = one(query, 'offset');
  if (offset === '') throw refused('offset', 'offset must not be empty');
  const live = one(query, 'live');
  const cursor = one(query, 'cursor');
  if (live === undefined) return { offset, live, cursor };
  if (live !== 'long-poll' && live !== 'sse') throw refused('live', 'live must be long-poll or sse');
  if (offset === undefined) throw refused('offset', `live=${live} needs an offset`);
  return { offset, live, cursor };
}

export function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'true';
}

/** When a stream ends. */
export function endParams(header: Header): { readonly ttlS?: number; readonly expiresAt?: string } {
  const ttl = header(HEADERS.ttl);
  const expiresAt = header(HEADERS.expiresAt);
  if (ttl !== undefined && expiresAt !== undefined)
    throw refused(HEADERS.ttl, `${HEADERS.ttl} and ${HEADERS.expiresAt} cannot be given together`);
  if (ttl !== undefined) return { ttlS: whole(HEADERS.ttl, ttl, MAX_TTL_S) };
  if (expiresAt === undefined) return {};
  requireShort(HEADERS.expiresAt, expiresAt);
  if (!isRfc3339(expiresAt))
    throw refused(HEADERS.expiresAt, `${HEADERS.expiresAt} must be a time like 2026-01-31T12:00:00Z`);
  return { expiresAt };
}

/** Of a stream that is made: it is sent with every answer. */
export function contentTypeParam(header: Header): string | undefined {
  const type = header('content-type') || undefined;
  if (type === undefined) return undefined;
  requireShort('Content-Type', type);
  if (!MEDIA_TYPE.test(type))
    throw refused('Content-Type', 'Content-Type must be a media type like application/json');
  return type;
}

/** All three of a producer's headers, or none. */
export function producerParam(header: Header): Producer | undefined {
  const id = header(HEADERS.producerId);
  const epoch = header(HEADERS.producerEpoch);
  const seq = header(HEADERS.producerSeq);
  if (id === undefined && epoch === undefined && seq === undefined) return undefined;
  if (id === undefined || epoch === undefined || seq === undefined)
    throw refused(HEADERS.producerId, 'Producer-Id, Producer-Epoch and Producer-Seq must be given together');
  if (id.trim() === '' || id.length > MAX_KEPT)
    throw refused(HEADERS.producerId, `${HEADERS.producerId} must be 1 to ${MAX_KEPT} characters`);
  return {
    id,
    epoch: whole(HEADERS.producerEpoch, epoch, Number.MAX_SAFE_INTEGER),
    seq: whole(HEADERS.producerSeq, seq, Number.MAX_SAFE_INTEGER),
  };
}

export function seqParam(header: Header): string | undefined {
  const seq = header(HEADERS.seq);
  if (seq !== undefined) requireShort(HEADERS.seq, seq);
  return seq;
}

export function forkParam(header: Header): ForkRequest | undefined {
  const path = header(HEADERS.forkedFrom);
  const offset = header(HEADERS.forkOffset);
  const sub = header(HEADERS.forkSubOffset);
  if (path === undefined) {
    if (offset === undefined && sub === undefined) return undefined;
    throw refused(
      HEADERS.forkedFrom,
      `${HEADERS.forkOffset} and ${HEADERS.forkSubOffset} need ${HEADERS.forkedFrom}`,
    );
  }
  if (!path.startsWith(STREAM_PATH))
    throw refused(HEADERS.forkedFrom, `${HEADERS.forkedFrom} must be a path that begins with ${STREAM_PATH}`);
  const subOffset =
    sub === undefined ? undefined : whole(HEADERS.forkSubOffset, sub, Number.MAX_SAFE_INTEGER);
  if (subOffset !== undefined && subOffset > 0 && offset === undefined)
    throw refused(HEADERS.forkOffset, `${HEADERS.forkSubOffset} needs ${HEADERS.forkOffset}`);
  return {
    from: streamName(path.slice(STREAM_PATH.length)),
    ...(offset === undefined ? {} : { offset }),
    ...(subOffset === undefined || subOffset === 0 ? {} : { subOffset }),
  };
}

function requireShort(name: string, text: string): void {
  if (text.length > MAX_KEPT) throw refused(name, `${name} must be at most ${MAX_KEPT} characters`);
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!WHOLE.test(text) || value > most)
    throw refused(name, `${name} must be a whole number from 0 to ${most}`);
  return value;
}

function one(query: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = query.getAll(name);
  if (others.length > 0) throw refused(name, `${name} is given more than once`);
  return value;
}

function refused(field: string, message: string): PushError {
  return new PushError('bad-parameter', `${message}.`, { field: field.toLowerCase() });
}
