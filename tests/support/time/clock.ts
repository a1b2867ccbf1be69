/** Time and chance that tests hold in their hand. Nothing here waits for real time. */

import type { Clock, Random } from '../../../lib/runtime/ports.ts';

interface SleepingPoll {
  readonly due: number;
  readonly wake: () => void;
}

/** `Clock.after` for a clock that only knows how to sleep. */
export function afterBySleep(sleep: Clock['sleep']): Clock['after'] {
  return (ms, then) => {
    const off = new AbortController();
    void sleep(ms, off.signal).then(() => {
      if (!off.signal.aborted) then();
    });
    return () => off.abort('taken back');
  };
}

/** Stands still until it is advanced; sleepers wake in the order in which they are due, then in which they came. */
export class FakeClock implements Clock {
  #now: number;
  /** Not the wall clock's: whoever mixes the two is found out. */
  readonly #zero: number;
  #setOffMs = 0;
  readonly #sleeping = new Set<SleepingPoll>();

  constructor(now: number = Date.parse('2026-01-01T00:00:00.000Z')) {
    this.#now = now;
    this.#zero = now - 1_000_000;
  }

  now(): number {
    return this.#now + this.#setOffMs;
  }

  elapsed(): number {
    return this.#now - this.#zero;
  }

  /** Sets the wall clock forward or back; time itself goes on as it did. */
  setOff(ms: number): void {
    this.#setOffMs += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleeping.delete(sleepingPoll);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleepingPoll = { due: this.#now + ms, wake };
      this.#sleeping.add(sleepingPoll);
      signal?.addEventListener('abort', wake);
    });
  }

  readonly after = afterBySleep((ms, signal) => this.sleep(ms, signal));

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleeping.size;
  }

  /** Lets `ms` pass; whoever wakes on the way does its work at its own time, and so does whoever that wakes. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.due;
      next.wake();
      await settle();
    }
    this.#now = end;
  }

  /** Lets time pass without waking anybody: a process that was frozen. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #next(end: number): SleepingPoll | undefined {
    let next: SleepingPoll | undefined;
    for (const sleepingPoll of this.#sleeping) {
      if (sleepingPoll.due <= end && (!next || sleepingPoll.due < next.due)) next = sleepingPoll;
    }
    return next && { ...next, due: Math.max(next.due, this.#now) };
  }
}

/** Resolves when every promise that can go on without time or I/O has gone on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The same numbers for the same seed (mulberry32); ids count up. */
export class SeededRandom implements Random {
  #state: number;
  #ids = 0;

  constructor(seed = 1) {
    this.#state = seed >>> 0;
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  id(): string {
    this.#ids++;
    return `id-${this.#ids}`;
  }
}

/** The clock of one process on a world's time: its wall clock can be set, and nobody else's is. */
export class SetClock implements Clock {
  readonly #time: Clock;
  #offMs = 0;

  constructor(time: Clock) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now() + this.#offMs;
  }

  elapsed(): number {
    return this.#time.elapsed();
  }

  /** Sets the wall clock forward or back by so much. */
  set(ms: number): void {
    this.#offMs += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#time.sleep(ms, signal);
  }

  after(ms: number, then: () => void): () => void {
    return this.#time.after(ms, then);
  }
}
