/** GET and HEAD /v1/stream/{path}: catch-up, long poll, server-sent events, and what is known of a stream. */

import type { Context } from 'hono';
import { LIMITS } from '../../protocol/doorbell.ts';
import { nextCursor } from '../../streams/cursor.ts';
import { longPoll } from '../../streams/long-poll.ts';
import { offsetAt } from '../../streams/offsets.ts';
import { bodyOf } from '../../streams/page.ts';
import type { StreamReadPorts } from '../../streams/ports.ts';
import { lookAt, readStream, type StreamAnswer } from '../../streams/read.ts';
import type { App, Mount } from '../app.ts';
import type { Variables } from '../middleware/authenticate.ts';
import { ROUTES } from '../routes.ts';
import { HEADERS } from './headers.ts';
import { readParams, streamName } from './params.ts';
import { type EventStreamOptions, streamEvents } from './sse.ts';
import { isKnown, tagOf, tagOfWhole } from './tags.ts';

type StreamContext = Context<{ Variables: Variables }>;

const MINUTE_S = 60;

export function streamReadRoutes(ports: StreamReadPorts, options: EventStreamOptions): Mount {
  return (app: App) => {
    app.get(ROUTES.stream.path, async (c) => {
      const name = streamName(c.req.param('path'));
      if (c.req.method === 'HEAD') return head(c, ports, name);
      const { offset, live, cursor } = readParams(c.var.query);
      if (live === undefined) return catchUp(c, ports, name, offset);
      if (live === 'sse') return streamEvents(c, ports, { name, offset: offset ?? '-1', cursor }, options);
      const request = { name, offset: offset ?? '-1', waitMs: LIMITS.waitSeconds * 1000 };
      const answer = await longPoll(ports, c.var.caller, request, c.req.raw.signal);
      return polled(c, answer, nextCursor(cursor, ports));
    });
  };
}

async function head(c: StreamContext, ports: StreamReadPorts, name: string): Promise<Response> {
  const stream = await lookAt(ports, c.var.caller, name);
  const { record } = stream.record ?? {};
  const tag = tagOfWhole(stream);
  const isSame = tag !== undefined && isKnown(c.req.header('if-none-match'), tag);
  return c.body(null, isSame ? 304 : 200, {
    ...(tag === undefined ? {} : { ETag: tag }),
    'Content-Type': stream.contentType,
    [HEADERS.nextOffset]: offsetAt(stream, stream.tail),
    ...(record?.ttlS === undefined ? {} : { [HEADERS.ttl]: String(record.ttlS) }),
    ...(record?.expiresAt === undefined ? {} : { [HEADERS.expiresAt]: record.expiresAt }),
    ...(stream.isClosed ? { [HEADERS.closed]: 'true' } : {}),
  });
}

async function catchUp(
  c: StreamContext,
  ports: StreamReadPorts,
  name: string,
  offset: string | undefined,
): Promise<Response> {
  const answer = await readStream(ports, c.var.caller, name, offset);
  const headers = headersOf(answer);
  if (offset === 'now') return c.body(bodyOf(answer.page, answer.stream.isJson), 200, headers);
  const tag = tagOf(answer);
  const tagged = { ...headers, ETag: tag };
  c.header('Cache-Control', cacheControl(answer));
  if (isKnown(c.req.header('if-none-match'), tag)) return c.body(null, 304, tagged);
  return c.body(bodyOf(answer.page, answer.stream.isJson), 200, tagged);
}

function polled(c: StreamContext, answer: StreamAnswer, cursor: string): Response {
  const headers = { ...headersOf(answer), ...(answer.isClosed ? {} : { [HEADERS.cursor]: cursor }) };
  if (answer.page.parts.length > 0)
    return c.body(bodyOf(answer.page, answer.stream.isJson), 200, { ...headers, ETag: tagOf(answer) });
  const { 'Content-Type': _, ...others } = headers;
  return c.body(null, 204, others);
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
