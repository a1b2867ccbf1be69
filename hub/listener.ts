/** The sockets of a hub: time-outs and sizes that keep slow and greedy clients from holding it up, and a way to stop without cutting anybody off. */

import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

/** How slow a client may be, in ms. */
export interface Patience {
  /** For the head of a request: longer is a slow loris. */
  readonly headersMs: number;
  /** For a whole request with its body. It does not bound the answer, so not a held poll. */
  readonly requestMs: number;
  /** For reading an answer, or what is written of a stream at once: what nobody reads would be kept in memory for good. */
  readonly readMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
  /** How often all of them are looked at: each is kept to so far. */
  readonly checkMs: number;
}

/**
 * A body of 5 MiB takes 30 s at 1.4 Mbit/s. A connection is kept longer than a load balancer does (ALB: 60 s), so that it never sends a request into one
 * that is being closed.
 */
export const PATIENCE: Patience = {
  headersMs: 10_000,
  requestMs: 30_000,
  readMs: 30_000,
  keepAliveMs: 65_000,
  checkMs: 5_000,
};

/** An address (8,192), a token (8,192) and a few more. */
const HEAD_BYTES = 20 * 1024;
const MAX_HEADERS = 100;
/** TCP's own look at a connection on which nothing was said. */
const TCP_KEEP_ALIVE_MS = 30_000;
/** HTTP/2: polls on one connection. */
const MAX_STREAMS = 1_000;
const HELD_BACK = 2_048;

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
}

export interface Listener {
  readonly port: number;
  /** Connections that are open now. */
  connections(): number;
  /** Takes no more connections, and resolves when those there are have been answered; what is left after `withinMs` is cut. */
  close(withinMs: number): Promise<void>;
}

/** HTTP/1.1. Resolves when it listens. */
export async function listen(
  place: Place,
  onRequest: RequestListener,
  patience = PATIENCE,
): Promise<Listener> {
  const server = createServer(
    {
      headersTimeout: patience.headersMs,
      requestTimeout: patience.requestMs,
      connectionsCheckingInterval: patience.checkMs,
      keepAliveTimeout: patience.keepAliveMs,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      noDelay: true,
      maxHeaderSize: HEAD_BYTES,
      // A second Authorization header would be dropped, and a proxy may have looked at that one: joined, the two are no token.
      joinDuplicateHeaders: true,
    },
    onRequest,
  );
  server.on('checkContinue', invited(onRequest));
  server.maxHeadersCount = MAX_HEADERS;
  return ready(server, place, patience, () => server.closeIdleConnections());
}

/** HTTP/2 with prior knowledge and without TLS. Resolves when it listens. */
export async function listenH2c(
  place: Place,
  onRequest: RequestListener,
  patience = PATIENCE,
): Promise<Listener> {
  const server = createHttp2Server({
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: HEAD_BYTES },
    maxHeaderListPairs: MAX_HEADERS,
    unknownProtocolTimeout: patience.checkMs,
  });
  // The compatibility API's request and response do what Node's own do, where a lane or the router asks them.
  const onJoined: RequestListener = (request, response) => onRequest(joined(request), response);
  server.on('request', onJoined as never);
  server.on('checkContinue', invited(onJoined) as never);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.setTimeout(patience.keepAliveMs, () => session.close());
    session.once('close', () => sessions.delete(session));
  });
  return ready(server, place, patience, () => {
    for (const session of sessions) session.close();
  });
}

/** As `joinDuplicateHeaders` does for HTTP/1.1: of two Authorization headers HTTP/2 keeps the first, and a proxy may have looked at the second. */
function joined(request: IncomingMessage): IncomingMessage {
  const { headers, rawHeaders } = request;
  if (headers.authorization === undefined) return request;
  const all = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1] === 'authorization');
  if (all.length > 1) headers.authorization = all.join(', ');
  return request;
}

/**
 * A client that asks first whether its body is wanted (`Expect: 100-continue`) is told so when somebody begins to read it, so not before its token was
 * looked at. After a refusal its connection is closed: it may send the body all the same.
 */
function invited(onRequest: RequestListener): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    const { shouldKeepAlive } = response;
    response.shouldKeepAlive = false;
    const invite = (event: string) => {
      if ((event !== 'data' && event !== 'readable') || response.headersSent) return;
      request.off('newListener', invite);
      response.shouldKeepAlive = shouldKeepAlive;
      response.writeContinue();
    };
    request.on('newListener', invite);
    onRequest(request, response);
  };
}

async function ready(
  server: Server | Http2Server,
  { host, port, maxConnections }: Place,
  { readMs, checkMs }: Patience,
  closeIdle: () => void,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.maxConnections = maxConnections;
  server.listen({ host, port, backlog: HELD_BACK });
  await once(server, 'listening');
  const dropping = dropUnread(sockets, readMs, checkMs);
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    async close(withinMs) {
      const closed = once(server, 'close');
      server.close();
      closeIdle();
      const again = setInterval(closeIdle, 50);
      const late = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, withinMs);
      await closed;
      clearInterval(dropping);
      clearInterval(again);
      clearTimeout(late);
    },
  };
}

/** Cuts connections whose client has taken nothing of what waits for it for so long. */
function dropUnread(sockets: ReadonlySet<Socket>, readMs: number, checkMs: number): NodeJS.Timeout {
  const waiting = new WeakMap<Socket, { readonly taken: number; readonly since: number }>();
  return setInterval(() => {
    const now = performance.now();
    for (const socket of sockets) {
      if (socket.writableLength === 0) {
        waiting.delete(socket);
        continue;
      }
      // One piece counts as taken when all of it is: the system does not tell how far it has come.
      const taken = socket.bytesWritten - socket.writableLength;
      const before = waiting.get(socket);
      if (before?.taken !== taken) waiting.set(socket, { taken, since: now });
      else if (now - before.since >= readMs) socket.destroy();
    }
  }, checkMs).unref();
}
