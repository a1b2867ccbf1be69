/**
 * What the table can show: the last events and notices of a channel, bounded in number and in size, so that a
 * page needs no more memory after a day than after an hour. A filter chooses among them; a pause holds still
 * what is shown while the rest goes on. Pure.
 *
 * Events are kept as their JSON, not as the objects it makes: a text has a size that can be stated, an object
 * of a thousand keys has not.
 */
import type { Event } from '../../packages/client/src/index.ts';
import { Queue } from './queue.ts';

/**
 * An event as it is kept. `seq` is its place among everything that came, notices too: a channel that starts
 * over gives vids again.
 */
export interface EventRow {
  readonly kind: 'event';
  readonly seq: number;
  readonly vid: number;
  readonly id: string;
  readonly at: string;
  readonly key?: string | undefined;
  /** Its data. */
  readonly json: string;
}

/** What happened to the stream between two events. */
export interface NoticeRow {
  readonly kind: 'notice';
  readonly seq: number;
  readonly text: string;
}

export type Row = EventRow | NoticeRow;
export type Match = (row: EventRow) => boolean;

export interface Bounds {
  readonly rows: number;
  /** Characters of JSON, ids and keys, all rows together. */
  readonly characters: number;
}

/**
 * Some hours of a busy channel to look back on, and at most 32 MiB (JavaScript keeps a character in one byte
 * or two); twice that while it is paused, because what is shown then is kept besides what came since.
 * Channels side by side share it. INVARIANTS.md states it.
 */
export const BOUNDS: Bounds = { rows: 10_000, characters: 16 * 1024 * 1024 };

export class Rows {
  readonly #bounds: Bounds;
  readonly #kept = new Queue<Row>();
  #characters = 0;
  #seq = 0;
  #match: Match | undefined;
  /** What passes the filter, of what is shown. */
  #shown = new Queue<Row>();
  /** While paused: what was kept when the pause began. */
  #held: readonly Row[] | undefined;
  #since = 0;

  constructor(bounds: Bounds = BOUNDS) {
    this.#bounds = bounds;
  }

  addEvent({ vid, id, at, key, data }: Event): EventRow {
    const row = { kind: 'event', seq: ++this.#seq, vid, id, at, key, json: JSON.stringify(data) } as const;
    this.#add(row);
    return row;
  }

  addNotice(text: string): void {
    this.#add({ kind: 'notice', seq: ++this.#seq, text });
  }

  /** How many rows are shown. */
  get length(): number {
    return this.#shown.length;
  }

  /** The newest that is shown is at 0. */
  at(index: number): Row | undefined {
    return this.#shown.at(this.#shown.length - 1 - index);
  }

  /** How many may be kept. */
  get most(): number {
    return this.#bounds.rows;
  }

  /** How many are kept, shown or not. */
  get kept(): number {
    return this.#kept.length;
  }

  get paused(): boolean {
    return this.#held !== undefined;
  }

  /** How many rows came since the pause began. */
  get waiting(): number {
    return this.paused ? this.#seq - this.#since : 0;
  }

  /** Shows only events that match; with undefined, all, and the notices too. */
  filter(match: Match | undefined): void {
    this.#match = match;
    this.#choose();
  }

  pause(): void {
    if (this.paused) return;
    this.#held = [...this.#kept];
    this.#since = this.#seq;
  }

  resume(): void {
    this.#held = undefined;
    this.#choose();
  }

  /** The events that are kept, oldest first, shown or not. */
  *events(): Generator<Event> {
    for (const row of this.#kept) {
      if (row.kind === 'event') yield { vid: row.vid, id: row.id, at: row.at, data: JSON.parse(row.json) };
    }
  }

  /** The events that are shown, oldest first, as lines of JSON. */
  toNdjson(): { readonly text: string; readonly count: number } {
    const lines: string[] = [];
    for (const row of this.#shown) {
      if (row.kind === 'notice') continue;
      const { vid, id, at, key, json } = row;
      const named = key === undefined ? '' : `"key":${JSON.stringify(key)},`;
      lines.push(
        `{"vid":${vid},"id":${JSON.stringify(id)},"at":${JSON.stringify(at)},${named}"data":${json}}\n`,
      );
    }
    return { text: lines.join(''), count: lines.length };
  }

  #add(row: Row): void {
    this.#kept.push(row);
    this.#characters += sizeOf(row);
    if (!this.paused && this.#passes(row)) this.#shown.push(row);
    // The newest always stays, however large: it is what just happened.
    while (this.#isOver() && this.#kept.length > 1) this.#drop();
  }

  #isOver(): boolean {
    return this.#kept.length > this.#bounds.rows || this.#characters > this.#bounds.characters;
  }

  #drop(): void {
    const row = this.#kept.shift();
    if (row === undefined) return;
    this.#characters -= sizeOf(row);
    if (!this.paused && this.#shown.at(0) === row) this.#shown.shift();
  }

  #choose(): void {
    this.#shown = new Queue();
    for (const row of this.#held ?? this.#kept) if (this.#passes(row)) this.#shown.push(row);
  }

  #passes(row: Row): boolean {
    if (this.#match === undefined) return true;
    return row.kind === 'event' && this.#match(row);
  }
}

function sizeOf(row: Row): number {
  return row.kind === 'event' ? row.json.length + row.id.length + (row.key?.length ?? 0) : row.text.length;
}
