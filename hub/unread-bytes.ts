/**
 * The bytes that clients have asked for and not yet taken. They wait in this process's memory. So they have a bound for each connection and one for
 * the process, and an answer of which nothing is taken for too long is cut. Any writer can keep account here; `counted-response.ts` does it for
 * HTTP/1.1 and `h2-response.ts` for HTTP/2. A body that many answers share is counted once, as it is in memory once.
 */

import type { EventEmitter } from 'node:events';
import type { Clock } from '../lib/runtime/ports.ts';
import { type Piece, Pieces } from './pieces.ts';

export interface UnreadLimits {
  /** Bytes of one connection. It must have room for the largest answer. */
  readonly perConnection: number;
  /** Bytes of all connections together. */
  readonly perProcess: number;
}

/** A quarter of the process's bound: four connections that read nothing cannot take more than the others need. */
export function unreadLimits(perProcess: number): UnreadLimits {
  return { perProcess, perConnection: Math.floor(perProcess / 4) };
}

/** Why an answer was cut: its connection has too many bytes, the process has, or nothing was taken in time. */
export type UnreadCut = 'connection' | 'process' | 'time';

/** How an answer is cut, and how the whole connection is. */
export interface Cut {
  answer(why: UnreadCut): void;
  connection(): void;
}

/** The account of one answer. */
export interface UnreadAnswer {
  readonly connection: Connection;
  readonly cut: Cut;
  readonly held: Set<{ readonly piece: Piece }>;
}

interface Connection {
  readonly pieces: Pieces;
  /** Answers of which pieces are held. */
  readonly answers: Set<UnreadAnswer>;
  /** The turn in which a piece was last taken. */
  takenIn: number;
}

export class UnreadBytes {
  readonly #limits: UnreadLimits;
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #onCut: (why: UnreadCut) => void;
  readonly #pieces = new Pieces();
  readonly #connections = new WeakMap<EventEmitter, Connection>();
  /** Answers of which pieces are held; first the one of which nothing was taken for longest. */
  readonly #waiting = new Map<UnreadAnswer, { readonly since: number; readonly turn: number }>();
  /** Orders what happens: a clock may show the same time twice. */
  #turn = 0;

  /** `onCut` is told of each answer that is cut. */
  constructor(limits: UnreadLimits, clock: Pick<Clock, 'elapsed'>, onCut: (why: UnreadCut) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#onCut = onCut;
  }

  /** Unread bytes of the process. */
  get bytes(): number {
    return this.#pieces.bytes;
  }

  /** Whether the connection has room for the piece: for writers that can say "later", which is better than to be cut. */
  hasRoom(connection: EventEmitter, piece: Piece): boolean {
    // Of most connections nothing was ever held, and so nothing is noted.
    const pieces = this.#connections.get(connection)?.pieces;
    const bytes = pieces ? pieces.bytes + pieces.more(piece) : Buffer.byteLength(piece);
    return bytes <= this.#limits.perConnection;
  }

  /** Opens the account of an answer. `connection` emits `close` when everything that was written on it is gone. */
  answer(connection: EventEmitter, cut: Cut): UnreadAnswer {
    return { connection: this.#connectionOf(connection), cut, held: new Set() };
  }

  /** Notes that a piece was written. Returns what to call when it is taken; calls after the first do nothing. May cut this answer, and others. */
  hold(answer: UnreadAnswer, piece: Piece): () => void {
    const held = { piece };
    answer.held.add(held);
    answer.connection.answers.add(answer);
    answer.connection.pieces.add(piece);
    this.#pieces.add(piece);
    if (!this.#waiting.has(answer)) this.#wait(answer);
    this.#keepWithin(answer);
    return () => {
      if (!answer.held.delete(held)) return;
      answer.connection.takenIn = ++this.#turn;
      this.#release(answer, piece);
      this.#waiting.delete(answer);
      if (answer.held.size > 0) this.#wait(answer);
      else answer.connection.answers.delete(answer);
    };
  }

  /** Cuts the answers of which nothing was taken for `ms`. A piece counts as taken when all of it is: the system does not tell how far it has come. */
  cutOlderThan(ms: number): void {
    const now = this.#clock.elapsed();
    for (const [answer, { since }] of this.#waiting) {
      if (now - since < ms) return;
      this.#cut(answer, 'time');
    }
  }

  #keepWithin(newest: UnreadAnswer): void {
    const { perConnection, perProcess } = this.#limits;
    if (newest.connection.pieces.bytes > perConnection) this.#cut(newest, 'connection');
    // Whoever reads takes bytes all the time. The first of these are those who do not.
    for (const oldest of this.#waiting.keys()) {
      if (this.#pieces.bytes <= perProcess) return;
      this.#cut(oldest, 'process');
    }
  }

  #cut(answer: UnreadAnswer, why: UnreadCut): void {
    const { connection, cut } = answer;
    const { turn = 0 } = this.#waiting.get(answer) ?? {};
    // Where nothing at all is taken, the end of one answer could not be sent either, and its bytes would stay.
    const isStuck = why !== 'connection' && connection.takenIn < turn;
    for (const one of isStuck ? [...connection.answers] : [answer]) {
      this.#forget(one);
      this.#onCut(why);
    }
    if (isStuck) cut.connection();
    else cut.answer(why);
  }

  #forget(answer: UnreadAnswer): void {
    for (const { piece } of answer.held) this.#release(answer, piece);
    answer.held.clear();
    answer.connection.answers.delete(answer);
    this.#waiting.delete(answer);
  }

  #wait(answer: UnreadAnswer): void {
    this.#waiting.set(answer, { since: this.#clock.elapsed(), turn: ++this.#turn });
  }

  #release({ connection }: UnreadAnswer, piece: Piece): void {
    connection.pieces.remove(piece);
    this.#pieces.remove(piece);
  }

  #connectionOf(key: EventEmitter): Connection {
    const known = this.#connections.get(key);
    if (known) return known;
    const made: Connection = { pieces: new Pieces(), answers: new Set(), takenIn: 0 };
    this.#connections.set(key, made);
    key.once('close', () => {
      for (const answer of [...made.answers]) this.#forget(answer);
    });
    return made;
  }
}
