/**
 * Checks a file of LevelDB's sorted tables: blocks one behind the other, each with a checksum, and a footer that says where the index is (LevelDB,
 * doc/table_format.md). LevelDB looks at these checksums only when it is asked to, and the package that embeds it cannot ask.
 */

import { Damage, damageAt } from '../damage.ts';
import { maskedCrc } from './crc32c.ts';
import { unpack } from './snappy.ts';
import { PackedReader } from './varint.ts';

const MAGIC = Buffer.from('57fb808b247547db', 'hex');
/** Two places, padded, and the magic. */
const FOOTER_BYTES = 48;
/** How the block is packed (1 byte), and its checksum (4). */
const TRAILER_BYTES = 5;
const PLAIN = 0;

interface BlockPlace {
  readonly offset: number;
  readonly size: number;
}

/** Throws `Damage` unless every byte is covered by a checksum that fits. */
export function checkTableFile(file: Buffer): void {
  const footer = file.length - FOOTER_BYTES;
  if (footer < 0 || !file.subarray(-MAGIC.length).equals(MAGIC)) throw damageAt(file.length, 'it has no end');
  const reader = new PackedReader(file, footer);
  const metaindex = placeFrom(reader);
  const index = placeFrom(reader);
  if (file.subarray(reader.at, file.length - MAGIC.length).some((byte) => byte !== 0))
    throw damageAt(reader.at, 'its end is not what was written');
  // What is named lies one behind the other, so that a gap or an overlap shows.
  let expected = 0;
  const named = [index, metaindex].flatMap((list) => placesIn(contentOf(file, list, footer)));
  const places = [...named, metaindex, index];
  for (const place of places) {
    if (place.offset !== expected) throw damageAt(expected, 'a block is missing');
    checkBlock(file, place, footer);
    expected += place.size + TRAILER_BYTES;
  }
  if (expected !== footer) throw damageAt(expected, 'there is more than its index names');
}

function checkBlock(file: Buffer, { offset, size }: BlockPlace, footer: number): void {
  const end = offset + size;
  if (end + TRAILER_BYTES > footer) throw damageAt(offset, 'a block reaches beyond the end');
  if (maskedCrc(file, offset, end + 1) !== file.readUInt32LE(end + 1))
    throw damageAt(offset, 'a block does not fit its checksum');
}

function contentOf(file: Buffer, place: BlockPlace, footer: number): Buffer {
  checkBlock(file, place, footer);
  const end = place.offset + place.size;
  const bytes = file.subarray(place.offset, end);
  return file.readUInt8(end) === PLAIN ? bytes : unpack(bytes);
}

/** What an index names (data), or the metaindex (a filter): entries of a key, which shares its beginning with the one before, and a place; then a list of where keys are whole. */
function placesIn(index: Buffer): BlockPlace[] {
  if (index.length < 4) throw new Damage('its index is too short');
  const restarts = index.readUInt32LE(index.length - 4);
  const end = index.length - 4 * (restarts + 1);
  const places: BlockPlace[] = [];
  const reader = new PackedReader(index);
  while (reader.at < end) {
    reader.number();
    const keyBytes = reader.number();
    reader.number();
    reader.bytes(keyBytes);
    places.push(placeFrom(reader));
  }
  return places;
}

function placeFrom(reader: PackedReader): BlockPlace {
  return { offset: reader.number(), size: reader.number() };
}
