/** The sockets of a hub: time-outs and sizes that keep slow and greedy clients from holding it up, and a way to stop without cutting anybody off. */

import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Http2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { countedResponse } from './counted-response.ts';
import type { ServedTime } from './served-time.ts';
import type { UnreadBytes } from './unread-bytes.ts';
import { WholeRequest } from './whole-request.ts';

/** How slow a client may be, in ms. */
export interface Timeouts {
  /** For the head of a request: longer is a slow loris. */
  readonly headersMs: number;
  /** For a whole request with its body. It does not bound the answer, so not a held poll. */
  readonly requestMs: number;
  /** For reading an answer, or what is written of a stream at once: else what nobody reads would be kept in memory for good. */
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
export const TIMEOUTS: Timeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  readMs: 30_000,
  keepAliveMs: 65_000,
  checkMs: 5_000,
};

/** An address (8,192), a token (8,192) and a few more. */
export const HEAD_BYTES = 20 * 1024;
export const MAX_HEADERS = 100;
/** TCP's own look at a connection on which nothing was said. */
const TCP_KEEP_ALIVE_MS = 30_000;
const BACKLOG = 2_048;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Of all listeners of the process together. */
  readonly maxConnections: number;
}

export interface Listener {
  readonly port: number;
  /** Takes no more connections, and resolves when those there are have been answered; what is left after `withinMs` is cut. */
  close(withinMs: number): Promise<void>;
}

/** What the listeners of a process share. */
export interface SharedLimits {
  readonly unread: UnreadBytes;
  readonly timeouts: Timeouts;
  /** What patience is measured with. */
  readonly time: ServedTime;
  /** Those that are open now. */
  readonly connections: Set<Socket>;
}

/** HTTP/1.1. Resolves when it listens. */
export async function listen(
  place: ListenOptions,
  onRequest: RequestListener,
  { unread, timeouts, time, connections }: SharedLimits,
): Promise<Listener> {
  const server = createServer(
    {
      IncomingMessage: WholeRequest,
      ServerResponse: countedResponse(unread),
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      connectionsCheckingInterval: timeouts.checkMs,
      keepAliveTimeout: timeouts.keepAliveMs,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      noDelay: true,
      maxHeaderSize: HEAD_BYTES,
      // A second Authorization header would be dropped, and a proxy may have looked at that one: joined, the two are no token.
      joinDuplicateHeaders: true,
    },
    onRequest,
  );
  server.on('checkContinue', handleExpectContinue(onRequest));
  server.maxHeadersCount = MAX_HEADERS;
  return ready(server, place, connections, {
    everyMs: timeouts.checkMs,
    check() {
      time.look();
      unread.cutOlderThan(timeouts.readMs);
    },
    closeIdle: () => server.closeIdleConnections(),
  });
}

/**
 * A client that asks first whether its body is wanted (`Expect: 100-continue`) is told so when somebody begins to read it, so not before its token was
 * looked at. After a refusal its connection is closed: it may send the body all the same.
 */
export function handleExpectContinue(onRequest: RequestListener): RequestListener {
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

/** What a listener does again and again. */
export interface PeriodicChecks {
  readonly everyMs: number;
  /** Ends what has had its time. */
  check(): void;
  /** Closes the connections on which nothing is asked. */
  closeIdle(): void;
}

/** Resolves when the server listens. */
export async function ready(
  server: Server | Http2Server,
  { host, port, maxConnections }: ListenOptions,
  connections: Set<Socket>,
  { everyMs, check, closeIdle }: PeriodicChecks,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    connections.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      connections.delete(socket);
    });
  });
  // Node compares it with the server's own at each connection; what others have is not free for this one.
  Object.defineProperty(server, 'maxConnections', {
    get: () => maxConnections - (connections.size - sockets.size),
  });
  server.listen({ host, port, backlog: BACKLOG });
  await once(server, 'listening');
  const checking = setInterval(check, everyMs).unref();
  return {
    port: (server.address() as AddressInfo).port,
    async close(withinMs) {
      const closed = once(server, 'close');
      server.close();
      closeIdle();
      const again = setInterval(closeIdle, 50);
      const late = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, withinMs);
      await closed;
      clearInterval(checking);
      clearInterval(again);
      clearTimeout(late);
    },
  };
}
