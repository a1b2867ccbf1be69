/** Time that stands still until it is advanced, with `setTimeout` as the client asks for it. Nothing here waits for real time. */
import { settle } from './clock.ts';

interface Due {
  readonly at: number;
  readonly then: () => void;
}

export class VirtualTime {
  #now = Date.parse('2026-01-01T00:00:00.000Z');
  #setMs = 0;
  readonly #due = new Set<Due>();

  readonly now = (): number => this.#now + this.#setMs;

  readonly setTimeout = (then: () => void, ms: number): Due => {
    const due = { at: this.#now + Math.max(0, ms), then };
    this.#due.add(due);
    return due;
  };

  readonly clearTimeout = (due: Due): void => void this.#due.delete(due);

  /** How many timers run. */
  get running(): number {
    return this.#due.size;
  }

  /** Lets `ms` pass. Whoever is due does its work at its own time, and so does whoever is due because of that. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.then();
      await settle();
    }
    this.#now = end;
  }

  /** Lets the clock go on without any timer: a laptop that slept. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Sets the clock forward or back; timers do not care. */
  set(ms: number): void {
    this.#setMs += ms;
  }

  #next(end: number): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#due) if (due.at <= end && (!next || due.at < next.at)) next = due;
    return next;
  }
}
