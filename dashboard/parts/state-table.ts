/**
 * The state: a row for each key, with its value, when that came, and for how long it has been so. Of a state of any size the rows in sight are in the page,
 * all of one height; what changes out of sight costs nothing here. Keys that come or go above what is read do not move it.
 */
import { isCut, type Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import type { StateRow, StateRows } from '../model/state-rows.ts';
import { windowOf } from '../model/window.ts';
import { clock } from '../model/wording.ts';
import { element, within } from './elements.ts';
import { write } from './frames.ts';
import { age, drawStateHead, rowForKey } from './state-row.ts';
import { walkRows } from './table-row.ts';

/** Pixels, as styles/events.css has them. */
const ROW_HEIGHT = { wide: 32, narrow: 54 };
/** A table that is less wide, in pixels, has two lines in a row. */
const NARROW = 640;

export interface StateActions {
  /** The table must be drawn anew. */
  moved(): void;
  /** Somebody wants to see the event of a key whole. */
  opened(row: StateRow): void;
}

interface Drawn {
  row: StateRow;
  element: HTMLTableRowElement;
}

export class StateTable {
  readonly #box = element('keys', HTMLElement);
  readonly #stale = element('keys-stale', HTMLElement);
  readonly #scroller = within(this.#box, 'scroller', HTMLElement);
  readonly #table = within(this.#box, 'states', HTMLTableElement);
  readonly #body = within(this.#box, 'keys', HTMLTableSectionElement);
  readonly #spaces = [...this.#table.querySelectorAll<HTMLTableCellElement>('.space td')];
  readonly #none = within(this.#box, 'no-keys', HTMLElement);
  readonly #kept = within(this.#box, 'keys-kept', HTMLElement);
  /** By `order`. */
  readonly #drawn = new Map<string, Drawn>();
  #layout = '';
  #height = 0;
  #narrow = false;
  /** The row at the top of what is in sight, and its place when it was drawn. */
  #top: { readonly order: string; readonly place: number } | undefined;

  constructor({ moved, opened }: StateActions) {
    this.#scroller.addEventListener('scroll', moved, { passive: true });
    this.#body.addEventListener('click', ({ target }) => {
      const clicked = target instanceof Element ? target.closest('tr') : null;
      const found = [...this.#drawn.values()].find(({ element }) => element === clicked);
      if (found && getSelection()?.isCollapsed !== false) opened(found.row);
    });
    this.#body.addEventListener('keydown', walkRows);
    new ResizeObserver(() => {
      const { clientHeight, clientWidth } = this.#scroller;
      this.#height = clientHeight;
      if (clientWidth > 0) this.#narrow = clientWidth < NARROW;
      this.#box.toggleAttribute('data-narrow', this.#narrow);
      moved();
    }).observe(this.#scroller);
  }

  /** To the first key, where something else is shown from now on. */
  restart(): void {
    this.#scroller.scrollTop = 0;
    this.#top = undefined;
    this.#layout = '';
  }

  draw({ state: rows, stateNotes, panes }: Picture, moment: Moment): void {
    if (this.#box.hidden) return;
    this.#arrange(panes.length > 1);
    const rowHeight = this.#narrow ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide;
    const { scrollTop: before } = this.#scroller;
    const scrollTop = before + this.#moved(rows) * rowHeight;
    const { first, end } = windowOf({ scrollTop, height: this.#height, rowHeight, rows: rows.length });
    this.#sync(rows, first, end, moment.nowMs, panes.length > 1);
    for (const [i, hidden] of [first, rows.length - end].entries())
      this.#spaces[i]?.style.setProperty('height', `${hidden * rowHeight}px`);
    if (scrollTop !== before) this.#scroller.scrollTop = scrollTop;
    const place = Math.floor(this.#scroller.scrollTop / rowHeight);
    const top = rows.at(place);
    this.#top = top && place > 0 ? { order: top.order, place } : undefined;
    this.#table.ariaRowCount = String(rows.length + 1);
    this.#say(rows, stateNotes, moment);
  }

  /** How many rows have come above what is in sight. */
  #moved(rows: StateRows): number {
    return this.#top === undefined ? 0 : rows.placeOf(this.#top.order) - this.#top.place;
  }

  /** The header, and all rows anew, where they look otherwise. */
  #arrange(several: boolean): void {
    const layout = `${this.#narrow} ${several}`;
    if (layout === this.#layout) return;
    this.#layout = layout;
    drawStateHead(this.#table, { narrow: this.#narrow, several });
    this.#drawn.clear();
    this.#body.replaceChildren();
  }

  #sync(rows: StateRows, first: number, end: number, nowMs: number, several: boolean): void {
    const wanted: StateRow[] = [];
    for (let i = first; i < end; i++) wanted.push(rows.at(i) as StateRow);
    const orders = new Set(wanted.map(({ order }) => order));
    for (const [order, { element }] of this.#drawn) {
      if (orders.has(order)) continue;
      if (element.contains(document.activeElement)) this.#scroller.focus({ preventScroll: true });
      element.remove();
      this.#drawn.delete(order);
    }
    let next = this.#body.firstElementChild;
    for (const [i, row] of wanted.entries()) {
      const known = this.#drawn.get(row.order);
      if (next === known?.element) next = next?.nextElementSibling ?? null;
      const drawn = known ?? { row, element: rowForKey(row, { narrow: this.#narrow, several }) };
      if (!known) this.#drawn.set(row.order, drawn);
      else if (known.row !== row) this.#replace(known, row, several);
      if (!known) this.#body.insertBefore(drawn.element, next);
      drawn.element.ariaRowIndex = String(first + i + 2);
      age(drawn.element, row, nowMs);
    }
  }

  #replace(drawn: Drawn, row: StateRow, several: boolean): void {
    const made = rowForKey(row, { narrow: this.#narrow, several });
    // The eye is led to what is another value, and not to the same one said again.
    made.classList.toggle('fresh', row.json !== drawn.row.json);
    const isFocused = drawn.element.contains(document.activeElement);
    drawn.element.replaceWith(made);
    if (isFocused) made.querySelector('button')?.focus({ preventScroll: true });
    drawn.row = row;
    drawn.element = made;
  }

  #say(rows: StateRows, notes: ReadonlyMap<string, string>, moment: Moment): void {
    const { lastLiveMs, nowMs } = moment;
    this.#stale.hidden = !isCut(moment) || lastLiveMs === undefined || rows.total === 0;
    write(this.#stale, `Not live. This is the state at ${clock(lastLiveMs ?? nowMs)}.`);
    const number = (count: number) => count.toLocaleString('en');
    const all = rows.total === 1 ? '1 key' : `${number(rows.total)} keys`;
    const shown = rows.length === rows.total ? all : `${number(rows.length)} of ${all}`;
    const note = [...notes.values()].find((text) => text !== '');
    const kept = [rows.paused ? 'Paused.' : '', shown, note ?? ''].filter(Boolean).join(' ');
    write(this.#kept, rows.total === 0 ? '' : kept);
    this.#none.hidden = rows.length > 0;
    const why = rows.total > 0 ? 'No key here matches the filter.' : note;
    write(
      this.#none,
      why ?? (notes.size > 0 ? 'No event of this channel has a key.' : 'Reading the state …'),
    );
  }
}
