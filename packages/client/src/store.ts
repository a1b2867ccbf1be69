/**
 * Where a subscription keeps how far its handlers have come, so that it goes on there the next time. A `Map` is a store in memory.
 */

/** Each may be asynchronous. What one of them throws ends the subscription. */
export interface Store {
  /** The text that was set last; null or undefined: none. */
  get(channel: string): string | null | undefined | Promise<string | null | undefined>;
  set(channel: string, position: string): unknown;
}

/**
 * A store that survives a reload: `localStorage`, which the tabs of a browser share (all go on after the last that was handled in one of
 * them), or `sessionStorage`, where each tab has its own. The storage is looked for when it is used, so a store can be made where there is
 * none: on a server, in a worker. What it refuses (it is full, forbidden or null) is kept in memory, until the page is left.
 */
export function webStore(storage?: Pick<Storage, 'getItem' | 'setItem'> | null, prefix = 'doorbell:'): Store {
  const refused = new Map<string, string>();
  return {
    get: (channel) => {
      try {
        return refused.get(channel) ?? (storage ?? localStorage).getItem(prefix + channel);
      } catch {
        return undefined;
      }
    },
    set: (channel, position) => {
      try {
        (storage ?? localStorage).setItem(prefix + channel, position);
        refused.delete(channel);
      } catch {
        refused.set(channel, position);
      }
    },
  };
}
