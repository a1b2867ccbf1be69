/**
 * The wait of one held poll: it ends with news, in quiet, or because nobody waits for its answer any more. Thousands are held at once, so
 * a wait is one small object without a timer or a signal of its own.
 */

/** Whether a client has hung up. An `AbortSignal` is one. */
export interface Hangup {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Begins something that calls `wake` once, and returns how to take that back. */
export type Waking = (wake: (news: boolean) => void) => () => void;

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

  /** Sleeps until one of them wakes it: true when that was news. Takes all of them back. */
  async sleep(wakings: readonly Waking[]): Promise<boolean> {
    if (this.#over) return false;
    const undo: Array<() => void> = [];
    const news = await new Promise<boolean>((resolve) => {
      this.#wake = resolve;
      for (const begin of wakings) undo.push(begin(resolve));
    });
    for (const takeBack of undo) takeBack();
    return news;
  }
}
