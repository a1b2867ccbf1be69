/**
 * The one file of a hub without AWS: opened once, by one process, and written from one thread. What SQLite's errors mean for a caller is
 * decided here. A write that returned survives the death of the process; with `power`, what `synced` has resolved for survives a power cut.
 */

import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Durability } from '../config.ts';
import { PushError } from '../errors.ts';
import type { Clock, Logger } from '../ports.ts';
import { LIMITS } from '../protocol.ts';
import { checkSmallFile } from './check.ts';
import { Checkpointer } from './checkpointer.ts';
import { DamagedError, isBusy, isDamage, obstacleOf, unavailable } from './failures.ts';
import { lockFile } from './file-lock.ts';
import { noteClosed, noteOpen, systemBoot } from './power-cut.ts';
import { migrate, pragma } from './schema.ts';
import { BROKEN, type Sync, Syncer } from './syncer.ts';
import { framesLost } from './wal-check.ts';

/** How long a write waits for another process's lock (a backup tool's checkpoint), in ms. The event loop stands still meanwhile. */
const BUSY_MS = 250;
/** Pages kept in memory, beside what the system keeps of the file: the newest blocks and the paths to them. */
const CACHE_KB = 8_192;
const PAGE_BYTES = 4_096;
/** What even the smallest write changes: a leaf of the table, one of its index, and a third page now and then. */
const PAGES_A_WRITE = 3;
/** As SQLite has it: keeps nothing. */
export const IN_MEMORY = ':memory:';

export interface DatabaseOptions {
  /** A path, or `:memory:`. Its folder is made when it is missing. */
  readonly file: string;
  readonly durability: Durability;
  readonly logger: Logger;
  /** For tests; by default fdatasync. */
  readonly sync?: Sync;
  /** Names the boot of the system; by default as the system says. */
  readonly boot?: string;
}

export class Database {
  readonly file: string;
  readonly #db: DatabaseSync;
  readonly #logger: Logger;
  readonly #unlock: () => void;
  readonly #sync: Sync | undefined;
  readonly #needsSync: boolean;
  readonly #syncer: Syncer | undefined;
  /** Why the last write failed, as long as none has succeeded since. */
  #obstacle: string | undefined;
  #damage: DamagedError | undefined;
  /** The boot, where the disk had no room to note it. */
  #unnoted: string | undefined;
  /** A sync has failed: nothing is written any more. */
  #broken: unknown;
  #checkpointer: Checkpointer | undefined;
  #closed = false;

  private constructor(db: DatabaseSync, file: string, unlock: () => void, options: DatabaseOptions) {
    this.file = file;
    this.#db = db;
    this.#unlock = unlock;
    this.#logger = options.logger;
    this.#needsSync = options.durability === 'power';
    this.#sync = options.sync;
    const onBroken = (error: unknown) => this.#break(error);
    this.#syncer = file === IN_MEMORY ? undefined : new Syncer(`${file}-wal`, onBroken, options.sync);
  }

  /**
   * Throws an error whose message is for the operator when another process has the file, or it is another program's, of a newer version or
   * damaged, or the disk refuses. Then nothing is left open.
   */
  static open(options: DatabaseOptions): Database {
    const { file } = options;
    if (file === IN_MEMORY) return new Database(opened(file), file, () => undefined, options);
    mkdirSync(dirname(file), { recursive: true });
    // The lock is the file's, whatever link leads to it.
    const real = existsSync(file) ? realpathSync(file) : file;
    const unlock = lockFile(real);
    const lost = framesLost(`${real}-wal`);
    if (lost > 0)
      options.logger.error('the end of the log is lost: a power cut, or a damaged disk', {
        file: real,
        pages: lost,
      });
    try {
      const database = new Database(opened(real), real, unlock, options);
      database.#noteOpen(options.boot ?? systemBoot());
      return database;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql);
  }

