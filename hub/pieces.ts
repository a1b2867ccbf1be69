/** Pieces of answers that are held in memory, and how many bytes they are together. A buffer that is held more than once counts once. */

export type Piece = Uint8Array | string;

/** Of what may be given to a `write`, what has bytes: not a callback, and not nothing. */
export function isPiece(chunk: unknown): chunk is Piece {
  return typeof chunk === 'string' || chunk instanceof Uint8Array;
}

export class Pieces {
  bytes = 0;
  /** How often each buffer is held. Strings are short, or nobody else's. */
  readonly #buffers = new Map<Uint8Array, number>();

  /** How many bytes it would add. */
  more(piece: Piece): number {
    if (typeof piece !== 'string' && this.#buffers.has(piece)) return 0;
    return Buffer.byteLength(piece);
  }

  add(piece: Piece): void {
    this.bytes += this.more(piece);
    if (typeof piece !== 'string') this.#buffers.set(piece, (this.#buffers.get(piece) ?? 0) + 1);
  }

  /** Takes back one `add`. */
  remove(piece: Piece): void {
    if (typeof piece !== 'string') {
      const left = (this.#buffers.get(piece) ?? 1) - 1;
      if (left > 0) {
        this.#buffers.set(piece, left);
        return;
      }
      this.#buffers.delete(piece);
    }
    this.bytes -= Buffer.byteLength(piece);
  }
}
