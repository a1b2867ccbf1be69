/**
 * What SQLite would skip in silence: a frame of the write-ahead log that is not as it was written ends the log for it, a header that is not ends it before its
 * first frame, and what stands behind is lost. After the death of a process there may be pages of a write that was not finished, never a whole one behind them.
 * So that means a damaged disk, or a power cut. Format: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */

import { readFileSync, statSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Of every page of ours; for a header that cannot be read. */
const PAGE_BYTES = 4_096;
/** The checksums' words are big-endian. */
const MAGIC_BIG = 0x377f0683;
const MAGIC_LITTLE = 0x377f0682;

export interface Loss {
  /** Pages behind the last that can be read. */
  readonly pages: number;
  /** False for a last write alone, which a kill within it may have left so: then nobody was told that it was done. */
  readonly isCertain: boolean;
}

/** What this log has lost; undefined where all is well, or there is no log. */
export function lossIn(walFile: string): Loss | undefined {
  const wal = read(walFile);
  if (!wal || wal.length < HEADER_BYTES) return undefined;
  const header = headerOf(wal);
  const frameBytes = FRAME_HEADER_BYTES + (header ? wal.readUInt32BE(8) : PAGE_BYTES);
  const readable = header ? readableEnd(wal, header, frameBytes) : HEADER_BYTES;
  const round = header ? wal.subarray(16, 24) : wal.subarray(HEADER_BYTES + 8, HEADER_BYTES + 16);
  const frames: number[] = [];
  for (let at = readable; at + frameBytes <= wal.length; at += frameBytes)
    if (isOfRound(wal, at, round)) frames.push(at);
  const [first, ...behind] = frames;
  const last = frames.findLast((at) => endsWrite(wal, at));
  // Pages of a write that was never finished.
  if (first === undefined || last === undefined) return undefined;
  const isLastOfAll = first + 2 * frameBytes > wal.length;
  return { pages: 1 + behind.length, isCertain: !header || last !== first || isLastOfAll };
}

/** Whether something of a file that is closed is in its log alone. */
export function hasLog(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

interface Header {
  readonly summed: ReturnType<typeof summer>;
  readonly sum: Sum;
}

/** Undefined where it is not as it was written. */
function headerOf(wal: Buffer): Header | undefined {
  const magic = wal.readUInt32BE(0);
  if (magic !== MAGIC_BIG && magic !== MAGIC_LITTLE) return undefined;
  const summed = summer(wal, magic === MAGIC_BIG);
  const sum = summed(0, 24, [0, 0]);
  return isAt(wal, 24, sum) ? { summed, sum } : undefined;
}

/** Where the first frame begins that SQLite does not read. */
function readableEnd(wal: Buffer, { summed, sum: ofHeader }: Header, frameBytes: number): number {
  let sum = ofHeader;
  let at = HEADER_BYTES;
  for (; at + frameBytes <= wal.length; at += frameBytes) {
    if (!wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24))) break;
    sum = summed(at + FRAME_HEADER_BYTES, frameBytes - FRAME_HEADER_BYTES, summed(at, 8, sum));
    if (!isAt(wal, at + 16, sum)) break;
  }
  return at;
}

/** The log begins again at its front, and each round has salts of its own. What differs in one byte is of this round, and was spoilt. */
function isOfRound(wal: Buffer, at: number, round: Buffer): boolean {
  const others = wal.subarray(at + 8, at + 16).filter((byte, i) => byte !== round[i]);
  return others.length <= 1;
}

/** The last frame of a write says how many pages the file has then. */
function endsWrite(wal: Buffer, at: number): boolean {
  return wal.readUInt32BE(at + 4) !== 0;
}

type Sum = readonly [number, number];

function summer(wal: Buffer, isBig: boolean) {
  return (from: number, bytes: number, [a, b]: Sum): Sum => {
    let [s0, s1] = [a, b];
    for (let at = from; at < from + bytes; at += 8) {
      s0 = (s0 + (isBig ? wal.readUInt32BE(at) : wal.readUInt32LE(at)) + s1) >>> 0;
      s1 = (s1 + (isBig ? wal.readUInt32BE(at + 4) : wal.readUInt32LE(at + 4)) + s0) >>> 0;
    }
    return [s0, s1];
  };
}

function isAt(wal: Buffer, at: number, [s0, s1]: Sum): boolean {
  return wal.readUInt32BE(at) === s0 && wal.readUInt32BE(at + 4) === s1;
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    // There is none, or it has 2 GiB and more. What else is wrong with it SQLite finds too, and says.
    return undefined;
  }
}
