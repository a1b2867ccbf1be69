/** First in, first out, and any of them by its place in between, each in constant time. Pure. */

/** Places that have become free at the front before what is left is moved down. */
const SLACK = 1_024;

export class Queue<T> {
  #items: Array<T | undefined> = [];
  #start = 0;

  get length(): number {
    return this.#items.length - this.#start;
  }

  /** The oldest is at 0. */
  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#items[this.#start + index];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#start];
    // Or what has left would be held until the rest is moved.
    this.#items[this.#start] = undefined;
    this.#start += 1;
    if (this.#start > SLACK && this.#start * 2 > this.#items.length) {
      this.#items.splice(0, this.#start);
      this.#start = 0;
    }
    return item;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#start; i < this.#items.length; i++) yield this.#items[i] as T;
  }
}
