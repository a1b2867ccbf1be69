/**
 * dynalite's store on LevelDB, or in memory, that loses nothing which it has acknowledged:
 *
 *   open ──a write fails──▶ broken ──room, opened again, read back──▶ open
 *                             │
 *                             └──not all that was acknowledged is there──▶ lost
 *
 * While it is not open, every use is refused, reads too: then whatever stands on it says that it does not work. Why is said once, and once when it is over.
 * Its files are checked before they are opened, so that a changed byte is told and not taken for the end of the log.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure, Store } from 'dynalite/db/index.js';
import { noRoomFor } from '../no-room.ts';
import { Acknowledged } from './acknowledged.ts';
import { Damage } from './damage.ts';
import { openStore, reasonOf } from './level-store.ts';
import type { Write } from './level-writer.ts';
import { checkLevelFiles } from './leveldb/check.ts';
import { proveRoom } from './room.ts';

const RETRY_MS = 500;
/** Besides what is in the log. With less the next write would soon fail again. */
const SPARE_BYTES = 1024 * 1024;

/** Nothing is read or written now; later it may be. */
export class StoreDown extends Error {
  override readonly name = 'StoreDown';
}

export interface StoreOptions {
  /** What a person must know; default: the standard error. */
  readonly report?: (message: string) => void;
  /** Between two tries to open a broken store again; default 500 ms. */
  readonly retryMs?: number;
}

/** An open store, with what is to be found in it when it is opened again. */
interface Opened {
  readonly store: Store;
  readonly acknowledged: Acknowledged;
  /** The batch that failed. */
  readonly doubtful: readonly Write[];
}

export class TableStore {
  readonly #report: (message: string) => void;
  readonly #retryMs: number;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #opened: Opened | undefined;
  #mending: Promise<void> = Promise.resolve();

  private constructor({ report = tell, retryMs = RETRY_MS }: StoreOptions) {
    this.#report = report;
    this.#retryMs = retryMs;
  }

  /** Keeps tables in the folder `path`, and in memory when there is none. Throws why it cannot, in words for whoever starts it. */
  static async open(path: string | undefined, options: StoreOptions = {}): Promise<TableStore> {
    const tables = new TableStore(options);
    if (path !== undefined) {
      await mkdir(path, { recursive: true });
      // What a killed one has left of its look for room.
      await rm(join(path, 'room'), { force: true });
      await checkLevelFiles(path).catch((error) => {
        throw error instanceof Damage ? new Error(damageOf(path, error), { cause: error }) : error;
      });
    }
    tables.#opened = await tables.#open(path).catch((error) => {
      throw path === undefined ? error : noRoomFor(path, error);
    });
    return tables;
  }

  /** False while every use is refused. */
  get isUp(): boolean {
    return this.#opened !== undefined;
  }

  /** Lends the store until what `work` returns has settled. Throws `StoreDown`, also when the store breaks meanwhile and `work` fails by that. */
  async use<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const opened = this.#opened;
    if (!opened) throw new StoreDown();
    const working = work(opened.store);
    this.#underWay.add(working);
    try {
      return await working;
    } catch (error) {
      throw this.#opened === opened || isRefusal(error) ? error : new StoreDown();
    } finally {
      this.#underWay.delete(working);
    }
  }

  /** Lets every use under way end, and refuses those that come later. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#mending;
    const opened = this.#opened;
    this.#opened = undefined;
    await Promise.allSettled(this.#underWay);
    await opened?.store.db.close();
  }

  async #open(path: string | undefined): Promise<Opened> {
    const acknowledged = new Acknowledged();
    const store = await openStore(path, {
      onWritten: (writes) => acknowledged.add(writes),
      onFailure: (error, writes) => {
        this.#opened = undefined;
        if (path !== undefined)
          this.#mending = this.#mend(path, { store, acknowledged, doubtful: writes }, error);
      },
    });
    return { store, acknowledged, doubtful: [] };
  }

  /** Never rejects. */
  async #mend(path: string, broken: Opened, error: Error): Promise<void> {
    this.#report(`${path} cannot be written: ${reasonOf(error)}. Nothing is taken until it can be.`);
    await Promise.allSettled(this.#underWay);
    await broken.store.db.close().catch(() => undefined);
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const opened = await this.#openAgain(path, broken);
        this.#opened = opened;
        this.#report(`${path} can be written again; all that was acknowledged is there.`);
        return;
      } catch (failure) {
        if (failure instanceof Damage) return this.#report(damageOf(path, failure));
        // No room yet, most likely; why it went down was said.
        await sleep(this.#retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #openAgain(path: string, { acknowledged, doubtful }: Opened): Promise<Opened> {
    const { logBytes } = await checkLevelFiles(path, { tables: false });
    await proveRoom(path, logBytes + SPARE_BYTES);
    const opened = await this.#open(path);
    const missing = acknowledged.missingIn(
      (key) => opened.store.db.getSync(key, { valueEncoding: 'utf8' }) as string | undefined,
      doubtful,
    );
    if (missing === 0) return opened;
    await opened.store.db.close();
    throw new Damage(`${missing} values that were acknowledged are not there any more`);
  }
}

function tell(message: string): void {
  console.error(message);
}

/** What a person can do about it. */
export function damageOf(path: string, { message }: Damage): string {
  return (
    `${path} is damaged: ${message}. Nothing in it has been changed. ` +
    `Put a copy of the whole data folder in its place, or give its events up: npm run reset`
  );
}

/** dynalite's own answer to a call, whatever has become of the store since. */
function isRefusal(error: unknown): boolean {
  return (error as Failure).statusCode !== undefined;
}
