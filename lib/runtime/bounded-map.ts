/**
 * A map that never holds more than `max` entries: a guard against whoever names many channels, clients or tokens. Beyond it the oldest goes. What is
 * set becomes the newest, and so does what is `touch`ed; `get` alone changes no order.
 */

export interface BoundedMapOptions<K, V> {
  /** Entries that must not go now; while all are such, there may be more than `max`. By default none. */
  readonly isBusy?: (value: V) => boolean;
  /** Told of each entry that went to make room. */
  readonly onDrop?: (key: K, value: V) => void;
}

/** One for all: there may be a map for each client. */
const NO_OPTIONS = {};

export class BoundedMap<K, V> {
  readonly #max: number;
  readonly #options: BoundedMapOptions<K, V>;
  /** The oldest first. */
  readonly #entries = new Map<K, V>();

  constructor(max: number, options: BoundedMapOptions<K, V> = NO_OPTIONS) {
    this.#max = max;
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** Sets a value, or sets it again, as the newest. Returns it. */
  set(key: K, value: V): V {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#max) this.#makeRoom(key);
    return value;
  }

  /** The value, which becomes the newest once more than half of the map is taken: for a map that forgets what was longest unused. */
  touch(key: K): V | undefined {
    const value = this.#entries.get(key);
    // While half of the map is free nothing goes soon. What is touched later goes after what is not, and to move an entry costs more than to find it.
    const isRoomy = 2 * this.#entries.size <= this.#max;
    return value === undefined || isRoomy ? value : this.set(key, value);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Deletes from the oldest on, up to the first that is not `over`. */
  deleteWhile(over: (value: V) => boolean): void {
    for (const [key, value] of this.#entries) {
      if (!over(value)) return;
      this.#entries.delete(key);
    }
  }

  #makeRoom(newest: K): void {
    const { isBusy, onDrop } = this.#options;
    for (const [key, value] of this.#entries) {
      if (this.#entries.size <= this.#max || key === newest) return;
      if (isBusy?.(value)) continue;
      this.#entries.delete(key);
      onDrop?.(key, value);
    }
  }
}
