/**
 * Reads a file of records: LevelDB's write-ahead log, and its MANIFEST. Blocks of 32 KiB hold fragments, each with a checksum, a length and a type
 * (LevelDB, doc/log_format.md). LevelDB itself drops what it cannot read and says nothing; here it is damage.
 *
 * The file may end within a record: its writer was killed or had no room. That was never acknowledged. A length that was changed afterwards looks
 * the same, so each shorter length is tried: if one fits the checksum, the record was whole once.
 */

import { damageAt } from '../damage.ts';
import { CRC_START, crcNext, masked, maskedCrc } from './crc32c.ts';

const BLOCK_BYTES = 32 * 1024;
/** Checksum (4 bytes), length (2), type (1). */
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

export interface LogFile {
  readonly records: readonly Buffer[];
  /** Where the last record breaks off, or would have begun; undefined when the file ends with a whole one. */
  readonly tornAt: number | undefined;
}

interface Fragment {
  readonly type: number;
  readonly bytes: Buffer;
  readonly end: number;
}

/** Throws `Damage`. */
export function readLogFile(file: Buffer): LogFile {
  const records: Buffer[] = [];
  let begun: { readonly at: number; readonly pieces: Buffer[] } | undefined;
  for (let at = 0; at < file.length; ) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      if (!isZero(file, at, at + left)) throw damageAt(at, 'the end of a block is not empty');
      at += left;
      continue;
    }
    const fragment = fragmentAt(file, at, left);
    if (!fragment) return { records, tornAt: begun?.at ?? at };
    const { type, bytes, end } = fragment;
    const begins = type === FULL || type === FIRST;
    if (begins === (begun !== undefined)) throw damageAt(at, 'a part of a record is missing');
    if (type === FULL) records.push(bytes);
    else if (type === FIRST) begun = { at, pieces: [bytes] };
    else begun?.pieces.push(bytes);
    if (begun && type === LAST) {
      records.push(Buffer.concat(begun.pieces));
      begun = undefined;
    }
    at = end;
  }
  return { records, tornAt: begun?.at };
}

/** Undefined when the file ends before it does. */
function fragmentAt(file: Buffer, at: number, left: number): Fragment | undefined {
  if (file.length - at < HEADER_BYTES) return undefined;
  const stored = file.readUInt32LE(at);
  const length = file.readUInt16LE(at + 4);
  const type = file.readUInt8(at + 6);
  const start = at + HEADER_BYTES;
  // What the system had given to the file and not yet written when the power went.
  if (stored === 0 && length === 0 && type === 0 && isZero(file, at, file.length)) return undefined;
  if (type < FULL || type > LAST || length > left - HEADER_BYTES) throw damageAt(at, 'this is no record');
  const end = start + length;
  if (end > file.length) {
    if (wasWhole(file, at, stored)) throw damageAt(at, 'the length of a record is not what was written');
    return undefined;
  }
  if (maskedCrc(file, at + HEADER_BYTES - 1, end) !== stored)
    throw damageAt(at, 'a record does not fit its checksum');
  return { type, bytes: file.subarray(start, end), end };
}

/** Whether a shorter length than the one that is written there fits the checksum. */
function wasWhole(file: Buffer, at: number, stored: number): boolean {
  let state = CRC_START;
  for (let end = at + HEADER_BYTES - 1; end < file.length; end++) {
    state = crcNext(state, file.readUInt8(end));
    if (masked(state) === stored) return true;
  }
  return false;
}

function isZero(file: Buffer, from: number, to: number): boolean {
  return file.subarray(from, to).every((byte) => byte === 0);
}
