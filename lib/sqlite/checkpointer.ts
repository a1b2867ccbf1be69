/**
 * Moves what stands in the write-ahead log into the file, without holding up the process: SQLite would sync both within a commit, and on a busy disk a sync takes
 * tenths of a second. Here the two syncs run off the event loop, and only the copying, a few MB, stands between. A worker with a connection of its own would
 * do the same for 20 MB of memory.
 *
 *     a reader pins the log where it ends now ─▶ sync of the log ─▶ its pages are copied, as far as it is pinned ─▶ sync of the file ─▶ the pin goes
 *
 * While the pin stands, SQLite does not begin the log anew at its front, so after a power cut every page that is not in the file is still in the log. What
 * SQLite itself would sync at this point is switched off for the copying alone: https://sqlite.org/wal.html, "Checkpointing".
 */

import { closeSync, fdatasync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../runtime/ports.ts';
import type { Logger } from '../telemetry/ports.ts';
import type { Sync } from './syncer.ts';

/** How often it is looked whether there is enough to do. */
const LOOK_MS = 100;
/** Pages (4 KiB) in the log that are worth it: copied in one or two milliseconds. */
const WORTH_PAGES = 500;
/** With less, it waits so long. */
const IDLE_MS = 10_000;
/**
 * A log that never rests grows, because SQLite begins it anew only when all of it is in the file. From so many pages (64 MiB) on, the few that have come
 * meanwhile are moved in one go, with SQLite's own syncs.
 */
const MOST_PAGES = 16_384;
/** SQLite's own checkpoint, should this one be too slow: four times as much. */
const LAST_RESORT_PAGES = 65_536;

export interface CheckpointerOptions {
  readonly db: DatabaseSync;
  /** A second connection of this process. */
  readonly connect: () => DatabaseSync;
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when a sync has failed: what was written may be lost, whatever a later sync says. */
  readonly onBroken: (error: unknown) => void;
  /** For tests; by default fdatasync. */
  readonly sync?: Sync | undefined;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #pin: DatabaseSync;
  readonly #logFd: number;
  /** Opened once and closed last: closing any descriptor of the file gives up the locks that SQLite has on it. */
  readonly #fileFd: number;
  #pages = 0;
  #since = 0;
  #running: Promise<void> | undefined;
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(options: CheckpointerOptions) {
    const { db, connect, file, clock } = options;
    this.#options = options;
    this.#pin = connect();
    this.#pin.exec('PRAGMA query_only = 1; PRAGMA cache_size = 8');
    this.#logFd = openSync(`${file}-wal`, 'r');
    this.#fileFd = openSync(file, 'r');
    this.#since = clock.elapsed();
    db.exec(`PRAGMA wal_autocheckpoint = ${LAST_RESORT_PAGES}`);
    this.#look();
  }

  /** So many pages were written, about. */
  wrote(pages: number): void {
    this.#pages += pages;
  }

  /** Resolves when nothing runs any more; call it before the database is closed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
    this.#pin.close();
    closeSync(this.#logFd);
  }

  /** After the database was closed. */
  release(): void {
    closeSync(this.#fileFd);
  }

  #look(): void {
    const { clock } = this.#options;
    this.#cancel = clock.after(LOOK_MS, () => {
      this.#running = this.#perhaps().finally(() => {
        this.#running = undefined;
        if (!this.#stopped) this.#look();
      });
    });
  }

  async #perhaps(): Promise<void> {
    const { clock, logger } = this.#options;
    const isIdle = clock.elapsed() - this.#since >= IDLE_MS;
    if (this.#pages < (isIdle ? 1 : WORTH_PAGES)) return;
    try {
      await this.#checkpoint();
    } catch (error) {
      // A full disk, most likely: the log keeps what the file has no room for.
      const reason = error instanceof Error ? error.message : 'unknown';
      logger.debug('the log could not be moved into the file yet', { reason });
    }
    this.#since = clock.elapsed();
  }

  async #checkpoint(): Promise<void> {
    const { db } = this.#options;
    this.#pages = 0;
    let pagesInLog = 0;
    try {
      this.#pin.exec('BEGIN; SELECT 1 FROM channels LIMIT 1');
      await this.#sync(this.#logFd);
      db.exec('PRAGMA synchronous = OFF');
      try {
        const { log } = db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() ?? {};
        pagesInLog = Number(log);
      } finally {
        db.exec('PRAGMA synchronous = NORMAL');
      }
      await this.#sync(this.#fileFd);
    } finally {
      // Also where it began and could not read: within a transaction none begins.
      if (this.#pin.isTransaction) this.#pin.exec('COMMIT');
    }
    if (pagesInLog > MOST_PAGES) db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  #sync(fd: number): Promise<void> {
    const { sync = fdatasync, onBroken } = this.#options;
    return new Promise((resolve, reject) => {
      sync(fd, (error) => {
        if (error) onBroken(error);
        if (error) reject(error);
        else resolve();
      });
    });
  }
}
