/** HTTP/2 with prior knowledge and without TLS, as proxies speak it to their backends. The same limits as over HTTP/1.1, for each stream. */

import type { RequestListener } from 'node:http';
import {
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import { h2Response } from './h2-response.ts';
import { IdleSessions } from './idle-sessions.ts';
import {
  HEAD_BYTES,
  handleExpectContinue,
  type Listener,
  type ListenOptions,
  MAX_HEADERS,
  ready,
  type SharedLimits,
} from './listener.ts';
import { SlowRequests } from './slow-requests.ts';

/** Polls on one connection. */
const MAX_STREAMS = 1_000;
/**
 * Node's own bound for what is queued on a connection, in MB. It counts what many streams share as often as they do, and refuses new streams beyond it, so it
 * is out of the way: `UnreadBytes` counts what is in memory.
 */
const NO_BOUND_MB = 4_000;

/** Resolves when it listens. */
export async function listenH2c(
  place: ListenOptions,
  onRequest: RequestListener,
  { unread, timeouts, time, connections }: SharedLimits,
): Promise<Listener> {
  const sockets = new WeakMap<object, Socket>();
  const server = createServer({
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: HEAD_BYTES },
    maxHeaderListPairs: MAX_HEADERS,
    maxSessionMemory: NO_BOUND_MB,
    unknownProtocolTimeout: timeouts.checkMs,
    Http2ServerResponse: h2Response(unread, sockets),
  });
  const slow = new SlowRequests(time);
  // The compatibility API's request and response do what Node's own do, where a lane or the router asks them.
  const onAny = (handle: RequestListener) => (request: Http2ServerRequest, response: Http2ServerResponse) => {
    slow.begin(request, response);
    handle(joined(request) as never, response as never);
  };
  server.on('request', onAny(onRequest));
  server.on('checkContinue', onAny(handleExpectContinue(onRequest)));
  const idle = new IdleSessions(timeouts, time);
  // A session shows its socket through a proxy that cannot be destroyed. It begins within the `connection` event of its own.
  let connecting: Socket | undefined;
  server.prependListener('connection', (socket: Socket) => {
    connecting = socket;
  });
  server.on('session', (session: ServerHttp2Session) => {
    if (!connecting) return;
    sockets.set(session, connecting);
    idle.begin(session, connecting);
  });
  return ready(server, place, connections, {
    everyMs: timeouts.checkMs,
    check() {
      time.look();
      unread.cutOlderThan(timeouts.readMs);
      slow.endOlderThan(timeouts.requestMs);
      idle.check();
    },
    closeIdle: () => idle.close(),
  });
}

/** As `joinDuplicateHeaders` does for HTTP/1.1: of two Authorization headers HTTP/2 keeps the first, and a proxy may have looked at the second. */
function joined(request: Http2ServerRequest): Http2ServerRequest {
  const { headers, rawHeaders } = request;
  if (headers.authorization === undefined) return request;
  const all = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1] === 'authorization');
  if (all.length > 1) headers.authorization = all.join(', ');
  return request;
}
