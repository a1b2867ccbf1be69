/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), which LevelDB keeps beside everything that it writes. Node's zlib has another CRC-32. */

const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** Before the first byte. */
export const CRC_START = 0xffffffff;

/** One more byte. A state is no checksum before `masked`. */
export function crcNext(state: number, byte: number): number {
  return (TABLE[(state ^ byte) & 0xff] ?? 0) ^ (state >>> 8);
}

/** As LevelDB stores it (doc/table_format.md, "masked"): the checksum of bytes that hold checksums would otherwise be weak. */
export function masked(state: number): number {
  const crc = ~state >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Of `bytes[from]` up to `bytes[to - 1]`, as it is stored. */
export function maskedCrc(bytes: Uint8Array, from: number, to: number): number {
  let state = CRC_START;
  for (let at = from; at < to; at++) state = (TABLE[(state ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (state >>> 8);
  return masked(state);
}
