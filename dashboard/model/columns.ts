/**
 * Which columns the table has. Somebody chose them, or they are the keys that most of the events have. Events
 * of another shape stay legible: their row shows `key: value` instead of empty cells. A column keeps its
 * place and width, so events that follow move nothing. Pure.
 */
import { isRecord, valueText, visible } from './cell-text.ts';
import { MOST_KEYS, Shapes } from './shapes.ts';

export interface Column {
  /** The member that it shows. */
  readonly key: string;
  readonly numeric: boolean;
  /** How wide it is, in characters. */
  readonly width: number;
}

/** More are not read side by side; and hostile data may have any number of keys. */
export const MOST_COLUMNS = 12;
const NARROWEST = 8;
const WIDEST = 28;

export class Columns {
  readonly #shapes = new Shapes();
  /** Every key that can be chosen, in the order of appearance, with the column that it would have. */
  readonly #known = new Map<string, Column>();
  #chosen: readonly string[] | undefined;
  #list: readonly Column[] = [];
  #rest = false;

  /** Another array when something has changed. */
  get list(): readonly Column[] {
    return this.#list;
  }

  /** Whether members without a column have a cell of their own. */
  get rest(): boolean {
    return this.#rest && this.#chosen === undefined;
  }

  /** The keys that were seen, at most 64. */
  get keys(): readonly string[] {
    return [...this.#known.keys()];
  }

  /** What somebody chose; undefined: nothing, the data decides. */
  get chosen(): readonly string[] | undefined {
    return this.#chosen;
  }

  /** Takes these keys, in this order, also such as no event had so far; undefined: the data decides. */
  choose(keys: readonly string[] | undefined): void {
    this.#chosen = keys?.slice(0, MOST_COLUMNS);
    this.#arrange();
  }

  see(data: unknown): void {
    if (!isRecord(data)) return;
    let looked = 0;
    let isNew = false;
    for (const key in data) {
      if (++looked > MOST_KEYS) break;
      if (this.#known.has(key) || this.#known.size >= MOST_KEYS) continue;
      this.#known.set(key, columnFor(key, data[key]));
      isNew = true;
    }
    if (looked > MOST_KEYS) this.#rest = true;
    if (this.#shapes.see(data) || isNew) this.#arrange();
  }

  /** Whether the row of such data has something to show under these columns. */
  fits(data: unknown): boolean {
    if (!isRecord(data)) return false;
    const hits = this.#list.filter(({ key }) => Object.hasOwn(data, key)).length;
    if (this.#chosen !== undefined || hits === 0) return hits > 0;
    return hits * 2 >= this.#list.length || hits * 2 >= countKeys(data, hits * 2 + 1);
  }

  #arrange(): void {
    const keys = this.#chosen ?? this.#shapes.keys;
    if (keys.length > MOST_COLUMNS) this.#rest = true;
    const list = keys.slice(0, MOST_COLUMNS).map((key) => this.#known.get(key) ?? columnFor(key, ''));
    const same = list.length === this.#list.length && list.every((one, i) => one === this.#list[i]);
    if (!same) this.#list = list;
  }
}

function columnFor(key: string, value: unknown): Column {
  const numeric = typeof value === 'number';
  const longest = Math.max(visible(key.slice(0, WIDEST)).length, valueText(value).length);
  // A little more than the first value needs: those that follow it differ.
  const width = Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(longest * 1.2)));
  return { key, numeric, width };
}

/** How many members, counted up to `most`. */
function countKeys(data: object, most: number): number {
  let count = 0;
  for (const _ in data) if (++count >= most) break;
  return count;
}

/** The members that have a column, in the columns' order; all of the data where none has. */
export function inOrder(data: unknown, columns: readonly Column[]): unknown {
  if (!isRecord(data)) return data;
  const shown = columns.flatMap(({ key }) => (Object.hasOwn(data, key) ? [[key, data[key]] as const] : []));
  return shown.length > 0 ? Object.fromEntries(shown) : data;
}

/** The members that have no column; undefined where all have one. */
export function restOf(data: unknown, columns: readonly Column[]): unknown {
  if (!isRecord(data)) return data;
  const shown = new Set(columns.map(({ key }) => key));
  const rest: Array<[string, unknown]> = [];
  for (const key in data) {
    if (!shown.has(key)) rest.push([key, data[key]]);
    if (rest.length >= MOST_KEYS) break;
  }
  // A name may be `__proto__`, so no assignment.
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}
