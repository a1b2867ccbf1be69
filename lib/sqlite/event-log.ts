/**
 * The log in SQLite: a row for each block. With DURABILITY=power nothing is read before it is on the disk: an event that was seen, and then
 * lost in a power cut, would leave its number to another event.
 */

import type { StatementSync } from 'node:sqlite';
import { endsInGap, type LogBlock } from '../log/block.ts';
import type { EventLog, NewBlock } from '../log/ports.ts';
import { LIMITS } from '../protocol/doorbell.ts';
import { contentOf, contentText, widthOfContent } from './block-content.ts';
import { checkSum, sumOf } from './checksums.ts';
import type { Database } from './database.ts';
import { DamagedError } from './failures.ts';
import { SqliteStateStore } from './state-store.ts';

export type Row = Record<string, unknown>;

const WHOLE = { first: 1, last: Number.MAX_SAFE_INTEGER };
const COLUMNS = 'channel, first, last, epoch, at, token, expires, entries, sum';

export class SqliteEventLog implements EventLog {
  readonly #db: Database;
  readonly #states: SqliteStateStore;
  readonly #insert: StatementSync;
  readonly #last: StatementSync;
  readonly #from: StatementSync;
  readonly #newestFirst: StatementSync;

  /** `states` takes what has a key. */
  constructor(db: Database, states = new SqliteStateStore(db)) {
    this.#db = db;
    this.#states = states;
    this.#insert = db.prepare(
      `INSERT INTO blocks (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#newestFirst = db.prepare(
      `SELECT ${COLUMNS} FROM blocks WHERE channel = ? AND first BETWEEN ? AND ? ORDER BY first DESC`,
    );
    this.#last = db.prepare(
      `SELECT ${COLUMNS} FROM blocks WHERE channel = ? AND first > ? ORDER BY first DESC LIMIT 1`,
    );
    // From the block on that begins at or before the place, where there is one: it may reach across.
    this.#from = db.prepare(
      `SELECT ${COLUMNS} FROM blocks WHERE channel = :channel AND last > :after AND first >= ifnull(
         (SELECT first FROM blocks WHERE channel = :channel AND first <= :after ORDER BY first DESC LIMIT 1), 0)
       ORDER BY first`,
    );
  }

  async last(channel: string, after = 0): Promise<LogBlock | undefined> {
    const block = this.#db.read(() => {
      const row = this.#last.get(channel, after);
      return row && blockOf(row);
    });
    await this.#db.synced();
    return block;
  }

  async read(channel: string, after: number, limit: number): Promise<readonly LogBlock[]> {
    const blocks = this.#db.read(() => {
      const taken: LogBlock[] = [];
      let events = 0;
      let bytes = 0;
      let end = after + limit;
      for (const row of this.#from.iterate({ channel, after })) {
        const isBeyond = Number(row.first) > end;
        if (isBeyond && !endsInGap(taken)) break;
        const block = blockOf(row);
        taken.push(block);
        if (isBeyond) end = block.first + limit - 1;
        bytes += String(row.entries).length;
        events += Math.max(0, widthOfContent(block) - Math.max(0, after + 1 - block.first));
        if (events >= limit || bytes >= LIMITS.answerBytes) break;
      }
      return taken;
    });
    await this.#db.synced();
    return blocks;
  }

  async since(channel: string, sinceMs: number, span = WHOLE): Promise<readonly LogBlock[]> {
    const blocks = this.#db.read(() => {
      const taken: LogBlock[] = [];
      for (const row of this.#newestFirst.iterate(channel, span.first, span.last)) {
        const block = blockOf(row);
        if (Date.parse(block.at) < sinceMs) break;
        taken.push(block);
      }
      return taken.reverse();
    });
    await this.#db.synced();
    return blocks;
  }

  async append(channel: string, block: NewBlock): Promise<'appended' | 'conflict'> {
    const { first, last, epoch, at, token, expires } = block;
    const entries = contentText(block);
    const values = [channel, first, last, epoch, at, token, expires, entries];
    const insert = () => this.#insert.run(...values, sumOf(values)).changes === 1;
    const insertWithState = () => {
      const isNew = insert();
      if (isNew) this.#states.take(channel, block);
      return isNew;
    };
    const isIn = block.events.some(({ key }) => key !== undefined)
      ? // What has a key is written twice.
        this.#db.transaction(insertWithState, 2 * entries.length)
      : this.#db.write(insert, entries.length);
    await this.#db.synced();
    return isIn ? 'appended' : 'conflict';
  }
}

/** Throws `DamagedError` unless the row is as it was written. */
export function blockOf(row: Row): LogBlock {
  const { channel, first, last, epoch, at, token, expires, entries } = row;
  const values = [channel, first, last, epoch, at, token, expires, entries] as Array<string | number>;
  checkSum(values, row.sum, () => `block ${first} of channel ${channel}`);
  const content = contentOf(String(entries));
  if (!content) throw new DamagedError(`block ${first} of channel ${channel} holds no entries`);
  return {
    first: Number(first),
    last: Number(last),
    epoch: String(epoch),
    at: String(at),
    token: String(token),
    expires: Number(expires),
    textLength: String(entries).length,
    ...content,
  };
}
