/**
 * The cursors of a process that lives on: where its clients stand is kept in memory, and saved a little later, so that a poll costs no write of its own.
 *
 *     a visit from nowhere, or without a place ─▶ to the table, after what is unsaved ─▶ kept
 *     a visit of one that is kept              ─▶ memory; the table hears of a move within `delayMs`, of an idle client every minute or two
 *     the row was visited elsewhere meanwhile  ─▶ a further place is taken over there; no more kept here, so that the next visit goes to the table
 *
 * What a process has not saved when it is killed is lost: its clients' events come again, and none is skipped.
 */

import { DelayQueue } from '../runtime/delay-queue.ts';
import { instantOf } from '../runtime/instant.ts';
import { KeyedMutex } from '../runtime/keyed-mutex.ts';
import type { Clock } from '../runtime/ports.ts';
import type { Logger } from '../telemetry/ports.ts';
import {
  afterVisit,
  type CachedCursor,
  type ClientCursor,
  isDirty,
  isHeld,
  moved,
  newCachedCursor,
  persistedHold,
} from './cached-cursor.ts';
import type { Cursor, Cursors, Hold, Position } from './ports.ts';

/** Kept at most, about 500 bytes each: those of 10,000 held polls, and of as many clients that are between two. */
const MOST_KEPT = 50_000;
/** Saved at once: what the AWS client has connections for, so that polls find some too. */
const SAVED_TOGETHER = 32;
/** After a failure. */
const RETRY_MS = 1_000;

export interface WriteBehindOptions {
  readonly table: Cursors;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How late a move may be saved: 1..60,000 ms. */
  readonly delayMs: number;
  /** Kept at most; the one that was not seen for longest goes first. */
  readonly most?: number;
}

