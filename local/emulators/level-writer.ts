/**
 * Writes to LevelDB one batch at a time, those that come meanwhile together in the next. After a failed write LevelDB's log may hold half a record,
 * and what it writes behind that cannot be read again: so the first failure is the last write, and fails all that wait. With two writes at once the
 * second could be acknowledged before the failure of the first is known.
 */

/** As LevelDB has it; values are JSON already. */
export type Write =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

export type Done = (error: Error | null) => void;

interface Waiting {
  readonly writes: readonly Write[];
  readonly done: Done;
}

export interface LevelWriterOptions {
  /** Whole or not at all. */
  readonly commit: (writes: readonly Write[]) => Promise<void>;
  readonly onWritten: (writes: readonly Write[]) => void;
  /** Called once, before anybody is told. Nobody knows whether `writes` are there. */
  readonly onFailure: (error: Error, writes: readonly Write[]) => void;
}

export class LevelWriter {
  readonly #options: LevelWriterOptions;
  #waiting: Waiting[] = [];
  #isWriting = false;
  #failure: Error | undefined;

  constructor(options: LevelWriterOptions) {
    this.#options = options;
  }

  /** `done` is called later, never within the call. */
  write(writes: readonly Write[], done: Done): void {
    this.#waiting.push({ writes, done });
    if (!this.#isWriting) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWriting = true;
    // What comes within the same turn of the event loop shares the first batch already.
    await undefined;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#commit(batch.flatMap(({ writes }) => writes));
      const outcome = this.#failure ?? null;
      // In turns of their own: an error that is thrown by one of them is not ours.
      for (const { done } of batch) queueMicrotask(() => done(outcome));
    }
    this.#isWriting = false;
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    if (this.#failure) return;
    try {
      await this.#options.commit(writes);
    } catch (error) {
      this.#failure = error as Error;
      this.#options.onFailure(this.#failure, writes);
      return;
    }
    this.#options.onWritten(writes);
  }
}
