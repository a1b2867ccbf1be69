/**
 * What is kept of streams beside their logs, in SQLite: one table of small notes. A log is purged a few blocks at a time, so that nobody waits
 * for it.
 */

import type { StatementSync } from 'node:sqlite';
import type { Doomed, Fork, StreamListing, StreamStore } from '../log/ports.ts';
import { recordOf, type StreamRecord, type VersionedRecord } from '../log/stream-record.ts';
import type { Producer } from '../log/writers.ts';
import { checkSum, sumOf } from './checksums.ts';
import type { Database } from './database.ts';

/** A note's value is JSON: of a stream its version and record, of a producer its epoch and number, of a fork its name, of a doomed log its name; its time is the key. */
type Kind = 'stream' | 'producer' | 'fork' | 'doomed';

/** Rows deleted, and logs listed, at once. Sixteen of 5 MiB took 3 ms of CPU time (SQLite 3.53): a block's pages are freed without being read. */
const SOME = 16;

/** Keys of a state deleted at once: of 256 KiB at most each, so about as much. */
const SOME_KEYS = 256;

/** When a log is due: the key of its note. */
const DUE = 'CAST(key AS INTEGER)';
/** What was noted for that time or before. Exported for its test. */
export const DUE_BY = `SELECT owner, key, value, sum FROM notes WHERE kind = 'doomed' AND ${DUE} <= ? ORDER BY ${DUE} LIMIT ${SOME}`;
/**
 * Many streams may be noted for later, and nobody is served while notes are read. Made beside the versions of the file: an earlier Doorbell opens
 * the file all the same, and without the index all is as it is, but slow.
 */
const INDEX = `CREATE INDEX IF NOT EXISTS notes_due ON notes (kind, ${DUE}) WHERE kind = 'doomed'`;

export class SqliteStreamStore implements StreamStore, StreamListing {
  readonly #db: Database;
  readonly #get: StatementSync;
  readonly #all: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeAll: StatementSync;
  readonly #doomed: StatementSync;
  readonly #deleteBlocks: StatementSync;
  readonly #deleteKeys: StatementSync;
  #isIndexed = false;

