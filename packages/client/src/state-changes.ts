/** A state as a map, and the changes in it, gathered until they are told: no more often than wanted, and not while the ones before are with a handler. */
import type { Event, StateEntry as WireEntry } from '../../../lib/protocol/doorbell.ts';
import type { Platform, Timer } from './platform.ts';

export interface StateEntry<T = unknown> extends WireEntry {
  readonly data: T;
}

export interface StateChange<T = unknown> {
  /** The newest event of each key, in no order: the map itself, which changes in place. */
  readonly entries: ReadonlyMap<string, StateEntry<T>>;
  /** What is new or newer in it, each key once. */
  readonly changed: ReadonlyArray<StateEntry<T>>;
  /** Keys that are there no more. */
  readonly deleted: readonly string[];
}

type Clock = Pick<Platform, 'now' | 'setTimeout' | 'clearTimeout'>;

export class Changes<T> {
  readonly entries = new Map<string, StateEntry<T>>();
  /** The keys that changed since a change was told, and what was told of each last: undefined for nothing. */
  readonly #before = new Map<string, StateEntry<T> | undefined>();
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #tell: (change: StateChange<T>) => Promise<void>;
  readonly #fail: (cause: unknown) => void;
  #isNew = true;
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: Timer;
  #busy = false;
  #stopped = false;

  constructor(
    clock: Clock,
    everyMs: number,
    tell: (change: StateChange<T>) => Promise<void>,
    fail: (cause: unknown) => void,
  ) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#tell = tell;
    this.#fail = fail;
  }

  /** The state was read, for the first time or again. What is the same event is no change. */
  replace(entries: ReadonlyMap<string, WireEntry>): void {
    for (const key of [...this.entries.keys()]) if (!entries.has(key)) this.#put(key, undefined);
    for (const [key, entry] of entries) {
      const held = this.entries.get(key);
      if (held?.vid !== entry.vid || held.id !== entry.id) this.#put(key, entry as StateEntry<T>);
    }
    if (this.#isNew) this.#schedule();
  }

  /** One event after the other, in the order of their vids; the state may have some of them already. */
  take({ key, vid, id, at, data }: Event): void {
    if (key === undefined || (this.entries.get(key)?.vid ?? 0) >= vid) return;
    if (data !== null) this.#put(key, { key, vid, id, at, data: data as T });
    else if (this.entries.has(key)) this.#put(key, undefined);
  }

  stop(): void {
    this.#stopped = true;
    // Not as its method: a browser's own timers want to be nobody's.
    const { clearTimeout } = this.#clock;
    clearTimeout(this.#timer as never);
  }

  #put(key: string, entry: StateEntry<T> | undefined): void {
    if (!this.#before.has(key)) this.#before.set(key, this.entries.get(key));
    if (entry) this.entries.set(key, entry);
    else this.entries.delete(key);
    this.#schedule();
  }

  /** By a timer, also of 0 ms: all events of one answer come in one turn of the event loop, and are one change. */
  #schedule(): void {
    if (this.#busy || this.#timer !== undefined || this.#stopped) return;
    const { now, setTimeout } = this.#clock;
    const left = this.#toldAt + this.#everyMs - now();
    // Not more than it is ever: the clock may have been set back.
    this.#timer = setTimeout(() => void this.#flush(), Math.min(Math.max(0, left), this.#everyMs));
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    const changed: StateEntry<T>[] = [];
    const deleted: string[] = [];
    for (const [key, before] of this.#before) {
      const entry = this.entries.get(key);
      if (entry && entry !== before) changed.push(entry);
      else if (!entry && before) deleted.push(key);
    }
    this.#before.clear();
    const isNew = this.#isNew;
    this.#isNew = false;
    if (!isNew && changed.length === 0 && deleted.length === 0) return;
    this.#busy = true;
    try {
      await this.#tell({ entries: this.entries, changed, deleted });
      this.#busy = false;
      this.#toldAt = this.#clock.now();
      if (this.#before.size > 0) this.#schedule();
    } catch (cause) {
      this.#fail(cause);
    }
  }
}
