/**
 * Things that are there for a while, each taken back by whoever added it. In no order.
 *
 * A map or a set would do, where things come and go thousands of times a second but for this: V8 makes a table anew for one that grows and shrinks, and
 * the old table points to the new one. Once one of them is old, all that follow are kept, with what was in them, until the next full collection. Then a
 * collection of young memory, which should find nearly nothing alive, stops the process for milliseconds.
 */

interface Entry<T> {
  readonly one: T;
  /** Where it stands in the list; -1 when it is not in it any more. */
  place: number;
}

export class Roster<T> implements Iterable<T> {
  /** Without holes: the last one takes the place of one that goes. */
  readonly #entries: Entry<T>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** Returns how to take it back: false when it has gone before. */
  add(one: T): () => boolean {
    const entry = { one, place: this.#entries.length };
    this.#entries.push(entry);
    return () => this.#remove(entry);
  }

  /** Takes all of them out, and returns them in the order in which they would be told. */
  takeAll(): readonly T[] {
    const all = this.#entries.splice(0);
    for (const entry of all) entry.place = -1;
    return all.map(({ one }) => one);
  }

  some(isSuch: (one: T) => boolean): boolean {
    return this.#entries.some(({ one }) => isSuch(one));
  }

  /** Of those that are there now, whatever comes or goes meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (const { one } of [...this.#entries]) yield one;
  }

  #remove(entry: Entry<T>): boolean {
    const { place } = entry;
    if (place < 0) return false;
    entry.place = -1;
    const last = this.#entries.pop() as Entry<T>;
    if (last === entry) return true;
    this.#entries[place] = last;
    last.place = place;
    return true;
  }
}
