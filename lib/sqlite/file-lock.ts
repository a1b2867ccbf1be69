/**
 * One process per file. The lock is SQLite's own exclusive one, on an empty database beside the file: the kernel gives it back when the
 * process dies, however it dies, so no stale lock can be left. The file itself stays open to others' reads: a backup, Litestream.
 */

import { existsSync, realpathSync } from 'node:fs';
import { isBusy } from './failures.ts';

/** What a link leads to, or the file itself: the lock is that one's, whatever it was called by. */
export function realFile(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

/** `file`: as `realFile` has it. Returns how to give it back. Throws an error whose message is for the operator when another process has it. */
export function lockFile(file: string): () => void {
  // Asked for here: the command line has this file too, and an older Node warns of a module that it calls experimental.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const lock = openedLock(() => new DatabaseSync(`${file}-lock`), file);
  try {
    // No journal: nothing is ever written, and a read-only look by `sqlite3` finds an empty database.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw new Error(`${file} cannot be locked: ${messageOf(error)}`, { cause: error });
    throw new Error(`${file} is in use by another Doorbell. Stop that one, or choose another file.`, {
      cause: error,
    });
  }
  return () => lock.close();
}

function openedLock<T>(open: () => T, file: string): T {
  try {
    return open();
  } catch (error) {
    throw new Error(`${file} cannot be locked: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
