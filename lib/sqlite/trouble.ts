/** What is wrong with a file and its disk: kept from the first failure on, said once, and asked for by the health check. */

import type { Logger } from '../telemetry/ports.ts';
import { DamagedError, isBusy, isDamage, obstacleOf, unreadable, unwritable } from './failures.ts';
import { BROKEN } from './syncer.ts';
import type { Loss } from './wal-check.ts';

export class Trouble {
  readonly #file: string;
  readonly #logger: Logger;
  /** Why the last write failed, as long as none has succeeded since. */
  #obstacle: string | undefined;
  #damage: DamagedError | undefined;
  /** A sync has failed: nothing is written any more. */
  #broken: unknown;

  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  /** The last write was refused by the disk. */
  get isRefusing(): boolean {
    return this.#obstacle !== undefined;
  }

  /** Throws `unavailable` once a sync has failed. */
  requireSound(): void {
    if (this.#broken !== undefined) throw unwritable(BROKEN, this.#broken);
  }

  /** Throws `DamagedError` once something was found that is not as it was written. */
  requireWhole(): void {
    if (this.#damage) throw this.#damage;
  }

  wrote(): void {
    if (this.#obstacle === undefined) return;
    this.#obstacle = undefined;
    this.#logger.warn('the log can be written again', { file: this.#file });
  }

  broke(error: unknown): void {
    if (this.#broken === undefined)
      this.#logger.error('the disk has failed to keep what was written; nothing is written any more', {
        file: this.#file,
        reason: error instanceof Error ? error.message : 'unknown',
      });
    this.#broken ??= error;
  }

  /** What a caller is told of an error that a read threw. */
  ofRead(error: unknown): unknown {
    if (isDamage(error) || error instanceof DamagedError) return this.#damaged(error);
    const why = isBusy(error) ? 'another process holds it' : obstacleOf(error);
    return why === undefined ? error : unreadable(why, error);
  }

  /** What a caller is told of an error that a write threw. */
  ofWrite(error: unknown): unknown {
    const obstacle = obstacleOf(error);
    if (obstacle === undefined) return this.ofRead(error);
    if (this.#obstacle === undefined)
      this.#logger.error('the log cannot be written; readers are served on, and writes are tried again', {
        file: this.#file,
        reason: obstacle,
      });
    this.#obstacle = obstacle;
    return unwritable(obstacle, error);
  }

  #damaged(error: unknown): DamagedError {
    const message = error instanceof Error ? error.message : 'unknown';
    const damage = error instanceof DamagedError ? error : new DamagedError(`${this.#file}: ${message}`);
    if (!this.#damage) this.#logger.error('the log is damaged', { file: this.#file, reason: damage.message });
    this.#damage ??= damage;
    return damage;
  }
}

/** Says what SQLite would not: it takes its log to end before what it cannot read. */
export function tellLoss(logger: Logger, file: string, { pages, isCertain }: Loss): void {
  if (isCertain) logger.error('the end of the log is lost: a power cut, or a damaged disk', { file, pages });
  else logger.warn('the last write of the log is not whole: a kill within it, or a damaged disk', { file });
}
