/**
 * The load generator's HTTP client: one request at a time on each socket, sockets kept open and used again. It shares the machine with the
 * server under test, and node:http and fetch would cost several times as much for each delivery; bench/README.md says how one sees what this one costs.
 */

import { connect, type Socket } from 'node:net';
import { type Reply, ReplyReader } from './reply.ts';

/** A request as it goes over the wire. */
export type RequestText = string;

export interface Exchange {
  readonly reply: Promise<Reply>;
  /** Drops the connection; `reply` then rejects. */
  drop(): void;
}

export function requestText(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): RequestText {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}${length}\r\n${body ?? ''}`;
}

export class Connections {
  readonly #port: number;
  readonly #idle = new Set<Connection>();
  readonly #open = new Set<Connection>();

  constructor(port: number) {
    this.#port = port;
  }

  send(request: RequestText): Exchange {
    const [free] = this.#idle;
    const connection = free ?? this.#connect();
    this.#idle.delete(connection);
    return { reply: connection.ask(request), drop: () => connection.drop() };
  }

  close(): void {
    for (const connection of this.#open) connection.drop();
  }

  #connect(): Connection {
    const connection: Connection = new Connection(this.#port, {
      free: () => this.#idle.add(connection),
      gone: () => {
        this.#idle.delete(connection);
        this.#open.delete(connection);
      },
    });
    this.#open.add(connection);
    return connection;
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #reader = new ReplyReader();
  readonly #free: () => void;
  #asked: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;

  constructor(port: number, { free, gone }: { free(): void; gone(): void }) {
    this.#free = free;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (piece) => this.#onData(piece));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => {
      gone();
      this.#answered(this.#reader.end());
      this.#fail(new Error('the server closed the connection'));
    });
  }

  ask(request: RequestText): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#asked = { resolve, reject };
    this.#socket.write(request);
    return promise;
  }

  drop(): void {
    this.#fail(new Error('hung up'));
    this.#socket.destroy();
  }

  #onData(piece: Buffer): void {
    try {
      this.#answered(this.#reader.push(piece));
    } catch (error) {
      this.#fail(error as Error);
      this.#socket.destroy();
    }
  }

  #answered(reply: Reply | undefined): void {
    if (reply === undefined) return;
    const asked = this.#asked;
    this.#asked = undefined;
    if (reply.keepAlive && asked && !this.#socket.destroyed) this.#free();
    else this.#socket.destroy();
    asked?.resolve(reply);
  }

  #fail(error: Error): void {
    this.#asked?.reject(error);
    this.#asked = undefined;
  }
}