  constructor(db: Database) {
    this.#db = db;
    this.#get = db.prepare('SELECT value, sum FROM notes WHERE kind = ? AND owner = ? AND key = ?');
    this.#all = db.prepare('SELECT key, value, sum FROM notes WHERE kind = ? AND owner = ? ORDER BY key');
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO notes (kind, owner, key, value, sum) VALUES (?, ?, ?, ?, ?)',
    );
    this.#remove = db.prepare('DELETE FROM notes WHERE kind = ? AND owner = ? AND key = ?');
    this.#removeAll = db.prepare('DELETE FROM notes WHERE kind = ? AND owner = ?');
    this.#doomed = db.prepare(DUE_BY);
    this.#deleteBlocks = db.prepare(
      `DELETE FROM blocks WHERE rowid IN (SELECT rowid FROM blocks WHERE channel = ? ORDER BY first LIMIT ${SOME})`,
    );
    this.#deleteKeys = db.prepare(
      `DELETE FROM state WHERE rowid IN (SELECT rowid FROM state WHERE channel = ? LIMIT ${SOME_KEYS})`,
    );
  }

  /** The record of a name, at once. */
  record(name: string): VersionedRecord | undefined {
    const note = this.#note('stream', name, '');
    if (note === undefined) return undefined;
    const { version, record } = note as { version: number; record: unknown };
    return { version, record: recordOf(JSON.stringify(record)) };
  }

  async *names(): AsyncIterable<string> {
    const owners = this.#db.prepare(
      "SELECT owner FROM notes WHERE kind = 'stream' AND owner > ? ORDER BY owner LIMIT 500",
    );
    for (let from = ''; ; ) {
      const names = this.#db.read(() => owners.all(from).map(({ owner }) => String(owner)));
      yield* names;
      const last = names.at(-1);
      if (last === undefined) return;
      from = last;
    }
  }

  async producers(log: string): Promise<readonly Producer[]> {
    return this.#notes('producer', log).map(([id, value]) => ({ ...(value as Omit<Producer, 'id'>), id }));
  }

  // One process and one thread: between a look and the write after it nobody else writes.
  async swap(name: string, version: number | undefined, record: StreamRecord): Promise<boolean> {
    if (this.record(name)?.version !== version) return false;
    this.#save('stream', name, '', { version: (version ?? 0) + 1, record });
    await this.#db.onDisk();
    return true;
  }

  async producer(log: string, id: string): Promise<Producer | undefined> {
    const producer = this.#producer(log, id);
    await this.#db.synced();
    return producer;
  }

  // As in `swap`: nobody writes between the look and the write.
  async keepProducer(log: string, { id, epoch, seq }: Producer): Promise<void> {
    const kept = this.#producer(log, id) ?? { epoch: -1, seq: -1 };
    if (kept.epoch < epoch || (kept.epoch === epoch && kept.seq < seq))
      this.#save('producer', log, id, { epoch, seq });
    await this.#db.synced();
  }

  async addFork(log: string, fork: Fork): Promise<void> {
    this.#save('fork', log, fork.log, { name: fork.name });
    await this.#db.onDisk();
  }

  async removeFork(log: string, fork: Fork): Promise<void> {
    this.#db.write(() => this.#remove.run('fork', log, fork.log));
    await this.#db.synced();
  }

  async forks(log: string): Promise<readonly Fork[]> {
    await this.#db.synced();
    return this.#notes('fork', log).map(([key, value]) => ({ name: (value as Fork).name, log: key }));
  }

  async doom({ log, name, due }: Doomed): Promise<void> {
    if (!this.#isIndexed) this.#db.write(() => this.#db.prepare(INDEX).run());
    this.#isIndexed = true;
    this.#save('doomed', log, String(due), { name });
    await this.#db.onDisk();
  }

  async doomed(now: number): Promise<readonly Doomed[]> {
    return this.#db.read(() =>
      this.#doomed.all(now).map(({ owner, key, value, sum }) => {
        const { name } = checked('doomed', String(owner), String(key), value, sum) as { name: string };
        return { log: String(owner), name, due: Number(key) };
      }),
    );
  }

  async spare({ log, due }: Doomed): Promise<void> {
    this.#db.write(() => this.#remove.run('doomed', log, String(due)));
    await this.#db.synced();
  }

  async purge(log: string): Promise<boolean> {
    // Before the blocks: while the last of them, the mark, stands there, nobody adds to the log nor to its state.
    const keys = this.#db.write(() => this.#deleteKeys.run(log));
    if (Number(keys.changes) === SOME_KEYS) return true;
    const blocks = this.#db.write(() => this.#deleteBlocks.run(log));
    if (Number(blocks.changes) === SOME) return true;
    this.#db.write(() => this.#removeAll.run('producer', log));
    return false;
  }

  #producer(log: string, id: string): Producer | undefined {
    const note = this.#note('producer', log, id);
    if (note === undefined) return undefined;
    const { epoch, seq } = note as { epoch: number; seq: number };
    return { id, epoch, seq };
  }

  #note(kind: Kind, owner: string, key: string): unknown {
    return this.#db.read(() => {
      const row = this.#get.get(kind, owner, key);
      return row && checked(kind, owner, key, row.value, row.sum);
    });
  }

  #notes(kind: Kind, owner: string): ReadonlyArray<readonly [key: string, value: unknown]> {
    return this.#db.read(() =>
      this.#all.all(kind, owner).map(({ key, value, sum }) => {
        return [String(key), checked(kind, owner, String(key), value, sum)] as const;
      }),
    );
  }

  #save(kind: Kind, owner: string, key: string, value: object): void {
    const values = [kind, owner, key, JSON.stringify(value)];
    this.#db.write(() => this.#put.run(...values, sumOf(values)));
  }
}

function checked(kind: Kind, owner: string, key: string, value: unknown, sum: unknown): unknown {
  const values = [kind, owner, key, String(value)];
  checkSum(values, sum, () => `a note (${kind}) of ${owner}`);
  return JSON.parse(String(value));
}
