/** Answers over HTTP/1.1 whose unread bytes are counted. What the system takes at once, as it nearly always does, costs one look. */

import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Frame, StreamedResponse } from './frames.ts';
import { isPiece, type Piece } from './pieces.ts';
import type { UnreadAnswer, UnreadBytes } from './unread-bytes.ts';

/** A response whose unread bytes are counted. */
export interface Roomy {
  /** Whether its connection has room for the piece. Where it has not, the response had better say so than be cut. */
  hasRoom(piece: Piece): boolean;
}

/** A response that takes lines of its head as they are sent, which need not be checked, nor put together, each time. */
export interface HeadInLines {
  /** As `writeHead`. `lines` ends with a line break; `own` stands behind them: name, value, name, value … */
  writeLines(status: number, lines: string, own: readonly string[]): void;
}

declare module 'node:http' {
  interface OutgoingMessage {
    /** Node calls it to put the head together: what it is given first stands first. */
    _storeHeader(firstLine: string, headers: unknown): void;
  }
}

const NOTHING = Buffer.alloc(0);

/** The class of a server's responses. An answer that is cut takes its connection with it: nothing else ends a body before its length. */
export function countedResponse(unread: UnreadBytes): typeof ServerResponse<IncomingMessage> {
  return class CountedResponse
    extends ServerResponse<IncomingMessage>
    implements StreamedResponse, HeadInLines
  {
    #account: UnreadAnswer | undefined;
    #isStream = false;
    #lines = '';

    /** As `HeadInLines` says. */
    writeLines(status: number, lines: string, own: readonly string[]): void {
      this.#lines = lines;
      this.writeHead(status, [...own]);
    }

    override _storeHeader(firstLine: string, headers: unknown): void {
      super._storeHeader(firstLine + this.#lines, headers);
    }

    override write(chunk: unknown, ...rest: readonly unknown[]): boolean {
      let taken = () => {};
      const args = withCallback(rest, () => taken());
      const isFree = super.write(chunk, ...(args as []));
      if (this.writableLength > 0) taken = this.#hold(chunk);
      return isFree;
    }

    override end(chunk?: unknown, ...rest: readonly unknown[]): this {
      super.end(chunk, ...(rest as []));
      // Also when the connection breaks, unless the answers before it have not been sent: then the account ends with the connection.
      if (this.writableLength > 0) this.once('close', this.#hold(chunk));
      return this;
    }

    /** As `StreamedResponse` says. Past the response's own buffer, which would put off each frame, and frame it anew, for each reader. */
    push({ text, chunk }: Frame, onRoom: () => void): boolean {
      const { socket } = this;
      // The head goes with the first; and what waits behind another answer is kept here.
      if (!this.#isStream || !socket) {
        this.#isStream = true;
        const isFree = this.write(text);
        if (!isFree) this.once('drain', onRoom);
        return isFree;
      }
      const piece = this.chunkedEncoding ? chunk : text;
      const isFree = socket.write(piece);
      // What comes behind it is taken when it is.
      if (socket.writableLength > 0) socket.write(NOTHING, this.#hold(piece));
      if (!isFree) socket.once('drain', onRoom);
      return isFree;
    }

    /** As `Roomy` says. */
    hasRoom(piece: Piece): boolean {
      return unread.hasRoom(this.req.socket, piece);
    }

    #hold(chunk: unknown): () => void {
      const { socket } = this.req;
      // Written for nobody: what would be counted now, nothing would ever take.
      if (socket.destroyed) return () => {};
      const cut = () => void socket.destroy();
      this.#account ??= unread.answer(socket, { answer: cut, connection: cut });
      return isPiece(chunk) ? unread.hold(this.#account, chunk) : () => {};
    }
  };
}

/** The arguments of `write` after the first, with a callback that comes before the caller's. */
export function withCallback(args: readonly unknown[], first: () => void): readonly unknown[] {
  const theirs = args.find((arg) => typeof arg === 'function');
  const callback = (...results: readonly unknown[]) => {
    first();
    theirs?.(...results);
  };
  return [...args.filter((arg) => typeof arg !== 'function'), callback];
}
