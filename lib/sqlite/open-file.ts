/** A connection to a hub's file, with the settings that everything else here relies on. */

import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { checkSmallFile } from './check.ts';
import { DamagedError, isBusy, isDamage, obstacleOf } from './failures.ts';
import { migrate, pragma } from './schema.ts';

/** How long a write waits for another process's lock (a backup tool's checkpoint), in ms. The event loop stands still meanwhile. */
const BUSY_MS = 250;
/** Pages kept in memory, beside what the system keeps of the file: the newest blocks and the paths to them. */
const CACHE_KB = 8_192;
/** As SQLite has it: keeps nothing. */
export const IN_MEMORY = ':memory:';

/**
 * Keeps the index of the write-ahead log in this process's memory, and the file locked: https://sqlite.org/vfs.html, "unix-excl".
 * Otherwise the index is a file of 32 KiB, for which a full disk has no room.
 */
const ALONE = 'unix-excl';

export interface OpenFile {
  readonly db: DatabaseSync;
  /** The disk had no room for the index of the log: until it is opened anew no other process can read the file. */
  readonly isAlone: boolean;
  /** A second connection of this process. */
  connect(): DatabaseSync;
}

/**
 * Makes the file when it is missing. On a full disk one that is there is opened all the same, for this process alone. Throws an error whose
 * message is for the operator; then nothing is left open.
 */
export function openFile(file: string): OpenFile {
  const opened = (place: string | URL, isAlone: boolean) => ({
    db: connected(place, file),
    isAlone,
    connect: () => new DatabaseSync(place),
  });
  try {
    return opened(file, false);
  } catch (error) {
    const alone = file === IN_MEMORY || obstacleOf(error) === undefined ? undefined : aloneIn(file);
    try {
      if (alone) return opened(alone, true);
    } catch {
      // The first error says more.
    }
    throw new Error(openFailure(file, error), { cause: error });
  }
}

function aloneIn(file: string): URL {
  const url = pathToFileURL(file);
  url.searchParams.set('vfs', ALONE);
  return url;
}

function connected(place: string | URL, file: string): DatabaseSync {
  const db = new DatabaseSync(place, { timeout: BUSY_MS });
  try {
    // What retention deletes is given back in small steps. Before the first table is made, or it counts for nothing; later it would be a write.
    if (pragma(db, 'schema_version') === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KB}`);
    migrate(db, file);
    if (file !== IN_MEMORY) checkSmallFile(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function openFailure(file: string, error: unknown): string {
  if (error instanceof DamagedError) return `${error.message}. Restore a backup, or choose another file.`;
  if (isDamage(error))
    return `${file} is damaged, or no SQLite file. Restore a backup, or choose another file.`;
  if (isBusy(error)) return `${file} is in use by another process.`;
  const obstacle = obstacleOf(error);
  if (obstacle !== undefined) return `${file} cannot be opened: ${obstacle}.`;
  return error instanceof Error ? error.message : String(error);
}
