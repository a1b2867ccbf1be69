/** Unpacks Snappy's raw format (google/snappy, format_description.txt): how LevelDB packs blocks that get smaller by it. */

import { Damage } from '../damage.ts';
import { PackedReader } from './varint.ts';

/** Throws `Damage`. */
export function unpack(packed: Buffer): Buffer {
  const reader = new PackedReader(packed);
  const out = Buffer.alloc(reader.number());
  let at = 0;
  while (!reader.isAtEnd()) {
    const tag = reader.byte();
    if ((tag & 3) === 0) {
      const literal = reader.bytes(literalLength(tag >> 2, reader));
      if (at + literal.length > out.length) throw new Damage('it is longer than it says');
      at += literal.copy(out, at);
      continue;
    }
    const { length, offset } = copyOf(tag, reader);
    if (offset === 0 || offset > at || at + length > out.length)
      throw new Damage('it repeats what is not there');
    // One by one: it may repeat what it is just writing.
    for (let i = 0; i < length; i++, at++) out[at] = out[at - offset] ?? 0;
  }
  if (at !== out.length) throw new Damage('it is shorter than it says');
  return out;
}

/** Up to 60 in the tag itself, more in one to four bytes behind it. */
function literalLength(code: number, reader: PackedReader): number {
  return 1 + (code < 60 ? code : littleEndian(code - 59, reader));
}

function copyOf(tag: number, reader: PackedReader): { readonly length: number; readonly offset: number } {
  if ((tag & 3) === 1) return { length: ((tag >> 2) & 7) + 4, offset: (tag >> 5) * 256 + reader.byte() };
  return { length: (tag >> 2) + 1, offset: littleEndian((tag & 3) === 2 ? 2 : 4, reader) };
}

function littleEndian(bytes: number, reader: PackedReader): number {
  let value = 0;
  for (let i = 0; i < bytes; i++) value += reader.byte() * 256 ** i;
  return value;
}
