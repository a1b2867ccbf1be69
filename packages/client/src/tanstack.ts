/**
 * A channel's state as a collection of TanStack DB, for live queries over channels: what `createCollection` of `@tanstack/db` takes. A row is the newest
 * event of a key, and the key is the row's. Nothing of that package is imported: the shapes below are those of it that are used.
 *
 *     const doors = createCollection(stateCollection('doors', { store: webStore() }));
 */
import type { DoorbellError, Status } from './index.ts';
import { type StateEntry, type StateOptions, subscribeState } from './subscribe-state.ts';

export interface CollectionOptions<T = unknown> extends StateOptions<T> {
  /** The collection's name. Default: the channel's, with what narrows it. */
  readonly id?: string | undefined;
  /** At every change of the connection. An error after the first rows stands here, and the rows stay. */
  readonly onStatus?: ((status: Status) => void) | undefined;
}

/** What a collection gives to the one that fills it: a part of `SyncConfig` of `@tanstack/db`. */
export interface Sync<Row> {
  begin(): void;
  write(
    message:
      | { readonly type: 'insert' | 'update'; readonly value: Row }
      | { readonly type: 'delete'; readonly key: string },
  ): void;
  commit(): unknown;
  markReady(): void;
  /** Not in older releases. */
  markError?(error?: unknown): void;
}

export interface StateCollection<T> {
  readonly id: string;
  readonly getKey: (entry: StateEntry<T>) => string;
  readonly sync: {
    readonly sync: (sync: Sync<StateEntry<T>>) => () => void;
    /** Only what is set of a row comes with it: each event has all. */
    readonly rowUpdateMode: 'full';
  };
  /** The state is followed from the beginning, not only when somebody asks. */
  readonly startSync: true;
}

/**
 * The options of a collection that holds the state of the channel, or of some keys of it. Rows are `{ key, vid, id, at, data }`. It is ready with the first
 * whole state, which with a `store` is the kept one. An error before that is the collection's, and `preload()` rejects with it. Afterwards only what differs
 * is written, also where the channel is numbered anew: no row goes that is there again. Throws `bad-request` for what cannot be followed.
 */
export function stateCollection<T = unknown>(
  channel: string,
  { id, onStatus, ...options }: CollectionOptions<T> = {},
): StateCollection<T> {
  // What cannot be is said here, and not where the collection begins.
  subscribeState(channel, options).close();
  const { key, prefix } = options;
  return {
    id: id ?? ['doorbell', channel, ...[key ?? []].flat(), prefix && `${prefix}*`].filter(Boolean).join('/'),
    getKey: (entry) => entry.key,
    sync: { rowUpdateMode: 'full', sync: (sync) => fill(sync, channel, options, onStatus) },
    startSync: true,
  };
}

function fill<T>(
  { begin, write, commit, markReady, markError }: Sync<StateEntry<T>>,
  channel: string,
  options: StateOptions<T>,
  onStatus: CollectionOptions['onStatus'],
): () => void {
  const state = subscribeState<T>(channel, options);
  const rows = new Set<string>();
  let isReady = false;
  state.on('status', (status) => {
    const error: DoorbellError | undefined = status.state === 'stopped' ? status.error : undefined;
    if (error && !isReady) markError?.(error);
    onStatus?.(status);
  });
  state.on('change', ({ changed, deleted }) => {
    begin();
    for (const entry of changed) write({ type: rows.has(entry.key) ? 'update' : 'insert', value: entry });
    for (const key of deleted) write({ type: 'delete', key });
    // Not awaited: a change that a mutation waits for may be the next one.
    commit();
    for (const { key } of changed) rows.add(key);
    for (const key of deleted) rows.delete(key);
    isReady = true;
    markReady();
  });
  return () => state.close();
}
