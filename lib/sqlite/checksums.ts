/**
 * A checksum in each row. SQLite keeps none: a bit that a disk has lost would be served as if it had been published. The key is summed with
 * the rest, so a row that is found under another's key is noticed too.
 */

import { crc32 } from 'node:zlib';
import { DamagedError } from './failures.ts';

type Value = string | number | null;

/** Between values: no text of ours holds it, and JSON writes it escaped. */
const BETWEEN = '\u0000';

export function sumOf(values: readonly Value[]): number {
  return crc32(values.join(BETWEEN));
}

/** Throws `DamagedError` unless the row is as it was written; `what` names it for an operator, and holds no event data. */
export function checkSum(values: readonly Value[], sum: unknown, what: () => string): void {
  if (sum !== sumOf(values))
    throw new DamagedError(`${what()} is not as it was written: the file or its disk is damaged`);
}
