/**
 * The states of the followed channels as rows: the newest event of each key, ordered by channel and key, 2 before 10. A filter chooses among them; a pause
 * holds still what is shown while the rest goes on. What a change costs grows with the change, and not with the number of keys. Pure.
 */
import type { StateChange, StateEntry } from '../../packages/client/src/subscribe-state.ts';
import type { EventRow, Match } from './rows.ts';

/** The newest event of one key. */
export interface StateRow extends EventRow {
  readonly channel: string;
  readonly key: string;
  /** Since when it has had this value, as far as this page knows: ISO 8601. Events that say the same again change nothing of it. */
  readonly since: string;
  /** What it is ordered by, and known by: each row has its own. */
  readonly order: string;
}

export type StateChanges = Pick<StateChange, 'changed' | 'deleted'>;

/** Keys that come or go one by one are put in their places; of more, all are ordered anew. */
const FEW = 32;
/** Digits of a number in a key. Longer ones are ordered as text. */
const DIGITS = 16;

export class StateRows {
  readonly #rows = new Map<string, StateRow>();
  #ordered: StateRow[] = [];
  #match: Match | undefined;
  /** Of the ordered ones, those that the filter has passed; not used without one. */
  readonly #passed = new Set<StateRow>();
  #shown: readonly StateRow[] | undefined;
  /** While paused: all that there was when the pause began. */
  #held: readonly StateRow[] | undefined;

  /** How many rows are shown. */
  get length(): number {
    return this.#visible().length;
  }

  /** How many keys there are, shown or not. */
  get total(): number {
    return (this.#held ?? this.#ordered).length;
  }

  get paused(): boolean {
    return this.#held !== undefined;
  }

  at(index: number): StateRow | undefined {
    return this.#visible()[index];
  }

  /** Where the row with this `order` stands among those that are shown, or would stand. */
  placeOf(order: string): number {
    return placeOf(this.#visible(), order);
  }

  clear(): void {
    this.#rows.clear();
    this.#ordered = [];
    this.#passed.clear();
    this.#shown = undefined;
    this.#held = undefined;
  }

  /** Whether the channel has begun anew: a key has a lower vid than before. */
  change(channel: string, { changed, deleted }: StateChanges): boolean {
    const made: StateRow[] = [];
    let isAnew = false;
    for (const entry of changed) {
      const before = this.#rows.get(orderOf(channel, entry.key));
      const row = rowOf(channel, entry, before);
      isAnew ||= before !== undefined && row.vid < before.vid;
      this.#rows.set(row.order, row);
      this.#sift(row, before);
      if (before) this.#ordered[placeOf(this.#ordered, row.order)] = row;
      else made.push(row);
    }
    this.#insert(made);
    this.#remove(deleted.map((key) => orderOf(channel, key)));
    if (!this.#held) this.#shown = undefined;
    return isAnew;
  }

  /** The rows of one channel, shown or not. */
  *of(channel: string): Generator<StateRow> {
    for (const row of this.#ordered) if (row.channel === channel) yield row;
  }

  /** Shows only rows that match; with undefined, all. */
  filter(match: Match | undefined): void {
    this.#match = match;
    this.#passed.clear();
    for (const row of this.#ordered) this.#sift(row, undefined);
    this.#shown = undefined;
  }

  pause(): void {
    this.#held ??= [...this.#ordered];
    this.#shown = undefined;
  }

  resume(): void {
    this.#held = undefined;
    this.#shown = undefined;
  }

  /** What is shown, as lines of JSON: entries as the server gives them. */
  toNdjson(): { readonly text: string; readonly count: number } {
    const lines = this.#visible().map(({ key, vid, id, at, json }) => {
      const [name, from, time] = [key, id, at].map((one) => JSON.stringify(one));
      return `{"key":${name},"vid":${vid},"id":${from},"at":${time},"data":${json}}\n`;
    });
    return { text: lines.join(''), count: lines.length };
  }

  #visible(): readonly StateRow[] {
    const match = this.#match;
    if (match === undefined) return this.#held ?? this.#ordered;
    this.#shown ??= this.#held?.filter(match) ?? this.#ordered.filter((row) => this.#passed.has(row));
    return this.#shown;
  }

  #sift(row: StateRow, before: StateRow | undefined): void {
    if (before) this.#passed.delete(before);
    if (this.#match?.(row)) this.#passed.add(row);
  }

  #insert(made: StateRow[]): void {
    if (made.length > FEW) this.#ordered = [...this.#ordered, ...made].sort(byOrder);
    else for (const row of made) this.#ordered.splice(placeOf(this.#ordered, row.order), 0, row);
  }

  #remove(orders: readonly string[]): void {
    const gone = orders.flatMap((order) => this.#rows.get(order) ?? []);
    for (const row of gone) {
      this.#rows.delete(row.order);
      this.#passed.delete(row);
      if (gone.length <= FEW) this.#ordered.splice(placeOf(this.#ordered, row.order), 1);
    }
    if (gone.length > FEW) this.#ordered = this.#ordered.filter(({ order }) => this.#rows.has(order));
  }
}

function rowOf(
  channel: string,
  { key, vid, id, at, data }: StateEntry,
  before: StateRow | undefined,
): StateRow {
  const json = JSON.stringify(data);
  const since = before?.json === json ? before.since : at;
  return { kind: 'event', seq: vid, channel, key, vid, id, at, json, since, order: orderOf(channel, key) };
}

/** Numbers with zeros before them, so that texts are ordered as numbers are; then the key itself, for `1` and `01`. */
function orderOf(channel: string, key: string): string {
  const padded = key.replace(/\d+/g, (digits) => digits.padStart(DIGITS, '0'));
  return `${channel}\u0000${padded}\u0000${key}`;
}

function byOrder(a: StateRow, b: StateRow): number {
  return a.order < b.order ? -1 : a.order > b.order ? 1 : 0;
}

/** The first place whose row is not before this order: where it stands, or is to be put. */
function placeOf(rows: readonly StateRow[], order: string): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.order ?? '') < order) low = middle + 1;
    else high = middle;
  }
  return low;
}
