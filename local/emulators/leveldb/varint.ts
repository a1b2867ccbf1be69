/** Reads what LevelDB packs: numbers of 7 bits a byte, the lowest first, and bytes behind their length. */

import { Damage } from '../damage.ts';

/** Goes forward through `bytes`. Each method throws `Damage` when there is too little left. */
export class PackedReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Damage('it ends too early');
    return byte;
  }

  /** Numbers of files and sizes: far below 2^53. */
  number(): number {
    let value = 0;
    for (let scale = 1; scale < Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Damage('a number is too long');
  }

  bytes(length: number): Buffer {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new Damage('it ends too early');
    this.#at += length;
    return bytes;
  }

  /** Bytes behind their own length. */
  counted(): Buffer {
    return this.bytes(this.number());
  }
}
