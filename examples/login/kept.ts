/** Logins, in the memory of this process: a restart asks everybody to log in again, which most providers answer without a question. */

import { randomBytes } from 'node:crypto';

const MAX_KEPT = 10_000;

/** What is kept for a while under ids that nobody can guess; the oldest gives way. */
export class Kept<T extends { readonly untilMs: number }> {
  readonly #all = new Map<string, T>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(value: T): string {
    const id = randomBytes(32).toString('base64url');
    this.#all.set(id, value);
    const [oldest] = this.#all.keys();
    if (this.#all.size > MAX_KEPT && oldest !== undefined) this.#all.delete(oldest);
    return id;
  }

  get(id: string): T | undefined {
    const value = this.#all.get(id);
    return value && this.#now() < value.untilMs ? value : undefined;
  }

  forget(id: string): void {
    this.#all.delete(id);
  }
}
