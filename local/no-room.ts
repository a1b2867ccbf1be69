/** A full disk, or a full quota, as the file system and the stores on it report it. */

import { statfsSync } from 'node:fs';

const CODES: readonly unknown[] = ['ENOSPC', 'EDQUOT'];
/** LevelDB hands on the system's words, SQLite has its own; neither has a code of its own for it that Node.js shows. */
const WORDS = /no space left on device|quota exceeded|database or disk is full/i;

export function isNoRoom(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && CODES.includes(error.code)) || WORDS.test(error.message);
}

/** The error for whoever starts a server that needs `file`; any other error than a full disk stays as it is. */
export function noRoomFor(file: string, error: unknown, remedy = 'Make room, and start again.'): unknown {
  if (!isNoRoom(error)) return error;
  return new Error(`${file} cannot be written: its disk is full. ${remedy}`, { cause: error });
}

/** Which of the folders are on a disk without a free block, for a user of this rank. */
export function fullAmong(folders: readonly string[]): readonly string[] {
  return folders.filter((folder) => {
    try {
      return statfsSync(folder).bavail === 0;
    } catch {
      return false;
    }
  });
}
