/** What is answered to GET and HEAD of a stream that does not ask for server-sent events. */

import type { Caller } from '../../auth/caller.ts';
import type { DisconnectSignal } from '../../poll/wait.ts';
import { LIMITS } from '../../protocol/doorbell.ts';
import { nextCursor } from '../../streams/cursor.ts';
import { longPoll } from '../../streams/long-poll.ts';
import { offsetAt } from '../../streams/offsets.ts';
import { bodyOf } from '../../streams/page.ts';
import type { StreamReadPorts } from '../../streams/ports.ts';
import { lookAt, readStream, type StreamAnswer } from '../../streams/read.ts';
import { HEADERS } from './headers.ts';
import type { ReadParams } from './params.ts';
import type { StreamReply } from './reply.ts';
import { isKnown, tagOf, tagOfWhole } from './tags.ts';

const MINUTE_S = 60;
const WAIT_MS = LIMITS.waitSeconds * 1000;

/** A reader's request, its name and parameters checked. */
export interface StreamReadRequest {
  readonly name: string;
  readonly params: ReadParams;
  /** The header. */
  readonly ifNoneMatch: string | undefined;
}

/** HEAD. Throws as `lookAt`. */
export async function headReply(
  ports: StreamReadPorts,
  caller: Caller,
  { name, ifNoneMatch }: Pick<StreamReadRequest, 'name' | 'ifNoneMatch'>,
): Promise<StreamReply> {
  const stream = await lookAt(ports, caller, name);
  const { record } = stream.record ?? {};
  const tag = tagOfWhole(stream);
  const isSame = tag !== undefined && isKnown(ifNoneMatch, tag);
  const headers = {
    ...(tag === undefined ? {} : { ETag: tag }),
    'Content-Type': stream.contentType,
    [HEADERS.nextOffset]: offsetAt(stream, stream.tail),
    ...(record?.ttlS === undefined ? {} : { [HEADERS.ttl]: String(record.ttlS) }),
    ...(record?.expiresAt === undefined ? {} : { [HEADERS.expiresAt]: record.expiresAt }),
    ...(stream.isClosed ? { [HEADERS.closed]: 'true' } : {}),
  };
  return { status: isSame ? 304 : 200, headers, body: null };
}

/** GET: what there is, or a long poll. Throws as `readStream` and `longPoll`. */
export async function readReply(
  ports: StreamReadPorts,
  caller: Caller,
  { name, params, ifNoneMatch }: StreamReadRequest,
  signal: DisconnectSignal,
): Promise<StreamReply> {
  const { offset, live, cursor } = params;
  if (live === undefined)
    return catchUpReply(await readStream(ports, caller, name, offset), params, ifNoneMatch);
  const request = { name, offset: offset ?? '-1', waitMs: WAIT_MS };
  return polledReply(await longPoll(ports, caller, request, signal), nextCursor(cursor, ports));
}

function catchUpReply(
  answer: StreamAnswer,
  { offset }: ReadParams,
  ifNoneMatch: string | undefined,
): StreamReply {
  if (offset === 'now')
    return { status: 200, headers: headersOf(answer), body: bodyOf(answer.page, answer.stream.isJson) };
  const tag = tagOf(answer);
  const headers = { ...headersOf(answer), ETag: tag, 'Cache-Control': cacheControl(answer) };
  if (isKnown(ifNoneMatch, tag)) return { status: 304, headers, body: null };
  return { status: 200, headers, body: bodyOf(answer.page, answer.stream.isJson) };
}

/** Of answers with messages, by the answer: readers at one place share it. */
const newsHeaders = new WeakMap<StreamAnswer, Readonly<Record<string, string>>>();

function polledReply(answer: StreamAnswer, cursor: string): StreamReply {
  const own = answer.isClosed ? {} : { own: { [HEADERS.cursor]: cursor } };
  if (answer.page.parts.length === 0) {
    const { 'Content-Type': _, ...headers } = headersOf(answer);
    return { status: 204, headers, ...own, body: null };
  }
  let headers = newsHeaders.get(answer);
  if (!headers) {
    headers = { ...headersOf(answer), ETag: tagOf(answer) };
    newsHeaders.set(answer, headers);
  }
  return { status: 200, headers, ...own, body: bodyOf(answer.page, answer.stream.isJson) };
}

function headersOf({ stream, nextOffset, isUpToDate, isClosed }: StreamAnswer) {
  return {
    'Content-Type': stream.contentType,
    [HEADERS.nextOffset]: nextOffset,
    ...(isUpToDate ? { [HEADERS.upToDate]: 'true' } : {}),
    ...(isClosed ? { [HEADERS.closed]: 'true' } : {}),
  };
}

/** What comes before the end never changes; but a stream may be deleted, and what it holds may be for one reader only. */
function cacheControl({ isUpToDate }: StreamAnswer): string {
  return isUpToDate ? 'private, no-cache' : `private, max-age=${MINUTE_S}`;
}
