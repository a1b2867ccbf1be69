import { nothing } from './delay-queue.ts';

/** Does what concerns one thing one after the other, in the order asked. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Resolves and rejects as `work`; what fails holds up nobody. */
  do<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const doing = before ? before.then(work) : work();
    const over = doing.then(nothing, nothing).then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    });
    this.#last.set(key, over);
    return doing;
  }

  /** Whether something is being done for `key`, or waits to be. */
  isBusy(key: string): boolean {
    return this.#last.has(key);
  }

  /** Resolves when everything that is being done is done. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
