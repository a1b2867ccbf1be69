/** The sockets of a hub: time-outs and sizes that keep slow and greedy clients from holding it up, and a way to stop without cutting anybody off. */

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

/** A head that is not complete by then is a slow loris. */
const HEADERS_MS = 10_000;
/** A whole request with its body: 5 MiB at 2 Mbit/s. It does not bound the answer, so not a held poll. */
const REQUEST_MS = 30_000;
/** How often both are looked at. */
const CHECK_MS = 5_000;
/** Longer than a load balancer keeps a connection (ALB: 60 s), so that it never sends a request into one that is being closed. */
const KEEP_ALIVE_MS = 65_000;
/** An address (8,192), a token (8,192) and a few more. */
const HEAD_BYTES = 20 * 1024;
const MAX_HEADERS = 100;
/** TCP's own look at a connection on which nothing was said. */
const TCP_KEEP_ALIVE_MS = 30_000;
/** HTTP/2: polls on one connection. */
const MAX_STREAMS = 1_000;
const HELD_BACK = 2_048;

export interface Listener {
  readonly port: number;
  /** Connections that are open now. */
  connections(): number;
  /** Takes no more connections, and resolves when those there are have been answered; what is left after `withinMs` is cut. */
  close(withinMs: number): Promise<void>;
}

/** HTTP/1.1. Resolves when it listens. */
export async function listen(
  { host, port, maxConnections }: { host: string; port: number; maxConnections: number },
  onRequest: RequestListener,
): Promise<Listener> {
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      noDelay: true,
      maxHeaderSize: HEAD_BYTES,
    },
    onRequest,
  );
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = maxConnections;
  return ready(server, host, port, () => server.closeIdleConnections());
}

/** HTTP/2 with prior knowledge and without TLS. Resolves when it listens. */
export async function listenH2c(
  { host, port, maxConnections }: { host: string; port: number; maxConnections: number },
  onRequest: RequestListener,
): Promise<Listener> {
  const server = createHttp2Server({
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: HEAD_BYTES },
    maxHeaderListPairs: MAX_HEADERS,
    unknownProtocolTimeout: CHECK_MS,
  });
  // The compatibility API's request and response do what Node's own do, where a lane or the router asks them.
  server.on('request', onRequest as never);
  server.maxConnections = maxConnections;
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.setTimeout(KEEP_ALIVE_MS, () => session.close());
    session.once('close', () => sessions.delete(session));
  });
  return ready(server, host, port, () => {
    for (const session of sessions) session.close();
  });
}

async function ready(
  server: Server | Http2Server,
  host: string,
  port: number,
  closeIdle: () => void,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen({ host, port, backlog: HELD_BACK });
  await once(server, 'listening');
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
      clearInterval(again);
      clearTimeout(late);
    },
  };
}
