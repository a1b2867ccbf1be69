/**
 * The rows: newest on top, where the eye rests; at most the last 500. What arrives between two frames is drawn in
 * one. A reader who has scrolled down keeps the place: rows that arrive above do not move what is being read.
 */
import type { Event } from '../client/index.ts';
import { dataCell } from './data-cell.ts';
import { element, make } from './elements.ts';

/** Rows kept, notices among them: some screens full to look back on, and no more work for the browser in a year than in an hour. */
const ROWS = 500;
/** A burst larger than this is a replay; to light every row up would be a flash. */
const FRESH = 20;

type Line =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'notice'; readonly text: string };

export class EventTable {
  readonly #scroller = element('scroller', HTMLElement);
  readonly #body: HTMLTableSectionElement;
  readonly #newest = element('newest', HTMLButtonElement);
  #waiting: Line[] = [];
  #frame = 0;

  constructor() {
    const body = element('events', HTMLTableElement).tBodies[0];
    if (body === undefined) throw new Error('index.html has no tbody in #events.');
    this.#body = body;
    this.#newest.addEventListener('click', () => {
      this.#scroller.scrollTop = 0;
      this.#scroller.focus({ preventScroll: true });
    });
    this.#scroller.addEventListener('scroll', () => {
      if (this.#scroller.scrollTop <= 0) this.#newest.hidden = true;
    });
  }

  clear(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#waiting = [];
    this.#body.replaceChildren();
    this.#newest.hidden = true;
  }

  addEvent(event: Event): void {
    this.#add({ kind: 'event', event });
  }

  /** A line between the events before and after it, for what happened to the stream there. */
  addNotice(text: string): void {
    this.#add({ kind: 'notice', text });
  }

  #add(line: Line): void {
    this.#waiting.push(line);
    // A page that is not seen draws no frames, for days: what would fall off the table is not kept for it either.
    if (this.#waiting.length > ROWS) this.#waiting.shift();
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const lines = this.#waiting;
    this.#frame = 0;
    this.#waiting = [];
    const fresh = lines.length <= FRESH;
    const rows = lines.map((line) =>
      line.kind === 'event' ? eventRow(line.event, fresh) : noticeRow(line.text),
    );
    const { scrollTop } = this.#scroller;
    const height = scrollTop > 0 ? this.#height() : 0;

    this.#body.prepend(...rows.reverse());
    if (scrollTop > 0) {
      // Before the oldest rows go, or their height would be taken for the new rows'.
      this.#scroller.scrollTop = scrollTop + this.#height() - height;
      this.#newest.hidden = false;
    }
    while (this.#body.rows.length > ROWS) this.#body.lastElementChild?.remove();
  }

  /** With its fractions of a pixel, which `scrollHeight` rounds away. */
  #height(): number {
    return this.#body.getBoundingClientRect().height;
  }
}

function eventRow({ vid, id, at, data }: Event, fresh: boolean): HTMLTableRowElement {
  const row = make('tr', fresh ? 'fresh' : '');
  const idCell = make('td', 'id', id);
  idCell.title = id;
  row.append(make('td', 'vid', String(vid)), timeCell(at), idCell, dataCell(data));
  return row;
}

function noticeRow(text: string): HTMLTableRowElement {
  const row = make('tr', 'notice');
  row.append(make('td', '', text));
  row.cells[0]?.setAttribute('colspan', '4');
  return row;
}

/** Local time, always written the same way and equally wide; the exact UTC time is its title. */
function timeCell(at: string): HTMLTableCellElement {
  const cell = make('td', 'time');
  const time = cell.appendChild(make('time', ''));
  time.dateTime = at;
  time.title = at;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) {
    time.textContent = at;
    return cell;
  }
  const two = (part: number) => String(part).padStart(2, '0');
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join('-');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  time.append(make('span', 'date', `${day} `), make('b', '', clock));
  return cell;
}
