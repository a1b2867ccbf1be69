/**
 * A request over HTTP/1.1 whose body is taken whole, or left out, past the stream that Node makes of it. The stream costs a small request more than all
 * that is decided about it. Whoever asks for neither has the stream.
 */

import { IncomingMessage } from 'node:http';
import { PushError } from '../lib/errors.ts';

declare module 'node:http' {
  interface IncomingMessage {
    /** Node calls it when the answer is written: drops what nobody has read. */
    _dump(): void;
  }
}

/** Who gets the pieces of a body. */
interface Taker {
  /** `null`: that was all. */
  take(piece: Uint8Array | null): void;
  breakOff(): void;
}

const NOBODY: Taker = { take: () => undefined, breakOff: () => undefined };

export class WholeRequest extends IncomingMessage {
  #taker: Taker | undefined;
  /** The stream has got some of it. */
  #isStreamed = false;

  /** False when it must be read as a stream: some of it has come already, or its client waits to be told that somebody reads. */
  get isUnread(): boolean {
    return !this.#isStreamed && this.headers.expect === undefined;
  }

  /** The body, while `isUnread`. Rejects with `bad-body` when it breaks off. */
  whole(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const pieces: Uint8Array[] = [];
      this.#taker = {
        take(piece) {
          if (piece) pieces.push(piece);
          else resolve(joined(pieces));
        },
        breakOff: () => reject(brokenOff()),
      };
    });
  }

  /** Drops the body as it comes, while `isUnread`. */
  skip(): void {
    this.#taker = NOBODY;
  }

  /** Called by the parser. */
  override push(piece: Uint8Array | null): boolean {
    if (this.#taker) {
      this.#taker.take(piece);
      return true;
    }
    this.#isStreamed = true;
    return super.push(piece);
  }

  // @ts-expect-error: Node has an accessor too, which the types call a property.
  override get readableEnded(): boolean {
    return this.#taker
      ? this.complete
      : Reflect.get(IncomingMessage.prototype, 'readableEnded', this) === true;
  }

  override _dump(): void {
    if (!this.#taker) super._dump();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#taker?.breakOff();
    super._destroy(error, done);
  }
}

/** Nearly every body is one piece. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces[0] && pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
}

/** Its client has gone: the answer is for nobody. */
export function brokenOff(): PushError {
  return new PushError('bad-body', 'The body broke off.', { field: 'body' });
}
