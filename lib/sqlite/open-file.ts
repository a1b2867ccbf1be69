/** A connection to a hub's file, with the settings that everything else here relies on. */

import { DatabaseSync } from 'node:sqlite';
import { checkSmallFile } from './check.ts';
import { DamagedError, isBusy, isDamage, obstacleOf } from './failures.ts';
import { migrate, pragma } from './schema.ts';

/** How long a write waits for another process's lock (a backup tool's checkpoint), in ms. The event loop stands still meanwhile. */
const BUSY_MS = 250;
/** Pages kept in memory, beside what the system keeps of the file: the newest blocks and the paths to them. */
const CACHE_KB = 8_192;
/** As SQLite has it: keeps nothing. */
export const IN_MEMORY = ':memory:';

/** Makes the file when it is missing. Throws an error whose message is for the operator; then nothing is left open. */
export function openFile(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    // What retention deletes is given back in small steps. Before the first table is made, or it counts for nothing; later it would be a write.
    if (pragma(db, 'schema_version') === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KB}`);
    migrate(db, file);
    if (file !== IN_MEMORY) checkSmallFile(db, file);
    return db;
  } catch (error) {
    db.close();
    throw new Error(openFailure(file, error), { cause: error });
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
