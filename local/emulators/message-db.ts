/**
 * Messages of queues in an SQLite file, checked when it is opened: SQLite's own check finds a page that is no page any more, a checksum in each row
 * finds a changed byte within one. With a rollback journal and not a write-ahead log, of which SQLite drops what it cannot read and says nothing. Not
 * synced: it survives the death of the process, not a loss of power, and costs no time of the disk's.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { Damage } from './damage.ts';

export interface MessageRow {
  readonly id: string;
  readonly queue: string;
  /** JSON. */
  readonly message: string;
  /** How often it was received. */
  readonly received: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    message TEXT NOT NULL,
    received INTEGER NOT NULL DEFAULT 0,
    sum INTEGER
  );
  CREATE TABLE IF NOT EXISTS counters (queue TEXT PRIMARY KEY, counter INTEGER NOT NULL, sum INTEGER);`;
const SUM = { messages: 'digest(id, queue, message, received)', counters: 'digest(queue, counter)' } as const;
const TABLES = Object.keys(SUM) as ReadonlyArray<keyof typeof SUM>;

/** SQLite's result codes of a disk that has no room or fails: no damage. https://www.sqlite.org/rescode.html */
const IO_ERROR = 10;
const FULL = 13;

export class MessageDb {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #received: StatementSync;
  readonly #count: StatementSync;

  /** The folder is made when it is missing. Throws `Damage`, or why the file cannot be opened. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#db = new DatabaseSync(join(folder, 'messages.db'));
    try {
      prepare(this.#db);
      const row = 'INSERT OR REPLACE INTO';
      this.#insert = this.#db.prepare(
        `${row} messages (id, queue, message, received, sum) VALUES (?1, ?2, ?3, ?4, digest(?1, ?2, ?3, ?4))`,
      );
      this.#delete = this.#db.prepare('DELETE FROM messages WHERE id = ?');
      this.#received = this.#db.prepare(
        'UPDATE messages SET received = ?1, sum = digest(id, queue, message, ?1) WHERE id = ?2',
      );
      this.#count = this.#db.prepare(`${row} counters (queue, counter, sum) VALUES (?1, ?2, digest(?1, ?2))`);
    } catch (error) {
      this.#db.close();
      throw error instanceof Damage || isOfTheDisk(error) ? error : new Damage((error as Error).message);
    }
  }

  close(): void {
    this.#db.close();
  }

  /** In the order in which they were put. */
  messagesOf(queue: string): readonly MessageRow[] {
    const rows = this.#db.prepare(
      'SELECT id, queue, message, received FROM messages WHERE queue = ? ORDER BY place',
    );
    return rows.all(queue) as unknown as readonly MessageRow[];
  }

  /** 0 when nothing was counted yet. */
  counterOf(queue: string): number {
    const counted = this.#db.prepare('SELECT counter FROM counters WHERE queue = ?').get(queue);
    return Number(counted?.counter ?? 0);
  }

  /** A message that is there already moves to the end of its new queue, in one step. */
  put({ id, queue, message, received }: MessageRow): void {
    this.#insert.run(id, queue, message, received);
  }

  delete(id: string): void {
    this.#delete.run(id);
  }

  receive(id: string, received: number): void {
    this.#received.run(received, id);
  }

  count(queue: string, counter: number): void {
    this.#count.run(queue, counter);
  }

  clear(queue: string): void {
    this.#db.prepare('DELETE FROM messages WHERE queue = ?').run(queue);
  }

  forget(queue: string): void {
    this.clear(queue);
    this.#db.prepare('DELETE FROM counters WHERE queue = ?').run(queue);
  }
}

function prepare(db: DatabaseSync): void {
  db.function('digest', { deterministic: true, varargs: true }, (...values) => crc32(values.join('\n')));
  db.exec('PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF;');
  checkPages(db);
  const fromBefore = TABLES.filter((table) => hasTable(db, table) && !hasSum(db, table));
  for (const table of fromBefore) db.exec(`ALTER TABLE ${table} ADD COLUMN sum INTEGER`);
  db.exec(SCHEMA);
  for (const table of fromBefore) db.exec(`UPDATE ${table} SET sum = ${SUM[table]}`);
  for (const table of TABLES) {
    const wrong = db.prepare(`SELECT count(*) AS rows FROM ${table} WHERE sum IS NOT ${SUM[table]}`).get();
    if (wrong?.rows !== 0) throw new Damage(`${wrong?.rows} rows of ${table} do not fit their checksum`);
  }
}

function checkPages(db: DatabaseSync): void {
  const [first] = db.prepare('PRAGMA integrity_check').all();
  if (first?.integrity_check !== 'ok') throw new Damage(String(first?.integrity_check).replaceAll('\n', ' '));
  // A table whose name was changed would be made anew, empty.
  const names = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  const known: readonly string[] = [...TABLES, 'sqlite_sequence'];
  const stranger = names.find(({ name }) => !known.includes(String(name)));
  if (stranger) throw new Damage('it has a table of another name');
}

function hasTable(db: DatabaseSync, table: string): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
}

function hasSum(db: DatabaseSync, table: string): boolean {
  return db
    .prepare(`PRAGMA table_info(${table})`)
    .all()
    .some(({ name }) => name === 'sum');
}

function isOfTheDisk(error: unknown): boolean {
  const { errcode } = error as { readonly errcode?: number };
  // The lower byte; the rest says more of it.
  return errcode !== undefined && [IO_ERROR, FULL].includes(errcode & 0xff);
}
