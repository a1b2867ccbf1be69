/** What jars hold, which are zips; Java's own tool for them is not everywhere. */

import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** Signatures, lengths and offsets of a zip: APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16. */
const END = Buffer.from('PK\x05\x06', 'latin1');
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;

export interface Entry {
  readonly name: string;
  readonly text: string;
}

/** The files in it whose names fit. Throws where it is no zip. */
export function entriesOf(file: string, names: RegExp): readonly Entry[] {
  const zip = readFileSync(file);
  const end = zip.lastIndexOf(END);
  if (end < 0) throw new Error(`${file} is no zip`);
  const found: Entry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameEnd = at + ENTRY_BYTES + zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + ENTRY_BYTES, nameEnd);
    if (names.test(name)) found.push({ name, text: contentsAt(zip, at) });
    at = nameEnd + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return found;
}

function contentsAt(zip: Buffer, entry: number): string {
  const local = zip.readUInt32LE(entry + 42);
  const from = local + LOCAL_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const raw = zip.subarray(from, from + zip.readUInt32LE(entry + 20));
  return (zip.readUInt16LE(entry + 10) === 0 ? raw : inflateRawSync(raw)).toString();
}
