/** The channels' own records in SQLite, which never expire, and so the list of the channels that there are. */

import type { StatementSync } from 'node:sqlite';
import type { ChannelRecords, Directory, Incarnation } from '../log/ports.ts';
import type { Clock } from '../runtime/ports.ts';
import { checkSum, sumOf } from './checksums.ts';
import type { Database } from './database.ts';
import { SqliteStreamStore } from './stream-store.ts';

interface Row extends Omit<Incarnation, 'stream'> {
  readonly createdAt: number;
}

export class SqliteChannelRecords implements ChannelRecords, Directory {
  readonly #db: Database;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #names: StatementSync;

  readonly #streams: Pick<SqliteStreamStore, 'record'>;

  constructor(db: Database, clock: Pick<Clock, 'now'>, streams = new SqliteStreamStore(db)) {
    this.#streams = streams;
    this.#db = db;
    this.#clock = clock;
    this.#get = db.prepare('SELECT epoch, reserved, created_at, sum FROM channels WHERE name = ?');
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO channels (name, epoch, reserved, created_at, sum) VALUES (?, ?, ?, ?, ?)',
    );
    this.#names = db.prepare('SELECT name FROM channels WHERE name BETWEEN ? AND ? ORDER BY name LIMIT ?');
  }

  async get(channel: string): Promise<Incarnation | undefined> {
    const row = this.#row(channel);
    const stream = this.#streams.record(channel);
    await this.#db.synced();
    if (!stream) return row && { epoch: row.epoch, highWaterMark: row.highWaterMark };
    return { epoch: row?.epoch ?? '', highWaterMark: row?.highWaterMark ?? 0, stream };
  }

  async begin(channel: string, { epoch, highWaterMark }: Incarnation): Promise<Incarnation> {
    const row = this.#row(channel);
    if (row) return { epoch: row.epoch, highWaterMark: row.highWaterMark };
    await this.#save(channel, { epoch, highWaterMark, createdAt: this.#clock.now() });
    return { epoch, highWaterMark };
  }

  async reserve(channel: string, epoch: string, upTo: number): Promise<boolean> {
    const row = this.#row(channel);
    if (row?.epoch !== epoch) return false;
    if (row.highWaterMark < upTo) await this.#save(channel, { ...row, highWaterMark: upTo });
    return true;
  }

  async channels(from: string, to: string, limit: number): Promise<readonly string[]> {
    return this.#db.read(() => this.#names.all(from, to, limit).map(({ name }) => String(name)));
  }

  // One process and one thread: between a look and the write after it nobody else writes.
  #row(channel: string): Row | undefined {
    return this.#db.read(() => {
      const found = this.#get.get(channel);
      if (!found) return undefined;
      const row = {
        epoch: String(found.epoch),
        highWaterMark: Number(found.reserved),
        createdAt: Number(found.created_at),
      };
      checkSum(valuesOf(channel, row), found.sum, () => `the record of channel ${channel}`);
      return row;
    });
  }

  /** On the disk when it resolves, before a number of it is given out: after a power cut all of them are skipped (power-cut.ts). */
  async #save(channel: string, row: Row): Promise<void> {
    const values = valuesOf(channel, row);
    this.#db.write(() => this.#put.run(...values, sumOf(values)));
    await this.#db.onDisk();
  }
}

function valuesOf(channel: string, { epoch, highWaterMark, createdAt }: Row): Array<string | number> {
  return [channel, epoch, highWaterMark, createdAt];
}
