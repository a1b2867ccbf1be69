/**
 * Deletes what has expired: blocks whose time is over, and cursors of clients that stayed away. A few rows at a time, with pauses, so that
 * nobody waits for it. Freed pages are used again; where many are free, some are given back to the disk.
 */

import type { StatementSync } from 'node:sqlite';
import type { Clock } from '../runtime/ports.ts';
import type { Logger } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { Database } from './database.ts';

/** Between two rounds over all channels. */
const ROUND_MS = 60_000;
/** Between two steps of a round; a step works for `STEP_MS` at most, so it takes a tenth of the process. */
const PAUSE_MS = 45;
const STEP_MS = 5;
/** Rows deleted by one statement: each may be 256 KiB. */
const ROWS = 16;
/** Names, and cursors, looked at by one statement. */
const LOOKED_AT = 100;
/** Pages (4 KiB) given back by one statement. */
const PAGES = 64;
/** Free pages that are kept for the next blocks: 16 MiB, or a fifth of the file where that is more. */
const SPARE_PAGES = 4_096;
const SPARE_SHARE = 0.2;

export interface RetentionOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a client may stay away before its cursor is forgotten, in ms. */
  readonly keepMs: number;
}

/** Where a round is. */
type Place = { readonly at: 'blocks'; readonly channel: string } | CursorPlace | { readonly at: 'pages' };
interface CursorPlace {
  readonly at: 'cursors';
  readonly channel: string;
  readonly client: string;
}

export class Retention {
  readonly #options: RetentionOptions;
  readonly #names: StatementSync;
  readonly #oldest: StatementSync;
  readonly #deleteOldest: StatementSync;
  readonly #cursors: StatementSync;
  readonly #deleteCursor: StatementSync;

  constructor(options: RetentionOptions) {
    const { db } = options;
    this.#options = options;
    // A channel's first block is kept until its record stands: without it, nothing would tell that its number was given out.
    this.#names = db.prepare(`SELECT name FROM channels WHERE name > ? ORDER BY name LIMIT ${LOOKED_AT}`);
    this.#oldest = db.prepare('SELECT expires FROM blocks WHERE channel = ? ORDER BY first LIMIT 1');
    this.#deleteOldest = db.prepare(
      `DELETE FROM blocks WHERE expires <= :now AND rowid IN
         (SELECT rowid FROM blocks WHERE channel = :channel ORDER BY first LIMIT ${ROWS})`,
    );
    this.#cursors = db.prepare(
      `SELECT channel, client, seen_at FROM cursors WHERE (channel, client) > (?, ?)
       ORDER BY channel, client LIMIT ${LOOKED_AT}`,
    );
    this.#deleteCursor = db.prepare('DELETE FROM cursors WHERE channel = ? AND client = ? AND seen_at < ?');
  }

  start(): { stop(): void } {
    const { clock, logger } = this.#options;
    let place: Place | undefined;
    let cancel: () => void = () => undefined;
    const step = () => {
      let pause = ROUND_MS;
      try {
        place = this.#work(place ?? { at: 'blocks', channel: '' });
        if (place) pause = PAUSE_MS;
      } catch (error) {
        // The next round tries again: a full disk, most likely, which the database has told of.
        place = undefined;
        logger.debug('what has expired could not be deleted', { reason: reasonOf(error) });
      }
      cancel = clock.after(pause, step);
    };
    cancel = clock.after(PAUSE_MS, step);
    return { stop: () => cancel() };
  }

  /** A whole round, without pauses. */
  round(): void {
    let place: Place | undefined = { at: 'blocks', channel: '' };
    while (place) place = this.#work(place);
  }

  /** Works for a step; returns where to go on, undefined when the round is done. */
  #work(from: Place): Place | undefined {
    const { clock } = this.#options;
    const until = clock.elapsed() + STEP_MS;
    let place: Place | undefined = from;
    do place = this.#some(place);
    while (place && clock.elapsed() < until);
    return place;
  }

  #some(place: Place): Place | undefined {
    if (place.at === 'blocks') return this.#blocks(place.channel);
    if (place.at === 'cursors') return this.#forgotten(place);
    return this.#giveBack() ? place : undefined;
  }

  /** Of the channels after this one: as far as there is nothing to delete, or else some blocks of the first where there is. */
  #blocks(after: string): Place {
    const { db, clock } = this.#options;
    const now = clock.now();
    const names = db.read(() => this.#names.all(after).map(({ name }) => String(name)));
    let last = after;
    for (const channel of names) {
      const oldest = db.read(() => this.#oldest.get(channel));
      // No block expires before an older one of its channel.
      if (oldest && Number(oldest.expires) <= now) {
        db.write(() => this.#deleteOldest.run({ channel, now }));
        return { at: 'blocks', channel: last };
      }
      last = channel;
    }
    return names.length < LOOKED_AT
      ? { at: 'cursors', channel: '', client: '' }
      : { at: 'blocks', channel: last };
  }

  #forgotten({ channel, client }: CursorPlace): Place {
    const { db, clock, keepMs } = this.#options;
    const oldest = clock.now() - keepMs;
    const rows = db.read(() => this.#cursors.all(channel, client));
    const gone = rows.filter(({ seen_at }) => Number(seen_at) < oldest);
    if (gone.length > 0)
      db.transaction(() => {
        for (const row of gone) this.#deleteCursor.run(String(row.channel), String(row.client), oldest);
      });
    const last = rows.at(-1);
    if (!last || rows.length < LOOKED_AT) return { at: 'pages' };
    return { at: 'cursors', channel: String(last.channel), client: String(last.client) };
  }

  /** True when there is more to give back. */
  #giveBack(): boolean {
    const { db } = this.#options;
    const { free, all } = db.pages();
    if (free <= Math.max(SPARE_PAGES, all * SPARE_SHARE)) return false;
    db.giveBack(PAGES);
    // A file that was made otherwise keeps its pages, whatever it is told.
    return db.pages().free < free;
  }
}
