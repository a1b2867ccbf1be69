/**
 * A copy of a hub's file while the hub runs, and the way back. Both run in a process of their own: the hub is not held up, and only its log grows for as long as
 * the copy takes. A backup is checked whole before it has its name, and again before it is restored.
 */

import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { checkFile } from './check.ts';
import { obstacleOf } from './failures.ts';
import { lockFile, realFile } from './file-lock.ts';
import { beginNewIncarnations } from './new-incarnations.ts';
import { noteClosed } from './power-cut.ts';
import { APPLICATION_ID, pragma, VERSION } from './schema.ts';
import { hasLog } from './wal-check.ts';

const UNFINISHED = '-unfinished';
/** What belongs to a file. */
const PARTS = ['', '-wal', '-shm'];
/** A copy that breaks off may leave a journal too. */
const ALL_PARTS = [...PARTS, '-journal'];

/** Returns the backup's size in bytes. Throws an error whose message is for the operator; then there is no backup. */
export function backUp(from: string, to: string): number {
  if (!existsSync(from)) throw new Error(`${from} is not there.`);
  if (existsSync(to)) throw new Error(`${to} is there already. Choose another name.`);
  const unfinished = `${to}${UNFINISHED}`;
  removeAll(unfinished);
  try {
    using(from, true, (db) => {
      isOurs(db, from);
      writing(to, () => db.prepare('VACUUM INTO ?').run(unfinished));
    });
    using(unfinished, false, (db) => {
      checkFile(db, unfinished);
      // The hub has the file open; nobody has the copy.
      writing(to, () => noteClosed(db));
    });
    toDisk(unfinished);
    renameSync(unfinished, to);
    return statSync(to).size;
  } catch (error) {
    removeAll(unfinished);
    throw error;
  }
}

export interface RestoreOptions {
  /**
   * Nothing was published after the backup, so readers go on as if nothing had happened. Otherwise numbers that were given out since would be given again,
   * and a reader that has them would skip other events: so each channel and stream begins a new life, and its readers are told (`reset`, 410).
   */
  readonly sameLife: boolean;
  /** Puts what stands in the place aside, instead of refusing. */
  readonly replace: boolean;
  /** Names a new life; another one each time. */
  readonly newEpoch: () => string;
  /** For the name of what is put aside, and the stamps of streams: later than all that was made after the backup. */
  readonly now: number;
}

/**
 * Puts a backup where a hub finds it. Returns where the file that it replaces has gone, if any. Throws an error whose message is for the operator when the
 * backup is damaged, or the place is taken or in use; then it is as it was.
 */
export function restore(backup: string, place: string, options: RestoreOptions): string | undefined {
  if (!existsSync(backup)) throw new Error(`${backup} is not there.`);
  mkdirSync(dirname(place), { recursive: true });
  const into = realFile(place);
  const unlock = lockFile(into);
  const unfinished = `${into}${UNFINISHED}`;
  try {
    if (existsSync(into) && !options.replace)
      throw new Error(`${into} is there already. --replace puts it aside.`);
    removeAll(unfinished);
    copyFileSync(backup, unfinished);
    using(unfinished, false, (db) => {
      isOurs(db, backup);
      checkFile(db, backup);
      if (!options.sameLife) beginNewIncarnations(db, options);
      // Of an earlier Doorbell, a backup may say that a hub has it open.
      noteClosed(db);
    });
    toDisk(unfinished);
    const aside = existsSync(into) ? `${into}-replaced-${options.now}` : undefined;
    // Its log too: it would be taken for the restored file's.
    for (const part of PARTS)
      if (aside !== undefined && existsSync(`${into}${part}`))
        renameSync(`${into}${part}`, `${aside}${part}`);
    renameSync(unfinished, into);
    toDisk(dirname(into));
    return aside;
  } finally {
    removeAll(unfinished);
    unlock();
  }
}

/** What SQLite says of a disk names no file. */
function writing(file: string, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    const obstacle = obstacleOf(error);
    if (obstacle === undefined) throw error;
    throw new Error(`${file} cannot be written: ${obstacle}.`, { cause: error });
  }
}

/** The file and what stands beside it. */
function removeAll(file: string): void {
  for (const part of ALL_PARTS) rmSync(`${file}${part}`, { force: true });
}

function isOurs(db: DatabaseSync, file: string): void {
  if (pragma(db, 'application_id') !== APPLICATION_ID) throw new Error(`${file} is not Doorbell's.`);
  const version = pragma(db, 'user_version');
  if (version > VERSION)
    throw new Error(`${file} has version ${version}, and this Doorbell knows ${VERSION} at most.`);
}

function using(file: string, readOnly: boolean, work: (db: DatabaseSync) => void): void {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const db = new DatabaseSync(file, { readOnly });
  try {
    work(db);
  } finally {
    db.close();
  }
  if (!readOnly && hasLog(file)) throw new Error(`${file} cannot be written whole: its disk is full.`);
}

function toDisk(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
