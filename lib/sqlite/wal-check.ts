/**
 * What SQLite would skip in silence: a frame of the write-ahead log whose checksum is wrong ends the log for it, and what stands behind is lost. After
 * the death of a process there is no such frame, but a last one that was cut short. So one with others behind it means a damaged disk, or a power cut.
 * Format: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */

import { readFileSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The checksums' words are big-endian. */
const MAGIC_BIG = 0x377f0683;
const MAGIC_LITTLE = 0x377f0682;

/** How many whole frames of this log stand behind the first that cannot be read; 0 where all is well, or there is no log. */
export function framesLost(walFile: string): number {
  const wal = read(walFile);
  if (!wal || wal.length < HEADER_BYTES) return 0;
  const magic = wal.readUInt32BE(0);
  if (magic !== MAGIC_BIG && magic !== MAGIC_LITTLE) return 0;
  const summed = summer(wal, magic === MAGIC_BIG);
  const frameBytes = FRAME_HEADER_BYTES + wal.readUInt32BE(8);
  const salts = wal.subarray(16, 24);
  let sum = summed(0, 24, [0, 0]);
  let isBroken = !isAt(wal, 24, sum);
  let lost = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    // Left over from an earlier round of the log: it begins again at the front.
    if (!wal.subarray(at + 8, at + 16).equals(salts)) {
      if (!isBroken) return 0;
      continue;
    }
    if (!isBroken) {
      sum = summed(at + FRAME_HEADER_BYTES, frameBytes - FRAME_HEADER_BYTES, summed(at, 8, sum));
      isBroken = !isAt(wal, at + 16, sum);
    } else lost++;
  }
  return lost;
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
    return undefined;
  }
}
