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
 * them), or `sessionStorage`, where each tab has its own. One that is full keeps an older place: then events come again.
 */
export function webStore(
  storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage,
  prefix = 'doorbell:',
): Store {
  return {
    get: (channel) => storage.getItem(prefix + channel),
    set: (channel, position) => {
      try {
        storage.setItem(prefix + channel, position);
      } catch {
        // Full, or forbidden: not a reason to show no events.
      }
    },
  };
}
