/**
 * The wait of one held poll: it ends with news, in quiet, or because nobody waits for its answer any more. Thousands are held at once, so
 * a wait is one small object without a timer or a signal of its own.
 */

/** Whether a client has hung up. An `AbortSignal` is one. */
export interface DisconnectSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Why nobody waits for an answer any more: a newer poll of the client, its hanging up, or a process that is about to end. */
export type Ending = 'superseded' | 'gone' | 'closing';

export class Wait {
  #over: Ending | undefined;
  #wake: ((news: boolean) => void) | undefined;

  /** Why nobody waits for the answer any more. */
  get over(): Ending | undefined {
    return this.#over;
  }

  /** Ends this wait, and any that comes after. */
  end(why: Ending): void {
    this.#over ??= why;
    this.#wake?.(false);
  }

  /** Begins what may wake it, and sleeps until that happens: true when it was news. `begin` answers how to take each back, and all of them are. */
  sleep(begin: (wake: (news: boolean) => void) => ReadonlyArray<() => void>): Promise<boolean> {
    if (this.#over) return Promise.resolve(false);
    return new Promise((resolve) => {
      let undo: ReadonlyArray<() => void> | undefined;
      let woken = false;
      const wake = (news: boolean) => {
        if (woken) return;
        woken = true;
        resolve(news);
        for (const takeBack of undo ?? []) takeBack();
      };
      this.#wake = wake;
      undo = begin(wake);
      // Woken while it began.
      if (woken) for (const takeBack of undo) takeBack();
    });
  }
}
