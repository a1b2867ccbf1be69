/**
 * Taking the data of an event out of its block, in SQLite: the row is written anew, and the state with it. What was in their place is overwritten in the file
 * (`secure_delete`), and in the write-ahead log as that goes round.
 */

import type { StatementSync } from 'node:sqlite';
import type { Redacted, Redactions } from '../log/ports.ts';
import { withoutData } from '../log/redact.ts';
import { contentText } from './block-content.ts';
import { sumOf } from './checksums.ts';
import type { Database } from './database.ts';
import { blockOf } from './event-log.ts';

/** Blocks removed at once: nobody is served meanwhile. */
const SOME = 16;

export class SqliteRedactions implements Redactions {
  readonly #db: Database;
  readonly #across: StatementSync;
  readonly #change: StatementSync;
  readonly #forget: StatementSync;
  readonly #forgetAll: StatementSync;
  readonly #eraseSome: StatementSync;
  readonly #unlist: StatementSync;
  readonly #overwrite: Readonly<Record<'on' | 'off', StatementSync>>;

  constructor(db: Database) {
    this.#db = db;
    this.#across = db.prepare(
      `SELECT channel, first, last, epoch, at, token, expires, entries, sum FROM blocks
       WHERE channel = ? AND first <= ? ORDER BY first DESC LIMIT 1`,
    );
    this.#change = db.prepare('UPDATE blocks SET entries = ?, sum = ? WHERE channel = ? AND first = ?');
    this.#forget = db.prepare('DELETE FROM state WHERE channel = ? AND key = ? AND vid = ?');
    this.#forgetAll = db.prepare('DELETE FROM state WHERE channel = ?');
    this.#eraseSome = db.prepare(
      `DELETE FROM blocks WHERE rowid IN
         (SELECT rowid FROM blocks WHERE channel = ? AND first < ? ORDER BY first LIMIT ${SOME})`,
    );
    this.#unlist = db.prepare('DELETE FROM channels WHERE name = ?');
    this.#overwrite = {
      on: db.prepare('PRAGMA secure_delete = ON'),
      off: db.prepare('PRAGMA secure_delete = OFF'),
    };
  }

  async redact(log: string, vid: number): Promise<Redacted | undefined> {
    const redacted = this.#redact(log, vid);
    await this.#db.onDisk();
    return redacted;
  }

  async eraseBelow(log: string, first: number): Promise<boolean> {
    const erased = this.#overwriting(() =>
      this.#db.transaction(() => {
        this.#forgetAll.run(log);
        return Number(this.#eraseSome.run(log, first).changes);
      }, 0),
    );
    await this.#db.onDisk();
    return erased === SOME;
  }

  async unlist(channel: string): Promise<void> {
    this.#db.write(() => this.#unlist.run(channel));
    await this.#db.onDisk();
  }

  // One process and one thread: between a look and the write after it nobody else writes.
  #redact(log: string, vid: number): Redacted | undefined {
    const block = this.#db.read(() => {
      const row = this.#across.get(log, vid);
      return row && blockOf(row);
    });
    if (!block || block.last < vid) return undefined;
    const { first, last, epoch, at, token, expires } = block;
    const entry = block.entries[vid - first];
    const events = withoutData(block.entries, vid - first);
    if (!entry || !events) return undefined;
    const { key } = entry;
    const told = key === undefined ? {} : { key };
    if (entry.redacted) return told;
    const entries = contentText({ ...block, events });
    const sum = sumOf([log, first, last, epoch, at, token, expires, entries]);
    this.#overwriting(() =>
      this.#db.transaction(() => {
        this.#change.run(entries, sum, log, first);
        if (key !== undefined) this.#forget.run(log, key, vid);
      }, entries.length),
    );
    return told;
  }

  #overwriting<T>(work: () => T): T {
    this.#overwrite.on.get();
    try {
      return work();
    } finally {
      this.#overwrite.off.get();
    }
  }
}
