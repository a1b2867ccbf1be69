/**
 * Whether a file is as it was written, all of it: SQLite's own look at its pages and indexes, the checksum of each row, and that no block is missing
 * between two. What a start can afford only while the file is small; a larger one is checked row by row as it is read.
 */

import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { sumOf } from './checksums.ts';
import { DamagedError } from './failures.ts';

/** Checked in some tenths of a second (10 ms a MB for the pages, 15 for the rows; 2026-11-29, 2 busy cores). */
export const CHECKED_BYTES = 16 * 1024 * 1024;

const TABLES: ReadonlySet<unknown> = new Set(['channels', 'blocks', 'cursors', 'notes', 'state']);

/** Throws `DamagedError`, or what SQLite throws. */
export function checkSmallFile(db: DatabaseSync, file: string): void {
  const size = statSync(file).size + (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0);
  if (size <= CHECKED_BYTES) checkFile(db, file);
}

/** Throws `DamagedError`, or what SQLite throws. */
export function checkFile(db: DatabaseSync, file: string): void {
  const [found] = Object.values(db.prepare('PRAGMA integrity_check(1)').get() ?? {});
  if (found !== 'ok') throw new DamagedError(`${file} is damaged: ${String(found)}`);
  for (const table of tablesIn(db)) checkSums(db, table, file);
  checkContiguity(db, file);
}

/** A file of an older version, as an older backup is, has fewer. */
function tablesIn(db: DatabaseSync): readonly string[] {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return names.filter(({ name }) => TABLES.has(name)).map(({ name }) => String(name));
}

/** The columns of each table stand in the order in which they were summed, and the sum is the last. */
function checkSums(db: DatabaseSync, table: string, file: string): void {
  const rows = db.prepare(`SELECT * FROM ${table}`);
  rows.setReturnArrays(true);
  for (const row of rows.iterate() as Iterable<unknown>) {
    const values = row as Array<string | number | null>;
    if (values.pop() !== sumOf(values))
      throw new DamagedError(`${file} is damaged: a row of ${table} is not as it was written`);
  }
}

/** Numbers have no gaps, and only the oldest blocks of a channel are ever deleted. */
function checkContiguity(db: DatabaseSync, file: string): void {
  const gap = db
    .prepare(
      `SELECT channel, first FROM
         (SELECT channel, first, lag(last) OVER (PARTITION BY channel ORDER BY first) AS before FROM blocks)
       WHERE before IS NOT NULL AND first <> before + 1 LIMIT 1`,
    )
    .get();
  if (gap)
    throw new DamagedError(`${file} is damaged: channel ${gap.channel} has no block before ${gap.first}`);
}
