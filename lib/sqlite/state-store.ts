/** The state in SQLite: a row for each key that is not deleted, written in the append's own transaction, so it is never behind the log. */

import type { StatementSync } from 'node:sqlite';
import type { NewBlock } from '../log/ports.ts';
import { LIMITS } from '../protocol/doorbell.ts';
import { parseJson } from '../runtime/json.ts';
import { compareKeys } from '../state/keys.ts';
import type { KeyRange, StateEntry, StatePage, StateStore } from '../state/ports.ts';
import { checkSum, sumOf } from './checksums.ts';
import type { Database } from './database.ts';

type Row = Record<string, unknown>;

/** The state is never behind the log. */
const WHOLE = Number.MAX_SAFE_INTEGER;
/** Of an entry in an answer beside what its row has: names, quotes, commas. Small entries are many, and nobody is served while rows are read. */
const ENTRY_CHARS = '{"key":"","vid":,"id":"","at":"","data":},'.length;
const COLUMNS = 'channel, key, vid, id, at, data, sum';

export class SqliteStateStore implements StateStore {
  readonly #db: Database;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #one: StatementSync;
  readonly #from: StatementSync;

  constructor(db: Database) {
    this.#db = db;
    this.#put = db.prepare(
      `INSERT INTO state (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (channel, key) DO UPDATE SET (vid, id, at, data, sum) =
         (excluded.vid, excluded.id, excluded.at, excluded.data, excluded.sum)`,
    );
    this.#remove = db.prepare('DELETE FROM state WHERE channel = ? AND key = ?');
    this.#one = db.prepare(`SELECT ${COLUMNS} FROM state WHERE channel = ? AND key = ?`);
    this.#from = db.prepare(
      `SELECT ${COLUMNS} FROM state WHERE channel = ? AND key > ? AND key >= ? ORDER BY key`,
    );
  }

  /** Takes the newest event of each key of a block. Only inside of the transaction that writes the block. */
  take(channel: string, { first, at, events }: NewBlock): void {
    const newest = new Map(events.map((event, i) => [event.key, { ...event, vid: first + i }] as const));
    for (const [key, { id, data, json, vid }] of newest) {
      if (key === undefined) continue;
      if (data === null) this.#remove.run(channel, key);
      else {
        const values = [channel, key, vid, id, at, json];
        this.#put.run(...values, sumOf(values));
      }
    }
  }

  all(channel: string): readonly StateEntry[] {
    return this.#db.read(() => this.#from.all(channel, '', '').map(entryOf));
  }

  put(channel: string, { key, vid, id, at, data }: StateEntry): void {
    const there = this.#db.read(() => this.#one.get(channel, key));
    if (there && Number(there.vid) >= vid) return;
    const values = [channel, key, vid, id, at, JSON.stringify(data)];
    this.#db.write(() => this.#put.run(...values, sumOf(values)));
  }

  async page(channel: string, _epoch: string, range: KeyRange): Promise<StatePage> {
    const page = this.#db.read(() =>
      range.keys.length > 0 ? this.#named(channel, range) : this.#next(channel, range),
    );
    await this.#db.synced();
    return page;
  }

  async foldedTo(): Promise<number> {
    return WHOLE;
  }

  #named(channel: string, { keys }: KeyRange): StatePage {
    const rows = [...new Set(keys)].sort(compareKeys).map((key) => this.#one.get(channel, key));
    const entries = rows.filter((row) => row !== undefined).map(entryOf);
    return { upTo: WHOLE, entries, next: null };
  }

  #next(channel: string, { prefix, after }: KeyRange): StatePage {
    const entries: StateEntry[] = [];
    let bytes = 0;
    for (const row of this.#from.iterate(channel, after, prefix)) {
      const entry = entryOf(row);
      if (!entry.key.startsWith(prefix)) break;
      if (bytes >= LIMITS.answerBytes) return { upTo: WHOLE, entries, next: entries.at(-1)?.key ?? null };
      entries.push(entry);
      bytes += ENTRY_CHARS + [row.key, row.vid, row.id, row.at, row.data].join('').length;
    }
    return { upTo: WHOLE, entries, next: null };
  }
}

/** Throws `DamagedError` unless the row is as it was written. */
function entryOf(row: Row): StateEntry {
  const { channel, key, vid, id, at, data } = row;
  const values = [channel, key, vid, id, at, data] as Array<string | number>;
  checkSum(values, row.sum, () => `the state of channel ${channel}`);
  return {
    key: String(key),
    vid: Number(vid),
    id: String(id),
    at: String(at),
    data: parseJson(String(data)),
  };
}
