/**
 * What was written is on the disk when `synced` resolves: one fdatasync of the write-ahead log at a time, off the event loop, shared by all
 * who wrote before it began. So a burst costs a sync for many blocks, and readers are served meanwhile.
 *
 * A commit stands in the write-ahead log when SQLite returns; with `synchronous = NORMAL` the sync is left to this file. After a sync that
 * failed, the kernel may have dropped what it could not write, and the next one would succeed all the same. So nothing is acknowledged any
 * more: https://wiki.postgresql.org/wiki/Fsync_Errors
 */

import { closeSync, fdatasync, openSync } from 'node:fs';
import { unwritable } from './failures.ts';

/** What an operator is told then. */
export const BROKEN = 'the disk has failed to keep what was written; start the hub anew';

export type Sync = (fd: number, done: (error: Error | null) => void) => void;

export class Syncer {
  readonly #fd: number;
  readonly #sync: Sync;
  #written = 0;
  #onDisk = 0;
  #running: Promise<void> | undefined;
  #broken: unknown;
  readonly #onBroken: (error: unknown) => void;

  /** `file`: the write-ahead log, which must be there. `onBroken` is told of a sync that failed. */
  constructor(file: string, onBroken: (error: unknown) => void, sync: Sync = fdatasync) {
    this.#fd = openSync(file, 'r');
    this.#onBroken = onBroken;
    this.#sync = sync;
  }

  /** Something has been written. */
  wrote(): void {
    this.#written++;
  }

  /** Throws `unavailable` once a sync has failed, for good. */
  async synced(): Promise<void> {
    const upTo = this.#written;
    while (this.#onDisk < upTo) {
      if (this.#broken !== undefined) throw unwritable(BROKEN, this.#broken);
      this.#running ??= this.#run();
      await this.#running;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  async #run(): Promise<void> {
    const upTo = this.#written;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#sync(this.#fd, (error) => (error ? reject(error) : resolve()));
      });
      this.#onDisk = upTo;
    } catch (error) {
      this.#broken = error;
      this.#onBroken(error);
    }
    this.#running = undefined;
  }
}
