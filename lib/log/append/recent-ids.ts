/**
 * The ids of a channel's last 5 minutes, as far as a process knows them: those that it has read or appended, with their vids and keys, and digests of spans that it
 * has not read.
 */

import type { IdDigest } from '../ports.ts';
import { hashOf, mayHold } from './id-digest.ts';

/** An id is remembered this long: SQS FIFO's own deduplication interval, so both sides forget together. */
export const DEDUPLICATION_MS = 5 * 60_000;

/**
 * `at`: when it was appended, in ms of `Clock.elapsed`. A wall clock that is set forward must not forget an id too early, and one that is
 * set back must not keep all of them.
 */
interface Known {
  readonly vid: number;
  readonly at: number;
  /** Of its event, where that has one. */
  readonly key?: string | undefined;
}

interface Unread {
  readonly digest: IdDigest;
  readonly at: number;
}

export class RecentIds implements Iterable<readonly [id: string, known: Known]> {
  readonly #known: Map<string, Known>;
  #unread: readonly Unread[];
  /** What was appended by then is forgotten. */
  #horizon = Number.NEGATIVE_INFINITY;

  /** With all that `before` knows. */
  constructor(before?: RecentIds) {
    this.#known = new Map(before ?? []);
    this.#unread = before ? before.#unread : [];
  }

  /** Where the id stands, when that is known; one that is not may stand in a span that was not read. */
  get(id: string): Known | undefined {
    const known = this.#known.get(id);
    return known && known.at > this.#horizon ? known : undefined;
  }

  /** The first vid under an id stays until it is forgotten. */
  note(id: string, vid: number, at: number, key?: string): void {
    if (this.get(id)) return;
    this.#known.delete(id);
    this.#known.set(id, { vid, at, key });
  }

  /** `at` of its newest event. */
  noteUnread(digest: IdDigest, at: number): void {
    if (this.#unread.some((one) => one.digest.last === digest.last)) return;
    this.#unread = [...this.#unread, { digest, at }];
  }

  /** Its ids are known now. */
  noteRead(digest: IdDigest): void {
    this.#unread = this.#unread.filter((one) => one.digest !== digest);
  }

  /** The spans that may hold one of these ids and were not read. */
  unreadWith(ids: Iterable<string>): readonly IdDigest[] {
    if (this.#unread.length === 0) return [];
    const hashes = [...ids].filter((id) => !this.get(id)).map(hashOf);
    return this.#unread
      .filter(({ digest }) => hashes.some((hash) => mayHold(digest, hash)))
      .map(({ digest }) => digest);
  }

  /** Drops what is older than the deduplication interval. */
  forgetOld(elapsed: number): void {
    this.#horizon = elapsed - DEDUPLICATION_MS;
    this.#unread = this.#unread.every(({ at }) => at > this.#horizon)
      ? this.#unread
      : this.#unread.filter(({ at }) => at > this.#horizon);
    for (const [id, { at }] of this.#known) {
      // Those of a span that was read late stand behind younger ones, and go when these do.
      if (at > this.#horizon) return;
      this.#known.delete(id);
    }
  }

  [Symbol.iterator](): Iterator<readonly [id: string, known: Known]> {
    return this.#known[Symbol.iterator]();
  }
}
