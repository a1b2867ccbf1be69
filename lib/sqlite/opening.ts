/**
 * What is noted in a file when it is opened. A file on a full disk is opened all the same, because its readers are served: then it is noted with the first
 * write that finds room.
 */

import type { DatabaseSync } from 'node:sqlite';
import { PushError } from '../errors.ts';
import { noteOpen } from './power-cut.ts';

export interface Opening {
  /** Names the boot of the system. */
  readonly boot: string;
  /** The end of the file's log is lost. */
  readonly isLost: boolean;
}

export class OpeningNote {
  readonly #db: DatabaseSync;
  readonly #write: <T>(work: () => T) => T;
  /** Told when reserved numbers are passed over, and why. */
  readonly #tell: (message: string) => void;
  #unnoted: Opening | undefined;

  constructor(db: DatabaseSync, write: <T>(work: () => T) => T, tell: (message: string) => void) {
    this.#db = db;
    this.#write = write;
    this.#tell = tell;
  }

  /** Once, before anything else is written. Throws what no full disk explains. */
  note(opening: Opening): void {
    const { boot, isLost } = opening;
    try {
      const wasCut = this.#write(() => noteOpen(this.#db, boot, isLost));
      if (isLost) this.#tell('what was lost may have been read: reserved numbers are passed over');
      else if (wasCut)
        this.#tell('the power was cut while the log was open; reserved numbers are passed over');
      // Or what could not be read would be found again by each start, until the log happens to be written so far.
      if (isLost) this.#write(() => this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    } catch (error) {
      if (!(error instanceof PushError)) throw error;
      this.#unnoted = opening;
    }
  }

  /** Within a write: what is still to be noted. */
  makeUp(): void {
    if (this.#unnoted === undefined) return;
    noteOpen(this.#db, this.#unnoted.boot, this.#unnoted.isLost);
    this.#unnoted = undefined;
  }
}
