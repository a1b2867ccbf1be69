/** What was promised, in SQLite: notes beside those of streams. A look's owner is its time, so the primary key has them in order. */

import type { StatementSync } from 'node:sqlite';
import type { ExpectationStore, Look, VersionedWatch, Watch } from '../expectations/ports.ts';
import { checkSum, sumOf } from './checksums.ts';
import type { Database } from './database.ts';

const LOOK = 'look';
const WATCH = 'watch';
/** Unix time in ms has 13 digits until the year 2286. */
const DIGITS = 15;

export class SqliteExpectations implements ExpectationStore {
  readonly #db: Database;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #due: StatementSync;

  constructor(db: Database) {
    this.#db = db;
    this.#get = db.prepare('SELECT value, sum FROM notes WHERE kind = ? AND owner = ? AND key = ?');
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO notes (kind, owner, key, value, sum) VALUES (?, ?, ?, ?, ?)',
    );
    this.#remove = db.prepare('DELETE FROM notes WHERE kind = ? AND owner = ? AND key = ?');
    this.#due = db.prepare(
      `SELECT owner, key FROM notes WHERE kind = '${LOOK}' AND owner <= ? ORDER BY owner, key LIMIT ?`,
    );
  }

  async noteLook({ channel, due }: Look): Promise<void> {
    this.#save(LOOK, timeText(due), channel, {});
    await this.#db.synced();
  }

  async dueLooks(now: number, limit: number): Promise<readonly Look[]> {
    return this.#db.read(() =>
      this.#due
        .all(timeText(now), limit)
        .map(({ owner, key }) => ({ channel: String(key), due: Number(owner) })),
    );
  }

  async dropLook({ channel, due }: Look): Promise<void> {
    this.#db.write(() => this.#remove.run(LOOK, timeText(due), channel));
    await this.#db.synced();
  }

  async watch(channel: string): Promise<VersionedWatch | undefined> {
    const watch = this.#watch(channel);
    await this.#db.synced();
    return watch;
  }

  // One process and one thread: between a look and the write after it nobody else writes.
  async saveWatch(channel: string, version: number | undefined, watch: Watch): Promise<boolean> {
    if (this.#watch(channel)?.version !== version) return false;
    this.#save(WATCH, channel, '', { version: (version ?? 0) + 1, watch });
    await this.#db.synced();
    return true;
  }

  async forgetWatch(channel: string): Promise<void> {
    this.#db.write(() => this.#remove.run(WATCH, channel, ''));
    await this.#db.synced();
  }

  #watch(channel: string): VersionedWatch | undefined {
    return this.#db.read(() => {
      const row = this.#get.get(WATCH, channel, '');
      if (!row) return undefined;
      const value = String(row.value);
      checkSum([WATCH, channel, '', value], row.sum, () => `what was promised on channel ${channel}`);
      return JSON.parse(value) as VersionedWatch;
    });
  }

  #save(kind: string, owner: string, key: string, value: object): void {
    const values = [kind, owner, key, JSON.stringify(value)];
    this.#db.write(() => this.#put.run(...values, sumOf(values)));
  }
}

function timeText(ms: number): string {
  return String(Math.max(0, ms)).padStart(DIGITS, '0');
}
