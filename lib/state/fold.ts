/** State by folding: the newest event of each key wins, and one whose data is null deletes its key. Pure. */

import type { Block } from '../log/block.ts';
import { compareKeys } from './keys.ts';
import type { KeyChange, StateEntry } from './ports.ts';

/** The newest event of each key; undefined where that one has deleted it. */
export class StateFold {
  readonly #newest = new Map<string, { readonly vid: number; readonly entry: StateEntry | undefined }>();

  constructor(entries: Iterable<StateEntry> = []) {
    for (const entry of entries) this.#newest.set(entry.key, { vid: entry.vid, entry });
  }

  /** Takes the events of a block, in whatever order blocks come, and however often. `wants` says which keys count. */
  add(block: Block, wants: (key: string) => boolean): void {
    for (const [i, { id, key, data }] of block.entries.entries()) {
      if (key === undefined || !wants(key)) continue;
      const vid = block.first + i;
      const known = this.#newest.get(key);
      if (known && known.vid >= vid) continue;
      this.#newest.set(key, { vid, entry: data === null ? undefined : { key, vid, id, at: block.at, data } });
    }
  }

  /** Keys that something is known of. */
  get size(): number {
    return this.#newest.size;
  }

  /** Of the data that is kept, as JSON: UTF-16 code units, which the bytes of UTF-8 are at least. */
  bytes(): number {
    let bytes = 0;
    for (const { entry } of this.#newest.values()) if (entry) bytes += JSON.stringify(entry.data).length;
    return bytes;
  }

  /** What is known of each key, with those that are deleted. */
  changes(): KeyChange[] {
    return [...this.#newest].map(([key, { vid, entry }]) => ({ key, vid, ...(entry ? { entry } : {}) }));
  }

  /** Ascending by key. */
  entries(): StateEntry[] {
    const kept = [...this.#newest.values()].flatMap(({ entry }) => entry ?? []);
    return kept.sort((a, b) => compareKeys(a.key, b.key));
  }
}
