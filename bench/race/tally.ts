/** What a reader has had: counts what is lost, repeated and out of order, and how long each event took. Warm-up events count for nothing. */

export class Tally {
  readonly #seen: Uint8Array;
  readonly #firstMeasured: number;
  #highest = 0;
  #measured = 0;
  repeated = 0;
  outOfOrder = 0;

  /** Events are numbered from 1 to `last`; those before `firstMeasured` are the warm-up. */
  constructor(firstMeasured: number, last: number) {
    this.#firstMeasured = firstMeasured;
    this.#seen = new Uint8Array(last + 1);
  }

  /** Measured events that it has had, each counted once. */
  get measured(): number {
    return this.#measured;
  }

  has(number: number): boolean {
    return this.#seen[number] === 1;
  }

  /** Whether this is the first time that a measured event comes. Throws on a number that nobody published. */
  take(number: number): boolean {
    if (!(number in this.#seen) || number < 1) throw new Error(`event ${number} was never published`);
    if (this.has(number)) {
      this.repeated++;
      return false;
    }
    this.#seen[number] = 1;
    if (number < this.#highest) this.outOfOrder++;
    this.#highest = Math.max(this.#highest, number);
    if (number < this.#firstMeasured) return false;
    this.#measured++;
    return true;
  }
}
