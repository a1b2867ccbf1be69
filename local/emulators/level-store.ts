/**
 * dynalite's store, with LevelDB under it or memory, changed where dynalite's own way is slow or unsafe: reads without another thread, iterators that end,
 * and writes one after the other.
 */
// Not what dynalite exports: its version is fixed in package.json.
import { create, type Failure, type Store } from 'dynalite/db/index.js';
import { LevelWriter, type LevelWriterOptions, type Write } from './level-writer.ts';

const INSTANT = { createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 };

export type StoreEvents = Omit<LevelWriterOptions, 'commit'>;

/** In the folder `path`, or in memory when there is none. Throws LevelDB's reason when it cannot be opened. */
export async function openStore(path: string | undefined, events: StoreEvents): Promise<Store> {
  const store = create(path === undefined ? INSTANT : { ...INSTANT, path });
  await store.db.open().catch((error: Error) => {
    throw new Error(reasonOf(error), { cause: error });
  });
  readAtOnce(store.db);
  closeIterators(store.db);
  // Memory does not fail.
  if (path !== undefined) {
    await finishTables(store.db);
    writeInOrder(store.db, events);
  }
  return store;
}

/** LevelDB's own words are in the cause. */
export function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** By LevelDB's other thread and back takes ten times as long as reading what is in memory or in the system's. What is on disk only holds up this one. */
function readAtOnce(db: Store['db']): void {
  db.get = (key, done) => {
    try {
      const value = db.getSync(key);
      queueMicrotask(() => done(null, value));
    } catch (error) {
      queueMicrotask(() => done(error as Failure));
    }
  };
}

function writeInOrder(db: Store['db'], events: StoreEvents): void {
  const { batch } = db;
  const commit = (writes: readonly Write[]) =>
    // The values are JSON already, which is what the store keeps.
    batch(writes.map((write) => (write.type === 'put' ? { ...write, valueEncoding: 'utf8' } : write)));
  const writer = new LevelWriter({ ...events, commit });
  const put = (key: string, value: unknown) => ({ type: 'put', key, value: JSON.stringify(value) }) as const;
  db.put = (key, value, done) => writer.write([put(key, value)], done);
  db.del = (key, done) => writer.write([{ type: 'del', key }], done);
  db.batch = async (operations, done = () => undefined) =>
    writer.write(
      operations.map((each) => (each.type === 'put' ? put(each.key, each.value) : each)),
      done,
    );
}

/** dynalite's streams end an iterator by `return`, which LevelDB's do not have: each Query and Scan would leave one open for good. */
function closeIterators(db: Store['db']): void {
  for (const kind of ['keys', 'values'] as const) {
    const iterate = db[kind].bind(db);
    db[kind] = (options) => {
      const iterator = iterate(options);
      return Object.assign(iterator, { return: () => iterator.close() });
    };
  }
}

/** A table becomes active by a second write. One whose process had no time or no room for that would be "being made" for good. */
async function finishTables(db: Store['db']): Promise<void> {
  for (const key of await db.keys({ gte: 'table~', lt: 'table~\xff' }).all()) {
    const table = db.getSync(key) as {
      TableStatus?: string;
      GlobalSecondaryIndexes?: Array<{ IndexStatus?: string }>;
    };
    if (table.TableStatus !== 'CREATING') continue;
    table.TableStatus = 'ACTIVE';
    for (const index of table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE';
    await db.batch([{ type: 'put', key, value: table }]);
  }
}
