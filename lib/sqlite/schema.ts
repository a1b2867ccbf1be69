/**
 * The tables, and how a file of an older version comes to have them. `PRAGMA user_version` counts the migrations that a file has been
 * through; `PRAGMA application_id` says whose file it is. A migration that was released never changes: a new one follows it.
 */

import type { DatabaseSync } from 'node:sqlite';

/** `Bell` in ASCII: what `file` and other tools see at byte 68. */
export const APPLICATION_ID = 0x42656c6c;

/**
 * `sum` is the CRC-32 of the row (checksums.ts), because SQLite has none for its pages. A rowid table with an index takes a block of
 * some kB in half the time that a table WITHOUT ROWID takes.
 */
const FIRST = `
  CREATE TABLE channels (
    name TEXT NOT NULL PRIMARY KEY,
    epoch TEXT NOT NULL,
    reserved INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE blocks (
    channel TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    at TEXT NOT NULL,
    token TEXT NOT NULL,
    expires INTEGER NOT NULL,
    entries TEXT NOT NULL,
    sum INTEGER NOT NULL,
    UNIQUE (channel, first)
  ) STRICT;
  CREATE TABLE cursors (
    channel TEXT NOT NULL,
    client TEXT NOT NULL,
    maxvid INTEGER,
    epoch TEXT,
    mailbox TEXT,
    nonce TEXT,
    held_until INTEGER,
    behind INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (channel, client)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE probe (room BLOB NOT NULL) STRICT;`;

/** The newest event of each key: what `key` of an event is for. */
const STATE = `
  CREATE TABLE state (
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    vid INTEGER NOT NULL,
    id TEXT NOT NULL,
    at TEXT NOT NULL,
    data TEXT NOT NULL,
    sum INTEGER NOT NULL,
    UNIQUE (channel, key)
  ) STRICT;`;

/** What is kept of streams beside their logs (stream-store.ts). From here on a block's `entries` may be an object, which the first version does not know. */
const STREAMS = `
  CREATE TABLE notes (
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (kind, owner, key)
  ) STRICT, WITHOUT ROWID;`;

const MIGRATIONS: readonly string[] = [FIRST, STREAMS, STATE];
export const VERSION = MIGRATIONS.length;

/**
 * Makes the tables of a new file, or brings an older one forward, in one transaction. Throws an error whose message is for the operator
 * when the file belongs to another program or to a newer Doorbell; then it is as it was.
 */
export function migrate(db: DatabaseSync, file: string): void {
  const id = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  const isNew = id === 0 && version === 0 && pragma(db, 'schema_version') === 0;
  if (!isNew && id !== APPLICATION_ID)
    throw new Error(`${file} is not Doorbell's: it belongs to another program. Choose another file.`);
  if (version > VERSION)
    throw new Error(
      `${file} has version ${version}, and this Doorbell knows ${VERSION} at most: start the newer one.`,
    );
  if (version === VERSION) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** A pragma whose value is a number. */
export function pragma(db: DatabaseSync, name: string): number {
  const [value] = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {});
  return Number(value);
}
