/** What a MANIFEST says: which tables hold the store's content, and from which log on there is more. A list of changes (LevelDB, db/version_edit.cc). */

import { Damage } from '../damage.ts';
import { PackedReader } from './varint.ts';

const COMPARATOR = 1;
const LOG_NUMBER = 2;
const NEXT_FILE_NUMBER = 3;
const LAST_SEQUENCE = 4;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
const PREVIOUS_LOG_NUMBER = 9;

export interface Manifest {
  /** Logs from this number on are read at an open; 0 in a store that has just been made. */
  readonly logNumber: number;
  /** Bytes of each table, by its number. */
  readonly tables: ReadonlyMap<number, number>;
}

/** Throws `Damage`. */
export function readManifest(records: readonly Buffer[]): Manifest {
  let logNumber = 0;
  const tables = new Map<number, number>();
  for (const record of records) {
    // A table that moves to another level is taken away and added in one change, in this order.
    const reader = new PackedReader(record);
    while (!reader.isAtEnd()) {
      const tag = reader.number();
      if (tag === LOG_NUMBER) logNumber = reader.number();
      else if (tag === DELETED_FILE) {
        reader.number();
        tables.delete(reader.number());
      } else if (tag === NEW_FILE) {
        reader.number();
        tables.set(reader.number(), reader.number());
        reader.counted();
        reader.counted();
      } else skip(tag, reader);
    }
  }
  return { logNumber, tables };
}

function skip(tag: number, reader: PackedReader): void {
  if (tag === COMPARATOR) reader.counted();
  else if (tag === NEXT_FILE_NUMBER || tag === LAST_SEQUENCE || tag === PREVIOUS_LOG_NUMBER) reader.number();
  else if (tag === COMPACT_POINTER) {
    reader.number();
    reader.counted();
  } else throw new Damage(`a change of an unknown kind, ${tag}`);
}