export class WriteBehindCursors implements Cursors {
  readonly #options: WriteBehindOptions;
  /** By channel and client; who was seen last stands last. */
  readonly #kept = new Map<string, CachedCursor>();
  /** By the nonce that the table knows: a poll of several channels has one for all. */
  readonly #byNonce = new Map<string, Set<CachedCursor>>();
  readonly #mutex = new KeyedMutex();
  readonly #dirty: DelayQueue<CachedCursor>;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    const work = (kept: CachedCursor) => this.#saveOne(kept);
    this.#dirty = new DelayQueue({ clock: options.clock, together: SAVED_TOGETHER, work });
  }

  visit(
    channel: string,
    client: string,
    seen: Position,
    hold: Hold | undefined,
    now: number,
  ): Promise<Cursor | undefined> | Cursor {
    const key = keyOf(channel, client);
    const known = this.#kept.get(key);
    // Nearly every visit: it costs no promise.
    if (known && seen.maxvid !== undefined && !this.#mutex.isBusy(key))
      return this.#visitKept(known, seen, hold, now);
    return this.#mutex.do(key, async (): Promise<Cursor | undefined> => {
      const kept = this.#kept.get(key);
      if (kept && seen.maxvid !== undefined) return this.#visitKept(kept, seen, hold, now);
      // Where it does not say where it stands, no place elsewhere may be overlooked.
      if (kept) await this.#release(kept);
      const { table, clock, delayMs } = this.#options;
      const known = persistedHold(hold, now, delayMs);
      const savedAt = instantOf(clock);
      const before = await table.visit(channel, client, seen, known, now);
      this.#keep(
        newCachedCursor(key, { channel, client }, afterVisit(before, seen, hold, now), known, savedAt),
      );
      return before;
    });
  }

  move(channel: string, client: string, from: Position, to: Position): Promise<void> {
    const key = keyOf(channel, client);
    return this.#mutex.do(key, async () => {
      const kept = this.#kept.get(key);
      if (kept) await this.#release(kept);
      await this.#options.table.move(channel, client, from, to);
    });
  }

  async save(...late: Parameters<Cursors['save']>): Promise<boolean> {
    return this.#options.table.save(...late);
  }

  async list(channel: string): Promise<ReadonlyArray<ClientCursor>> {
    const rows = await this.#options.table.list(channel);
    return rows.map((row) => {
      const kept = this.#kept.get(keyOf(channel, row.client));
      // A row that somebody else has visited is newer than what is kept.
      const isNewest =
        kept?.persisted.seenAt === row.seenAt && kept.persisted.hold?.nonce === row.hold?.nonce;
      return kept && isNewest ? { client: row.client, ...kept.row } : row;
    });
  }

  forget(channel: string, client: string): Promise<void> {
    const key = keyOf(channel, client);
    return this.#mutex.do(key, async () => {
      const kept = this.#kept.get(key);
      if (kept) this.#drop(kept);
      await this.#options.table.forget(channel, client);
    });
  }

  /**
   * Another process says that the client whose poll the table knew under `nonce` is there now. The next visit here goes to the table. Returns the nonces of the
   * polls that it has here by now.
   */
  left(nonce: string): readonly string[] {
    const gone = [...(this.#byNonce.get(nonce) ?? [])];
    for (const kept of gone)
      void this.#mutex.do(kept.key, () => this.#release(kept)).catch(() => this.#later(kept));
    return [...new Set(gone.flatMap(({ row }) => row.hold?.nonce ?? []))];
  }

  /** Saves everything that is unsaved; never rejects. For a process that ends. */
  async flush(): Promise<void> {
    await this.#mutex.idle();
    await this.#dirty.flush();
  }

  #visitKept(kept: CachedCursor, seen: Position, hold: Hold | undefined, now: number): Cursor {
    const before = kept.row;
    kept.row = afterVisit(before, seen, hold, now);
    const { clock, delayMs, most = MOST_KEPT } = this.#options;
    // While half of them are free none goes soon, and to move one costs more than to find it.
    if (2 * this.#kept.size > most) {
      this.#kept.delete(kept.key);
      this.#kept.set(kept.key, kept);
    }
    if (isDirty(kept, clock)) this.#dirty.later(delayMs, kept);
    return before;
  }

  #keep(kept: CachedCursor): void {
    this.#kept.set(kept.key, kept);
    this.#index(kept);
    const [longest] = this.#kept.values();
    if (!longest || this.#kept.size <= (this.#options.most ?? MOST_KEPT)) return;
    // The last now, so that the next one that is too many finds another.
    this.#kept.delete(longest.key);
    this.#kept.set(longest.key, longest);
    void this.#mutex.do(longest.key, () => this.#release(longest)).catch(() => this.#later(longest));
  }

  async #release(kept: CachedCursor): Promise<void> {
    if (this.#kept.get(kept.key) !== kept) return;
    if (moved(kept)) await this.#save(kept);
    this.#drop(kept);
  }

  #drop(kept: CachedCursor): void {
    if (this.#kept.get(kept.key) === kept) this.#kept.delete(kept.key);
    this.#dirty.takeBack(kept);
    this.#unindex(kept);
  }

  async #save(kept: CachedCursor): Promise<void> {
    const { table, clock, delayMs } = this.#options;
    const { channel, client, row, persisted: saved } = kept;
    const { maxvid, epoch, seenAt } = row;
    const place = { ...(maxvid === undefined ? {} : { maxvid }), ...(epoch === undefined ? {} : { epoch }) };
    const savedAt = instantOf(clock);
    const held = row.hold && isHeld(row.hold, savedAt.wall) ? row.hold : undefined;
    const hold = persistedHold(held, savedAt.wall, delayMs);
    if (!(await table.save(channel, client, place, hold, seenAt, saved))) {
      this.#drop(kept);
      return;
    }
    this.#unindex(kept);
    kept.persistedAt = savedAt;
    kept.persisted = { ...place, seenAt, ...(hold ? { hold } : {}) };
    this.#index(kept);
  }

  #later(kept: CachedCursor): void {
    this.#options.logger.warn('a cursor could not be saved; it is tried again', { channel: kept.channel });
    this.#dirty.later(Math.max(RETRY_MS, this.#options.delayMs), kept);
  }

  #saveOne(kept: CachedCursor): Promise<void> {
    return this.#mutex
      .do(kept.key, async () => {
        if (this.#kept.get(kept.key) === kept) await this.#save(kept);
      })
      .catch(() => this.#later(kept));
  }

  #index(kept: CachedCursor): void {
    const nonce = kept.persisted.hold?.nonce;
    if (nonce === undefined) return;
    const same = this.#byNonce.get(nonce) ?? new Set();
    this.#byNonce.set(nonce, same.add(kept));
  }

  #unindex(kept: CachedCursor): void {
    const nonce = kept.persisted.hold?.nonce;
    if (nonce === undefined) return;
    const same = this.#byNonce.get(nonce);
    same?.delete(kept);
    if (same?.size === 0) this.#byNonce.delete(nonce);
  }
}

/** Neither a channel nor a client has a blank in its name. */
function keyOf(channel: string, client: string): string {
  return `${channel} ${client}`;
}
