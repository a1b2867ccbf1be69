/** HTTP/2 connections on which nothing is asked. Only a request counts, as over HTTP/1.1: a client that sends PING frames alone holds a connection for nothing. */

import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../lib/runtime/ports.ts';
import type { Timeouts } from './listener.ts';

interface Session {
  readonly socket: Socket;
  streams: number;
  /** When it last had no stream. */
  idleSince: number;
  /** How long it may have none, in ms: until the head of its first request has come, and between two requests. */
  idleMs: number;
}

export class IdleSessions {
  readonly #timeouts: Pick<Timeouts, 'headersMs' | 'keepAliveMs'>;
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #sessions = new Map<ServerHttp2Session, Session>();

  constructor(timeouts: Pick<Timeouts, 'headersMs' | 'keepAliveMs'>, clock: Pick<Clock, 'elapsed'>) {
    this.#timeouts = timeouts;
    this.#clock = clock;
  }

  begin(session: ServerHttp2Session, socket: Socket): void {
    const { headersMs, keepAliveMs } = this.#timeouts;
    const state = { socket, streams: 0, idleSince: this.#clock.elapsed(), idleMs: headersMs };
    this.#sessions.set(session, state);
    session.once('close', () => this.#sessions.delete(session));
    session.on('stream', (stream) => {
      state.streams++;
      state.idleMs = keepAliveMs;
      stream.once('close', () => {
        state.streams--;
        state.idleSince = this.#clock.elapsed();
      });
    });
  }

  /** Closes those that have been idle for too long, and cuts those that were closed by the last look and have not gone. */
  check(): void {
    for (const [session, { socket, streams, idleSince, idleMs }] of this.#sessions) {
      if (streams > 0 || this.#clock.elapsed() - idleSince < idleMs) continue;
      if (session.closed) socket.destroy();
      else session.close();
    }
  }

  /** Tells all of them to go when their streams have ended. */
  close(): void {
    for (const session of this.#sessions.keys()) session.close();
  }
}
