/**
 * Keeps a state over reloads: the map and the place to go on from, as one text in a store. What is kept may be old, never wrong: whoever begins with it polls
 * on from its place, and reads the state anew where that place is of another life or no longer kept. It is a copy that can be done without: what is too large
 * for a store, or refused by it, is not kept, and that is no error.
 */
import type { StateEntry } from '../../../lib/protocol/doorbell.ts';
import type { Platform, Timer } from './platform.ts';
import type { WholeState } from './state-pages.ts';
import type { Store } from './store.ts';

/** Characters. A browser has room for five million, for all that its site keeps. */
export const MOST_CHARACTERS = 1_000_000;
/** It is written so often at most: each time it is written whole. And when the page is hidden or left. Milliseconds. */
const EVERY_MS = 5_000;
/** Of an entry without its data: what is more than this cannot fit, and need not be written out to know it. */
const LEAST_CHARACTERS = 60;

type Surroundings = Pick<Platform, 'setTimeout' | 'clearTimeout' | 'watch'>;

export class KeptState {
  readonly #store: Store;
  readonly #name: string;
  readonly #surroundings: Surroundings;
  readonly #entries: ReadonlyMap<string, StateEntry>;
  #position: string | undefined;
  #timer: Timer;

  /** `name`: where it stands in the store. `entries`: the map that is kept, which changes in place. Until `life` ends. */
  constructor(
    store: Store,
    name: string,
    surroundings: Surroundings,
    entries: ReadonlyMap<string, StateEntry>,
    life: AbortSignal,
  ) {
    this.#store = store;
    this.#name = name;
    this.#surroundings = surroundings;
    this.#entries = entries;
    surroundings.watch((event) => /^(visib|fr)/.test(event) && this.flush(), life);
    life.addEventListener('abort', () => this.flush());
  }

  /** What was kept; undefined where there is nothing, or nothing that could be read. */
  async load(): Promise<WholeState | undefined> {
    try {
      return readKept(await this.#store.get(this.#name));
    } catch {
      // It can be done without.
      return undefined;
    }
  }

  /** All events up to this position, `maxvid:epoch`, are in the map. */
  reached(position: string | undefined): void {
    this.#position = position;
    const { setTimeout } = this.#surroundings;
    this.#timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  /** Writes what is not written yet. */
  flush(): void {
    if (this.#timer === undefined) return;
    const { clearTimeout } = this.#surroundings;
    clearTimeout(this.#timer as never);
    this.#timer = undefined;
    void this.#write();
  }

  async #write(): Promise<void> {
    try {
      await this.#store.set(this.#name, this.#text());
    } catch {
      // It can be done without.
    }
  }

  /** Empty for what is too large: what was kept before would only become older. */
  #text(): string {
    const position = this.#position;
    // Without its life a place says nothing after a reload.
    if (!position?.includes(':') || this.#entries.size * LEAST_CHARACTERS > MOST_CHARACTERS) return '';
    const text = JSON.stringify({ position, entries: [...this.#entries.values()] });
    return text.length > MOST_CHARACTERS ? '' : text;
  }
}

/** Whatever stands there may be another page's. */
function readKept(text: string | null | undefined): WholeState | undefined {
  const { position, entries } = JSON.parse(text || '{}') as { position?: unknown; entries?: unknown };
  if (typeof position !== 'string' || !/^\d+:./.test(position)) return undefined;
  if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined;
  return { position, entries: new Map(entries.map((entry) => [entry.key, entry])) };
}

function isEntry(value: unknown): value is StateEntry {
  const { key, vid, id, at, data } = (value ?? {}) as Partial<StateEntry>;
  const isNamed = typeof key === 'string' && typeof id === 'string' && typeof at === 'string';
  return isNamed && Number.isSafeInteger(vid) && (vid as number) > 0 && data !== undefined && data !== null;
}
