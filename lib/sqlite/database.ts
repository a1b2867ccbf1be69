/**
 * The one file of a hub without AWS: opened once, by one process, and written from one thread. What SQLite's errors mean for a caller,
 * trouble.ts decides. A write that returned survives the death of the process; with `power`, what `synced` has resolved for survives a power cut.
 */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SETTINGS } from '../config.ts';
import { LIMITS } from '../protocol/doorbell.ts';
import type { Clock } from '../runtime/ports.ts';
import type { Logger } from '../telemetry/ports.ts';
import { Checkpointer } from './checkpointer.ts';
import { lockFile, realFile } from './file-lock.ts';
import { IN_MEMORY, type OpenFile, openFile } from './open-file.ts';
import { OpeningNote } from './opening.ts';
import { noteClosed, systemBoot } from './power-cut.ts';
import { pragma } from './schema.ts';
import { type Sync, Syncer } from './syncer.ts';
import { Trouble, tellLoss } from './trouble.ts';
import { hasLog, lossIn } from './wal-check.ts';

const PAGE_BYTES = 4_096;
/** What even the smallest write changes: a leaf of the table, one of its index, and a third page now and then. */
const PAGES_A_WRITE = 3;

/** What an acknowledged event survives: the death of the process, or of its power too, which syncs the disk before each answer. */
export type Durability = (typeof SETTINGS)['DURABILITY']['oneOf'][number];

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
  readonly #connect: () => DatabaseSync;
  readonly #logger: Logger;
  readonly #trouble: Trouble;
  readonly #unlock: () => void;
  readonly #sync: Sync | undefined;
  readonly #needsSync: boolean;
  readonly #syncer: Syncer | undefined;
  readonly #opening: OpeningNote;
  #checkpointer: Checkpointer | undefined;
  #closed = false;

  private constructor(
    { db, connect, isAlone }: OpenFile,
    file: string,
    unlock: () => void,
    options: DatabaseOptions,
  ) {
    this.file = file;
    this.#db = db;
    this.#connect = connect;
    this.#unlock = unlock;
    this.#logger = options.logger;
    this.#trouble = new Trouble(file, options.logger);
    this.#needsSync = options.durability === 'power';
    this.#sync = options.sync;
    const tell = (message: string) => this.#logger.warn(message, { file });
    this.#opening = new OpeningNote(db, (work) => this.write(work), tell);
    if (isAlone)
      this.#logger.warn('the disk is full: no other process can back up the log until a start with room', {
        file,
      });
    const onBroken = (error: unknown) => this.#trouble.broke(error);
    this.#syncer = file === IN_MEMORY ? undefined : new Syncer(`${file}-wal`, onBroken, options.sync);
  }

  /**
   * Throws an error whose message is for the operator when another process has the file, or it is another program's, of a newer version or
   * damaged, or the disk refuses. Then nothing is left open.
   */
  static open(options: DatabaseOptions): Database {
    const { file } = options;
    if (file === IN_MEMORY) return new Database(openFile(file), file, () => undefined, options);
    mkdirSync(dirname(file), { recursive: true });
    const real = realFile(file);
    const unlock = lockFile(real);
    try {
      const loss = lossIn(`${real}-wal`);
      if (loss) tellLoss(options.logger, real, loss);
      const database = new Database(openFile(real), real, unlock, options);
      database.#opening.note({ boot: options.boot ?? systemBoot(), isLost: loss?.isCertain === true });
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
      throw this.#trouble.ofRead(error);
    }
  }

  /** Done when it returns, or not at all. Throws as `read` does, and `unavailable` where the disk refuses. `bytes`: about as many are written. */
  write<T>(work: () => T, bytes = 0): T {
    this.#trouble.requireSound();
    try {
      this.#opening.makeUp();
      const done = work();
      this.#syncer?.wrote();
      this.#checkpointer?.wrote(PAGES_A_WRITE + bytes / PAGE_BYTES);
      this.#trouble.wrote();
      return done;
    } catch (error) {
      throw this.#trouble.ofWrite(error);
    }
  }

  /** Several statements as one write. `bytes` as in `write`. */
  transaction<T>(work: () => T, bytes = 0): T {
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
    }, bytes);
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
    this.#trouble.requireWhole();
    this.#trouble.requireSound();
    this.read(() => this.#db.prepare('SELECT name FROM channels LIMIT 1').get());
    if (!this.#trouble.isRefusing) return;
    this.transaction(() => {
      this.#db.exec(`INSERT INTO probe VALUES (zeroblob(${LIMITS.blockBytes})); DELETE FROM probe`);
    });
  }

  /** Moves the write-ahead log into the file without holding up the process, until the returned function's promise resolves. */
  keepCheckpointed(clock: Clock): () => Promise<void> {
    if (this.file === IN_MEMORY) return async () => undefined;
    const { file } = this;
    const onBroken = (error: unknown) => this.#trouble.broke(error);
    const checkpointer = new Checkpointer({
      db: this.#db,
      connect: this.#connect,
      file,
      clock,
      logger: this.#logger,
      onBroken,
      sync: this.#sync,
    });
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

  /**
   * May be repeated. False where the disk had no room to move all of the write-ahead log into the file: then the two belong together, until the file
   * is opened and closed again.
   */
  close(): boolean {
    if (!this.#closed) this.#close();
    return !hasLog(this.file);
  }

  #close(): void {
    this.#closed = true;
    this.#syncer?.close();
    try {
      if (this.file !== IN_MEMORY) noteClosed(this.#db);
    } catch {
      // A full disk: the next start takes it for a power cut if the system is started anew, and skips some numbers.
    }
    this.#db.close();
    this.#checkpointer?.release();
    this.#unlock();
  }
}
