/** A state whose data a schema has checked: beside the map of what came, which is what a store keeps, one of what that becomes. */

import { checked, type Typed } from './standard-schema.ts';
import type { StateChange, StateEntry } from './state-changes.ts';
import type { ChannelEvent } from './subscription.ts';

export class TypedView<T> {
  readonly entries = new Map<string, StateEntry<T>>();
  readonly #channel: string;
  readonly #typed: Typed<T>;
  #isNew = true;

  constructor(channel: string, typed: Typed<T>) {
    this.#channel = channel;
    this.#typed = typed;
  }

  /**
   * The same change of what fits; undefined where nothing is left of it. A key whose newest event does not fit is not in the state: an older one would be told as
   * true. Throws as `checked`.
   */
  async of({ changed, deleted }: StateChange): Promise<StateChange<T> | undefined> {
    const fits: StateEntry<T>[] = [];
    const gone: string[] = [];
    const remove = (key: string) => void (this.entries.delete(key) && gone.push(key));
    for (const entry of changed) {
      const event: ChannelEvent = { channel: this.#channel, ...entry };
      const outcome = await checked(this.#typed, event);
      if (!outcome) {
        remove(entry.key);
        continue;
      }
      const typed = { ...entry, data: outcome.data };
      this.entries.set(entry.key, typed);
      fits.push(typed);
    }
    for (const key of deleted) remove(key);
    if (!this.#isNew && fits.length === 0 && gone.length === 0) return undefined;
    this.#isNew = false;
    return { entries: this.entries, changed: fits, deleted: gone };
  }
}
