/** Takes a deployed package apart as Lambda does. Only what `serverless package` writes: one disk, stored or deflated, no encryption, under 4 GiB. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** Signatures and offsets of APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16. */
const END = 0x06054b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const DEFLATED = 8;

/** Throws where a name leads out of the folder. */
export async function unzip(file: string, folder: string): Promise<void> {
  const zip = await readFile(file);
  let end = zip.length - END_BYTES;
  while (end >= 0 && zip.readUInt32LE(end) !== END) end--;
  if (end < 0) throw new Error(`${file} is no zip`);
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameBytes, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    const name = zip.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + (nameBytes ?? 0));
    await write(folder, name, contentsAt(zip, at));
    at += ENTRY_BYTES + (nameBytes ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
}

function contentsAt(zip: Buffer, entry: number): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const bytes = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  const from = local + LOCAL_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const raw = zip.subarray(from, from + bytes);
  return method === DEFLATED ? inflateRawSync(raw) : raw;
}

async function write(folder: string, name: string, contents: Buffer): Promise<void> {
  const path = normalize(name);
  if (path.startsWith('..') || path.startsWith('/')) throw new Error(`the zip holds ${name}`);
  if (name.endsWith('/')) return;
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), contents);
}
