/**
 * Time for a server in memory: it goes on as real time does, and a test can let more of it pass at once. Whoever waits is woken in the order in which he is
 * due. `vi.useFakeTimers()` does not reach it: it keeps the real timers that it was loaded with.
 */

import type { Clock } from '../../../../lib/runtime/ports.ts';
import type { TestClock } from '../doorbell.ts';

const { setTimeout, clearTimeout, setImmediate } = globalThis;
const realNow = Date.now.bind(Date);
const realElapsed = performance.now.bind(performance);

interface Waiting {
  /** By `elapsed()`. */
  readonly due: number;
  readonly then: () => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class VirtualClock implements Clock, TestClock {
  /** How far it is ahead of real time. */
  #aheadMs = 0;
  readonly #waiting = new Set<Waiting>();

  readonly now = (): number => realNow() + this.#aheadMs;

  readonly elapsed = (): number => realElapsed() + this.#aheadMs;

  readonly after = (ms: number, then: () => void): (() => void) => {
    const late = Math.max(0, ms);
    const waiting: Waiting = {
      due: this.elapsed() + late,
      then,
      timer: setTimeout(() => this.#wake(waiting), late),
    };
    this.#waiting.add(waiting);
    return () => this.#forget(waiting);
  };

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.after(ms, end);
      signal?.addEventListener('abort', end);
    });
  };

  readonly advance = async (ms: number): Promise<void> => {
    if (!(ms >= 0)) throw new Error(`Time goes forward: 0 or more milliseconds, got ${ms}`);
    const end = this.elapsed() + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#aheadMs += Math.max(0, next.due - this.elapsed());
      this.#wake(next);
      await settle();
    }
    this.#aheadMs += Math.max(0, end - this.elapsed());
  };

  /** Nobody is woken any more. */
  stop(): void {
    for (const waiting of [...this.#waiting]) this.#forget(waiting);
  }

  #wake(waiting: Waiting): void {
    if (!this.#waiting.has(waiting)) return;
    this.#forget(waiting);
    waiting.then();
  }

  #forget(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    this.#waiting.delete(waiting);
  }

  #next(end: number): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting)
      if (waiting.due <= end && (!next || waiting.due < next.due)) next = waiting;
    return next;
  }
}

/** Resolves when every promise that can go on without time has gone on; twice, for what a socket hands over in between. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
