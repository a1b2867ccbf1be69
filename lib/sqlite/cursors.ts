/** Cursors in SQLite: a row for each client and channel. One process and one thread write them, so a row is read, decided on and written without a lock. */

import type { StatementSync } from 'node:sqlite';
import type { Cursor, Cursors, Hold, Position } from '../cursors/ports.ts';
import { PushError } from '../errors.ts';
import { checkSum, sumOf } from './checksums.ts';
import type { Database } from './database.ts';

type Value = string | number | null;

const COLUMNS = 'channel, client, maxvid, epoch, mailbox, nonce, held_until, behind, seen_at, sum';

export class SqliteCursors implements Cursors {
  readonly #db: Database;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #list: StatementSync;
  readonly #forget: StatementSync;

  constructor(db: Database) {
    this.#db = db;
    this.#get = db.prepare(`SELECT ${COLUMNS} FROM cursors WHERE channel = ? AND client = ?`);
    this.#put = db.prepare(
      `INSERT OR REPLACE INTO cursors (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#list = db.prepare(`SELECT ${COLUMNS} FROM cursors WHERE channel = ? ORDER BY client`);
    this.#forget = db.prepare('DELETE FROM cursors WHERE channel = ? AND client = ?');
  }

  async visit(
    channel: string,
    client: string,
    seen: Position,
    hold: Hold | undefined,
    now: number,
  ): Promise<Cursor | undefined> {
    const before = this.#row(channel, client);
    try {
      this.#save(channel, client, visited(before, seen, hold, now));
    } catch (error) {
      // Who has a row is served on a full disk too: its events may come again, and none is skipped. A new one without a row would begin at another "now".
      if (!before || !(error instanceof PushError && error.code === 'unavailable')) throw error;
    }
    return before;
  }

  async move(channel: string, client: string, from: Position, to: Position): Promise<void> {
    const row = this.#row(channel, client);
    if (!row || row.maxvid !== from.maxvid || row.epoch !== from.epoch) return;
    const { maxvid: _, epoch: __, ...rest } = row;
    this.#save(channel, client, { ...rest, ...to });
  }

  async save(
    channel: string,
    client: string,
    place: Position,
    hold: Hold | undefined,
    now: number,
    known: Pick<Cursor, 'seenAt' | 'hold'>,
  ): Promise<boolean> {
    const row = this.#row(channel, client);
    if (!row) return false;
    if (row.seenAt === known.seenAt && row.hold?.nonce === known.hold?.nonce) {
      this.#save(channel, client, visited(row, place, hold, now));
      return true;
    }
    const { maxvid, epoch } = place;
    const sameLife = row.epoch === undefined || row.epoch === epoch;
    if (maxvid !== undefined && sameLife && (row.maxvid ?? 0) <= maxvid)
      this.#save(channel, client, { ...row, maxvid, ...(epoch === undefined ? {} : { epoch }) });
    return false;
  }

  async list(channel: string): Promise<ReadonlyArray<Cursor & { readonly client: string }>> {
    return this.#db.read(() =>
      this.#list.all(channel).map((row) => ({ client: String(row.client), ...cursorOf(row) })),
    );
  }

  async forget(channel: string, client: string): Promise<void> {
    this.#db.write(() => this.#forget.run(channel, client));
  }

  #row(channel: string, client: string): Cursor | undefined {
    return this.#db.read(() => {
      const row = this.#get.get(channel, client);
      return row && cursorOf(row);
    });
  }

  #save(channel: string, client: string, cursor: Cursor): void {
    const values = valuesOf(channel, client, cursor);
    this.#db.write(() => this.#put.run(...values, sumOf(values)));
  }
}

/** The row after a visit: `maxvid` never goes back within a life. */
function visited(before: Cursor | undefined, seen: Position, hold: Hold | undefined, now: number): Cursor {
  const otherLife = seen.epoch !== undefined && seen.epoch !== before?.epoch;
  const isNewer = seen.maxvid !== undefined && (otherLife || seen.maxvid >= (before?.maxvid ?? 0));
  const { hold: _, ...kept } = before ?? {};
  return { ...kept, ...(isNewer ? seen : {}), ...(hold ? { hold } : {}), seenAt: now };
}

function valuesOf(
  channel: string,
  client: string,
  { maxvid, epoch, hold, seenAt }: Cursor,
): readonly Value[] {
  const held = [hold?.mailbox ?? null, hold?.nonce ?? null, hold?.until ?? null, hold?.behind ? 1 : 0];
  return [channel, client, maxvid ?? null, epoch ?? null, ...held, seenAt];
}

/** Throws `DamagedError` unless the row is as it was written. */
function cursorOf(row: Record<string, unknown>): Cursor {
  const { channel, client, maxvid, epoch, mailbox, nonce, held_until, behind, seen_at, sum } = row;
  const values = [channel, client, maxvid, epoch, mailbox, nonce, held_until, behind, seen_at] as Value[];
  checkSum(values, sum, () => `a cursor of channel ${channel}`);
  return {
    seenAt: Number(seen_at),
    ...(maxvid === null ? {} : { maxvid: Number(maxvid) }),
    ...(epoch === null ? {} : { epoch: String(epoch) }),
    ...(mailbox === null
      ? {}
      : {
          hold: {
            mailbox: String(mailbox),
            nonce: String(nonce),
            until: Number(held_until),
            ...(behind === 1 ? { behind: true } : {}),
          },
        }),
  };
}
