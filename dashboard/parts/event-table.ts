/**
 * The rows: newest on top, where the eye rests. Of the thousands that are kept, those in sight are in the
 * page, all of one height, so that a row that arrives costs what one row costs. A reader who has scrolled
 * down keeps the place: rows that arrive above do not move what is being read.
 */
import type { Pane } from '../model/pane.ts';
import type { Row, Rows } from '../model/rows.ts';
import { windowOf } from '../model/window.ts';
import { within } from './elements.ts';
import { write } from './frames.ts';
import { drawHead, type Layout, rowFor, walkRows } from './table-row.ts';

/** Pixels, as styles/events.css has them. */
const ROW_HEIGHT = { wide: 32, narrow: 54 };
/**
 * Rows that come sooner after others than this are a burst or a replay; to light each of them up would be a
 * flash.
 */
const CALM_MS = 300;

/** A table that is less wide, in pixels, has two lines in a row and one cell for the data. */
const NARROW = 640;

export class EventTable {
  readonly #pane: Pane;
  readonly #root: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #table: HTMLTableElement;
  readonly #body: HTMLTableSectionElement;
  readonly #spaces: readonly HTMLTableCellElement[];
  readonly #newest: HTMLButtonElement;
  readonly #empty: HTMLElement;
  readonly #drawn = new Map<Row, HTMLTableRowElement>();
  #layout: Layout | undefined;
  /** The newest row when it was drawn last. */
  #top = Number.POSITIVE_INFINITY;
  #changedMs = 0;
  #height = 0;
  #narrow = false;

  /**
   * `opened` is called with an event that somebody wants to see whole, `moved` when the table must be drawn
   * anew.
   */
  constructor(root: HTMLElement, pane: Pane, moved: () => void, opened: (row: Row) => void) {
    this.#pane = pane;
    this.#root = root;
    this.#scroller = within(root, 'scroller', HTMLElement);
    this.#table = within(root, 'events', HTMLTableElement);
    this.#body = within(root, 'rows', HTMLTableSectionElement);
    this.#spaces = [...this.#table.querySelectorAll<HTMLTableCellElement>('.space td')];
    this.#newest = within(root, 'to-newest', HTMLButtonElement);
    this.#empty = within(root, 'no-rows', HTMLElement);
    this.#newest.addEventListener('click', () => {
      this.#scroller.scrollTop = 0;
      this.#scroller.focus({ preventScroll: true });
    });
    this.#scroller.addEventListener('scroll', moved, { passive: true });
    this.#body.addEventListener('click', ({ target }) => {
      const row = this.#rowAt(target);
      if (row !== undefined && getSelection()?.isCollapsed !== false) opened(row);
    });
    this.#body.addEventListener('keydown', walkRows);
    new ResizeObserver(() => {
      this.#measure();
      moved();
    }).observe(this.#scroller);
  }

  /** To the newest, where something else is shown from now on. */
  restart(): void {
    this.#scroller.scrollTop = 0;
    this.#top = Number.POSITIVE_INFINITY;
  }

  draw(): void {
    const { rows } = this.#pane;
    const layout = this.#arrange();
    const rowHeight = this.#narrow ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide;
    const fresh = this.#countFresh(rows);
    const { scrollTop: before } = this.#scroller;
    const scrollTop = before > 0 ? before + fresh * rowHeight : 0;
    const { first, end } = windowOf({ scrollTop, height: this.#height, rowHeight, rows: rows.length });
    this.#sync(rows, layout, first, end, fresh);
    for (const [i, hidden] of [first, rows.length - end].entries()) {
      this.#spaces[i]?.style.setProperty('height', `${hidden * rowHeight}px`);
    }
    if (scrollTop !== before) this.#scroller.scrollTop = scrollTop;
    if (scrollTop <= 0) this.#newest.hidden = true;
    else if (fresh > 0) this.#newest.hidden = false;
    this.#table.ariaRowCount = String(rows.length + 1);
    this.#empty.hidden = rows.length > 0;
    write(
      this.#empty,
      rows.kept > 0
        ? 'No event here matches the filter.'
        : 'No events received yet. The newest will stand on top.',
    );
  }

  #measure(): void {
    const { clientHeight, clientWidth } = this.#scroller;
    this.#height = clientHeight;
    // Where it is not seen it has no width, and keeps what it had.
    if (clientWidth > 0) this.#narrow = clientWidth < NARROW;
    this.#root.toggleAttribute('data-narrow', this.#narrow);
  }

  /** The header and all rows anew, where there are other columns than before. */
  #arrange(): Layout {
    const { columns, raw } = this.#pane;
    const { list, rest } = columns;
    const narrow = this.#narrow;
    const layout = this.#layout;
    const chosen = columns.chosen !== undefined;
    const isSame = layout?.columns === list && layout.rest === rest && layout.narrow === narrow;
    if (layout && isSame && layout.raw === raw && layout.chosen === chosen) return layout;
    const made = { columns: list, rest, narrow, raw, chosen, fits: (data: unknown) => columns.fits(data) };
    this.#layout = made;
    drawHead(this.#table, made);
    this.#drawn.clear();
    this.#body.replaceChildren();
    return made;
  }

  /** How many rows have come on top since the last time. */
  #countFresh(rows: Rows): number {
    let fresh = 0;
    while ((rows.at(fresh)?.seq ?? 0) > this.#top) fresh++;
    this.#top = rows.at(0)?.seq ?? 0;
    return fresh;
  }

  #sync(rows: Rows, layout: Layout, first: number, end: number, fresh: number): void {
    const wanted = new Set<Row>();
    for (let i = first; i < end; i++) {
      const row = rows.at(i);
      if (row !== undefined) wanted.add(row);
    }
    for (const [row, drawn] of this.#drawn) if (!wanted.has(row)) this.#remove(row, drawn);
    const calm = this.#isCalm(fresh);
    let next = this.#body.firstElementChild;
    let place = first;
    for (const row of wanted) {
      const drawn = this.#drawn.get(row) ?? this.#make(row, layout);
      drawn.ariaRowIndex = String(place + 2);
      drawn.classList.toggle('fresh', (calm && place < fresh) || drawn.classList.contains('fresh'));
      if (drawn === next) next = next.nextElementSibling;
      else this.#body.insertBefore(drawn, next);
      place++;
    }
  }

  #isCalm(fresh: number): boolean {
    if (fresh === 0) return false;
    const now = performance.now();
    const passed = now - this.#changedMs;
    this.#changedMs = now;
    return passed > CALM_MS && fresh < 5;
  }

  #make(row: Row, layout: Layout): HTMLTableRowElement {
    const made = rowFor(row, layout);
    this.#drawn.set(row, made);
    return made;
  }

  #remove(row: Row, drawn: HTMLTableRowElement): void {
    // Who stands on a row that leaves is put where the rows are, not at the top of the page.
    if (drawn.contains(document.activeElement)) this.#scroller.focus({ preventScroll: true });
    drawn.remove();
    this.#drawn.delete(row);
  }

  #rowAt(target: EventTarget | null): Row | undefined {
    const clicked = target instanceof Element ? target.closest('tr') : null;
    return [...this.#drawn].find(([, drawn]) => drawn === clicked)?.[0];
  }
}
