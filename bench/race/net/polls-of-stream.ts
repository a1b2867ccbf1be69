/**
 * Polls for a server that only streams: a reader's stream stays open between its polls, and a poll is answered with what has come since the last
 * one. So the scenarios ask it as its own clients do. A reader that hangs up closes its stream, and opens the next where it stood.
 */

import { connect, type Socket } from 'node:net';
import type { Answer, Held } from '../peer.ts';
import type { RequestText } from './connections.ts';

/** What one line of data says: numbers of events, and where the reader then stands. */
export interface Piece {
  readonly numbers: readonly number[];
  readonly place: unknown;
}

const DATA = 'data: ';

/** A reader's cursor: its open stream. */
class Stream {
  place: unknown;
  #socket: Socket;
  #rest = '';
  #numbers: number[] = [];
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  #failure: Error | undefined;

  constructor(port: number, request: RequestText, place: unknown, read: (line: string) => Piece | undefined) {
    this.place = place;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text) => this.#take(String(text), read));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the server closed the stream')));
    this.#socket.write(request);
  }

  next(): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting = { resolve, reject };
    if (this.#failure) this.#fail(this.#failure);
    else this.#tell();
    return promise;
  }

  close(): void {
    this.#fail(new Error('hung up'));
    this.#socket.destroy();
  }

  get isOver(): boolean {
    return this.#failure !== undefined;
  }

  /** Chunks of HTTP/1.1 and the head have lines of their own, and none begins as data does. */
  #take(text: string, read: (line: string) => Piece | undefined): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith(DATA)) continue;
      const piece = read(Buffer.from(line.slice(DATA.length), 'latin1').toString());
      if (!piece) continue;
      this.place = piece.place;
      this.#numbers.push(...piece.numbers);
    }
    this.#tell();
  }

  #tell(): void {
    if (this.#numbers.length === 0 || !this.#waiting) return;
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    const numbers = this.#numbers;
    this.#numbers = [];
    resolve({ numbers, cursor: this });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

/** `poll` of a server at `port`; `ask` opens a stream at a place (undefined: from the beginning), `read` reads a line of data. */
export function pollsOfStream(
  port: number,
  ask: (channel: string, place: unknown) => RequestText,
  read: (line: string) => Piece | undefined,
) {
  return (channel: string, cursor: unknown): Held => {
    const known = cursor instanceof Stream ? cursor : undefined;
    const stream =
      known && !known.isOver ? known : new Stream(port, ask(channel, known?.place), known?.place, read);
    return { answer: stream.next(), hangUp: () => stream.close() };
  };
}
