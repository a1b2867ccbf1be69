/**
 * Which columns the table has, made from the keys that the data itself has. A column keeps its place and its width from the moment that it appears, so that
 * events that follow move nothing. At most twelve: data with more keys has the rest in one cell. Pure.
 */
import { isRecord, valueText, visible } from './cell-text.ts';

export interface Column {
  /** The member that it shows; undefined: data that is no object, whole. */
  readonly key: string | undefined;
  readonly numeric: boolean;
  /** How wide it is, in characters. */
  readonly width: number;
}

/** More are not read side by side; and hostile data may have any number of keys. */
export const MOST_COLUMNS = 12;
/** Keys of one event that are looked at: those behind them are shown with the rest. */
const MOST_KEYS = 64;
/** A column that so many events had no use for gives its place to a key that needs one. */
const UNUSED = 1_000;
const NARROWEST = 8;
const WIDEST = 28;

interface Kept {
  column: Column;
  /** The number of the last event that had it. */
  used: number;
}

export class Columns {
  #kept: Kept[] = [];
  #events = 0;
  #list: readonly Column[] = [];
  #rest = false;

  /** In the order of their appearance. Another array when something has changed. */
  get list(): readonly Column[] {
    return this.#list;
  }

  /** Whether some data had members that have no column. */
  get rest(): boolean {
    return this.#rest;
  }

  clear(): void {
    this.#kept = [];
    this.#list = [];
    this.#rest = false;
    this.#events = 0;
  }

  see(data: unknown): void {
    this.#events += 1;
    if (!isRecord(data)) {
      this.#use(undefined, data);
      return;
    }
    let looked = 0;
    for (const key in data) {
      if (++looked > MOST_KEYS) {
        this.#rest = true;
        return;
      }
      this.#use(key, data[key]);
    }
  }

  #use(key: string | undefined, value: unknown): void {
    const mine = this.#kept.find(({ column }) => column.key === key);
    if (mine !== undefined) {
      mine.used = this.#events;
      return;
    }
    const made = { column: columnFor(key, value), used: this.#events };
    if (this.#kept.length < MOST_COLUMNS) this.#kept.push(made);
    else if (!this.#replace(made)) return;
    this.#list = this.#kept.map(({ column }) => column);
  }

  #replace(made: Kept): boolean {
    const oldest = this.#kept.reduce((a, b) => (b.used < a.used ? b : a));
    this.#rest = true;
    if (this.#events - oldest.used < UNUSED) return false;
    this.#kept[this.#kept.indexOf(oldest)] = made;
    return true;
  }
}

function columnFor(key: string | undefined, value: unknown): Column {
  const numeric = typeof value === 'number';
  const longest = Math.max(visible(key?.slice(0, WIDEST) ?? '').length, valueText(value).length);
  // A little more than the first value needs: those that follow it differ.
  const width = Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(longest * 1.2)));
  return { key, numeric, width: key === undefined ? WIDEST : width };
}

/** What of the data has no column: some of its members, or all of it where it has none; undefined where everything has one. */
export function restOf(data: unknown, columns: readonly Column[]): unknown {
  const shown = new Set(columns.map(({ key }) => key));
  if (!isRecord(data)) return shown.has(undefined) ? undefined : data;
  const rest: Array<[string, unknown]> = [];
  for (const key in data) {
    if (!shown.has(key)) rest.push([key, data[key]]);
    if (rest.length >= MOST_KEYS) break;
  }
  // A name may be `__proto__`, so no assignment.
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}