  /** Throws `DamagedError` where the file is not as it was written, and `unavailable` where the disk does not answer. */
  read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#readFailure(error);
    }
  }

  /** Done when it returns, or not at all. Throws as `read` does, and `unavailable` where the disk refuses. `bytes`: about as many are written. */
  write<T>(work: () => T, bytes = 0): T {
    if (this.#broken !== undefined) throw unavailable('written', BROKEN, this.#broken);
    try {
      if (this.#unnoted !== undefined) this.#noteAtLast(this.#unnoted);
      const done = work();
      this.#syncer?.wrote();
      this.#checkpointer?.wrote(PAGES_A_WRITE + bytes / PAGE_BYTES);
      if (this.#obstacle !== undefined) this.#recovered();
      return done;
    } catch (error) {
      throw this.#writeFailure(error);
    }
  }

  /** Several statements as one write. */
  transaction<T>(work: () => T): T {
    return this.write(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        const done = work();
        this.#db.exec('COMMIT');
        return done;
      } finally {
        // Some errors end the transaction by themselves.
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      }
    });
  }

  /** Resolves when everything written before the call is as durable as was asked for. Throws `unavailable` when it cannot be. */
  async synced(): Promise<void> {
    if (this.#needsSync) await this.#syncer?.synced();
  }

  /** Resolves when everything written before the call is on the disk, whatever durability was asked for. Throws as `synced` does. */
  async onDisk(): Promise<void> {
    await this.#syncer?.synced();
  }

  /**
   * Whether it can be read, and written too: after a write that the disk refused, one as large as the largest block is tried. Throws as `read`
   * and `write` do.
   */
  probe(): void {
    if (this.#damage) throw this.#damage;
    if (this.#broken !== undefined) throw unavailable('written', BROKEN, this.#broken);
    this.read(() => this.#db.prepare('SELECT name FROM channels LIMIT 1').get());
    if (this.#obstacle === undefined) return;
    this.transaction(() => {
      this.#db.exec(`INSERT INTO probe VALUES (zeroblob(${LIMITS.blockBytes})); DELETE FROM probe`);
    });
  }

  /** Moves the write-ahead log into the file without holding up the process, until the returned function's promise resolves. */
  keepCheckpointed(clock: Clock): () => Promise<void> {
    if (this.file === IN_MEMORY) return async () => undefined;
    const { file } = this;
    const onBroken = (error: unknown) => this.#break(error);
    const options = { db: this.#db, file, clock, logger: this.#logger, onBroken, sync: this.#sync };
    const checkpointer = new Checkpointer(options);
    this.#checkpointer = checkpointer;
    return () => checkpointer.stop();
  }

  /** How many pages of 4 KiB the file has, and how many of them hold nothing. */
  pages(): { readonly free: number; readonly all: number } {
    return { free: pragma(this.#db, 'freelist_count'), all: pragma(this.#db, 'page_count') };
  }

  /** Makes the file smaller by up to so many free pages. */
  giveBack(pages: number): void {
    this.write(() => this.#db.exec(`PRAGMA incremental_vacuum(${pages})`));
  }

  /** May be repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#syncer?.close();
    try {
      if (this.file !== IN_MEMORY) noteClosed(this.#db);
    } catch {
      // A full disk: the next start takes it for a power cut if the system is started anew, and passes over some numbers.
    }
    this.#db.close();
    this.#checkpointer?.release();
    this.#unlock();
  }

  #noteAtLast(boot: string): void {
    noteOpen(this.#db, boot);
    this.#unnoted = undefined;
  }

  #noteOpen(boot: string): void {
    try {
      if (this.write(() => noteOpen(this.#db, boot)))
        this.#logger.warn('the power was cut while the log was open; reserved numbers are passed over', {
          file: this.file,
        });
    } catch (error) {
      // On a full disk readers are served all the same. It is noted with the first write that finds room.
      if (!(error instanceof PushError)) throw error;
      this.#unnoted = boot;
    }
  }

  #break(error: unknown): void {
    if (this.#broken === undefined)
      this.#logger.error('the disk has failed to keep what was written; nothing is written any more', {
        file: this.file,
        reason: error instanceof Error ? error.message : 'unknown',
      });
    this.#broken ??= error;
  }

  #readFailure(error: unknown): unknown {
    if (isDamage(error) || error instanceof DamagedError) return this.#damaged(error);
    const why = isBusy(error) ? 'another process holds it' : obstacleOf(error);
    return why === undefined ? error : unavailable('read', why, error);
  }

  #writeFailure(error: unknown): unknown {
    const obstacle = obstacleOf(error);
    if (obstacle === undefined) return this.#readFailure(error);
    if (this.#obstacle === undefined)
      this.#logger.error('the log cannot be written; readers are served on, and writes are tried again', {
        file: this.file,
        reason: obstacle,
      });
    this.#obstacle = obstacle;
    return unavailable('written', obstacle, error);
  }

  #recovered(): void {
    this.#obstacle = undefined;
    this.#logger.warn('the log can be written again', { file: this.file });
  }

  #damaged(error: unknown): DamagedError {
    const message = error instanceof Error ? error.message : 'unknown';
    const damage = error instanceof DamagedError ? error : new DamagedError(`${this.file}: ${message}`);
    if (!this.#damage) this.#logger.error('the log is damaged', { file: this.file, reason: damage.message });
    this.#damage ??= damage;
    return damage;
  }
}

function opened(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    // What retention deletes is given back in small steps. Before the first table is made, or it counts for nothing; later it would be a write.
    if (pragma(db, 'schema_version') === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KB}`);
    migrate(db, file);
    if (file !== IN_MEMORY) checkSmallFile(db, file);
    return db;
  } catch (error) {
    db.close();
    throw new Error(openFailure(file, error), { cause: error });
  }
}

function openFailure(file: string, error: unknown): string {
  if (error instanceof DamagedError) return `${error.message}. Restore a backup, or choose another file.`;
  if (isDamage(error))
    return `${file} is damaged, or no SQLite file. Restore a backup, or choose another file.`;
  if (isBusy(error)) return `${file} is in use by another process.`;
  const obstacle = obstacleOf(error);
  if (obstacle !== undefined) return `${file} cannot be opened: ${obstacle}.`;
  return error instanceof Error ? error.message : String(error);
}
