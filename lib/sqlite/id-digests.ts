/**
 * Digests of ids in SQLite: a row for each span, for an hour. They are a cache of the log, so the table is made beside the versions of the file: an
 * earlier Doorbell opens the file and leaves it alone, and where the disk has no room for it the log is read instead.
 */

import type { StatementSync } from 'node:sqlite';
import { bytesOfHashes, hashesOfBytes } from '../log/append/id-digest.ts';
import type { IdDigest, IdDigests } from '../log/ports.ts';
import { sumOf } from './checksums.ts';
import type { Database } from './database.ts';

type Row = Record<string, unknown>;

/** What is asked for are the last minutes. */
const KEEP_MS = 3_600_000;
const TABLE = `
  CREATE TABLE IF NOT EXISTS id_digests (
    channel TEXT NOT NULL,
    last INTEGER NOT NULL,
    first INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    at INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (channel, last)
  ) STRICT`;
/** What is too old is looked for at each write, and an earlier Doorbell's table has no index of it. */
const INDEX = 'CREATE INDEX IF NOT EXISTS id_digests_at ON id_digests (at)';
/** Exported for its test. */
export const PRUNE = 'DELETE FROM id_digests WHERE at < ?';
const COLUMNS = 'channel, last, first, epoch, at, hashes, sum';

interface Statements {
  readonly insert: StatementSync;
  readonly prune: StatementSync;
  readonly newestFirst: StatementSync;
}

export class SqliteIdDigests implements IdDigests {
  readonly #db: Database;
  #prepared: Statements | undefined;
  #isMade = false;

  constructor(db: Database) {
    this.#db = db;
    const isThere = db.read(() =>
      db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'id_digests'").get(),
    );
    if (isThere) this.#prepared = prepare(db);
  }

  async since(channel: string, sinceMs: number): Promise<readonly IdDigest[]> {
    const statements = this.#prepared;
    if (!statements) return [];
    return this.#db.read(() => {
      const digests: IdDigest[] = [];
      for (const row of statements.newestFirst.iterate(channel)) {
        const digest = digestOf(row);
        if (!digest) continue;
        digests.push(digest);
        if (digest.at < sinceMs) break;
      }
      return digests;
    });
  }

  async keep(channel: string, { first, last, epoch, at, hashes }: IdDigest): Promise<void> {
    if (!this.#isMade) this.#make();
    this.#prepared ??= prepare(this.#db);
    const { insert, prune } = this.#prepared;
    const bytes = bytesOfHashes(hashes);
    const values = [channel, last, first, epoch, at] as const;
    this.#db.transaction(() => {
      insert.run(...values, bytes, sumOf([...values, hexOf(bytes)]));
      prune.run(at - KEEP_MS);
    });
  }

  #make(): void {
    this.#db.transaction(() => {
      this.#db.prepare(TABLE).run();
      this.#db.prepare(INDEX).run();
    });
    this.#isMade = true;
  }
}

function prepare(db: Database): Statements {
  return {
    insert: db.prepare(
      `INSERT INTO id_digests (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    prune: db.prepare(PRUNE),
    newestFirst: db.prepare(`SELECT ${COLUMNS} FROM id_digests WHERE channel = ? ORDER BY last DESC`),
  };
}

/** Undefined for a row that is not as it was written: the log, whose rows have sums of their own, is read instead. */
function digestOf({ channel, last, first, epoch, at, hashes, sum }: Row): IdDigest | undefined {
  if (!(hashes instanceof Uint8Array)) return undefined;
  const values = [channel, last, first, epoch, at] as Array<string | number>;
  if (sum !== sumOf([...values, hexOf(hashes)])) return undefined;
  return {
    first: Number(first),
    last: Number(last),
    epoch: String(epoch),
    at: Number(at),
    hashes: hashesOfBytes(hashes),
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
