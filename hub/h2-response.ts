/**
 * Answers over HTTP/2. The last frame that holds bytes ends the stream: Node's own class sends an empty frame behind it, for trailers that nobody
 * has, and a proxy such as HAProxy holds the bytes back until that has come. Unread bytes are counted.
 */

import { constants, type Http2ServerRequest, Http2ServerResponse, type Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { withCallback } from './counted-response.ts';
import type { Frame, StreamedResponse } from './frames.ts';
import { isPiece, type Piece } from './pieces.ts';
import type { UnreadAnswer, UnreadBytes, UnreadCut } from './unread-bytes.ts';

type Connections = { get(session: Http2Session): Socket | undefined };

/** The class of a server's responses. `connections`: the socket of each session. */
export function h2Response(
  unread: UnreadBytes,
  connections: Connections,
): typeof Http2ServerResponse<Http2ServerRequest> {
  return class H2Response extends Http2ServerResponse<Http2ServerRequest> implements StreamedResponse {
    #account: UnreadAnswer | undefined;

    /** Whether nothing more can be sent. */
    get #isOver(): boolean {
      const { stream } = this;
      return stream.destroyed || stream.closed;
    }

    /** Not sent before it is known whether a body follows. */
    override writeHead(status: number, ...rest: readonly unknown[]): this {
      if (this.#isOver || this.headersSent) return this;
      this.statusCode = status;
      for (const [name, value] of headersIn(rest.at(-1))) this.setHeader(name, value);
      return this;
    }

    flushHeaders(): void {
      this.#begin(false);
    }

    override write(chunk: unknown, ...rest: readonly unknown[]): boolean {
      if (!isPiece(chunk) || this.#isOver || this.stream.writableEnded) return false;
      const taken = this.#hold(chunk);
      // It was one too many.
      if (this.#isOver) return false;
      this.#begin(false);
      // A head alone has ended it, as the answer to HEAD.
      if (this.stream.writableEnded) {
        taken();
        return false;
      }
      return super.write(chunk as string, ...(withCallback(rest, taken) as []));
    }

    override end(...args: readonly unknown[]): this {
      const [chunk] = args;
      const isEmpty = !isPiece(chunk) || chunk.length === 0;
      if (isEmpty) this.#begin(true);
      super.end(...(args as []));
      return this;
    }

    /** As `StreamedResponse` says. */
    push({ text }: Frame, onRoom: () => void): boolean {
      const isFree = this.write(text);
      if (!isFree) this.once('drain', onRoom);
      return isFree;
    }

    #begin(endStream: boolean): void {
      if (this.#isOver || this.headersSent) return;
      // `waitForTrailers`, which Node's class asks for, is what costs the empty frame.
      this.stream.respond({ ...this.getHeaders(), ':status': this.statusCode }, { endStream });
    }

    /** As `Roomy` says. */
    hasRoom(piece: Piece): boolean {
      const socket = this.#connection;
      return socket === undefined || unread.hasRoom(socket, piece);
    }

    get #connection(): Socket | undefined {
      const { session } = this.stream;
      return session && connections.get(session);
    }

    #hold(chunk: Piece): () => void {
      const { stream } = this;
      const socket = this.#connection;
      if (!socket) return () => {};
      this.#account ??= unread.answer(socket, {
        answer: (why) => stream.close(codeOf(why)),
        connection: () => socket.destroy(),
      });
      return unread.hold(this.#account, chunk);
    }
  };
}

function codeOf(why: UnreadCut): number {
  return why === 'time' ? constants.NGHTTP2_CANCEL : constants.NGHTTP2_ENHANCE_YOUR_CALM;
}

/** As `writeHead` takes them: a record, or name, value, name, value … Without what HTTP/2 forbids (RFC 9113, 8.2.2); Node's class drops `Connection` itself. */
function headersIn(headers: unknown): ReadonlyMap<string, string | readonly string[]> {
  const list = Array.isArray(headers)
    ? headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]]] : []))
    : Object.entries(headers ?? {});
  const byName = new Map<string, string | readonly string[]>();
  for (const [key, value] of list) {
    const name = String(key).toLowerCase();
    if (name === 'transfer-encoding') continue;
    const values = Array.isArray(value) ? value.map(String) : String(value);
    const before = byName.get(name);
    byName.set(name, before === undefined ? values : [before, values].flat());
  }
  return byName;
}
