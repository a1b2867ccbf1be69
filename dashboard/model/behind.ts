/**
 * How far the page is behind the channel's log. A page that is far behind shows the past, and must not say
 * that it is live. Pure.
 */

/**
 * An event that is on its way is no lag. The page is behind when it stays behind for so long. Milliseconds.
 */
const TIMEOUT_MS = 1_500;
/** More than one answer to a poll holds: these cannot all be on their way. */
const MANY = 500;

export class Behind {
  #target: { readonly head: number; readonly earliest: number; readonly atMs: number } | undefined;

  /**
   * The log's highest vid is `head`, and its lowest that is kept `earliest`. `atMs`: when that was learned,
   * in elapsed milliseconds.
   */
  learned(head: number, earliest: number, atMs: number): void {
    this.#target = { head, earliest, atMs };
  }

  /** The vids have begun anew: what was learned is of another log. */
  forget(): void {
    this.#target = undefined;
  }

  /** Events between the vid that the page has reached and the head; null: none yet. Not less than 0. */
  count(reached: number | null): number {
    if (this.#target === undefined) return 0;
    const { head, earliest } = this.#target;
    return Math.max(0, head - Math.max(reached ?? 0, earliest - 1));
  }

  /** The same, once it is certain that the page is behind; 0 before. */
  certain(reached: number | null, elapsedMs: number): number {
    const count = this.count(reached);
    const isOld = elapsedMs - (this.#target?.atMs ?? elapsedMs) > TIMEOUT_MS;
    return count > MANY || isOld ? count : 0;
  }
}
