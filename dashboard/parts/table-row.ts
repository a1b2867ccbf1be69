/** The cells of one row. Only text nodes are made: whatever a producer sends, it cannot become markup. */
import { isRecord, jsonText, pairsText, valueText, visible } from '../model/cell-text.ts';
import { type Column, inOrder, restOf } from '../model/columns.ts';
import type { EventRow, Row } from '../model/rows.ts';
import { dateAndClock } from '../model/wording.ts';
import { make } from './elements.ts';

/** What a row needs to know of its table. */
export interface Layout {
  readonly columns: readonly Column[];
  /** Whether there is a cell for members that have no column. */
  readonly rest: boolean;
  /** On a phone: one cell for all of the data. */
  readonly narrow: boolean;
  /** The data as JSON, in one cell. */
  readonly raw: boolean;
  /** Whether somebody chose the columns. */
  readonly chosen: boolean;
  /** Whether such data has something to show in the columns. */
  readonly fits: (data: unknown) => boolean;
}

export function rowFor(row: Row, layout: Layout): HTMLTableRowElement {
  return row.kind === 'event' ? eventRow(row, layout) : noticeRow(row.text, layout);
}

function eventRow({ vid, id, at, json }: EventRow, layout: Layout): HTMLTableRowElement {
  const made = make('tr', '');
  const vidCell = make('td', 'vid');
  const button = vidCell.appendChild(make('button', 'open', String(vid)));
  button.type = 'button';
  button.title = 'Show the whole event';
  const idCell = make('td', 'id', visible(id));
  idCell.title = id;
  made.append(vidCell, timeCell(at), idCell, ...dataCells(JSON.parse(json), layout));
  return made;
}

/**
 * Data that fits the columns stands in them; all else stands in one cell across them, so that no row is
 * blank.
 */
function dataCells(data: unknown, layout: Layout): HTMLTableCellElement[] {
  const { columns, rest, narrow, raw, fits } = layout;
  if (narrow || raw || !fits(data)) return [wholeCell(data, layout)];
  const cells = columns.map(({ key, numeric }) => {
    const has = isRecord(data) && Object.hasOwn(data, key);
    return make('td', numeric ? 'data number' : 'data', has ? valueText(data[key]) : '');
  });
  const others = rest ? restOf(data, columns) : undefined;
  if (rest) cells.push(make('td', 'data rest', others === undefined ? '' : jsonText(others)));
  cells.push(make('td', 'filler'));
  return cells;
}

function wholeCell(data: unknown, layout: Layout): HTMLTableCellElement {
  const { columns, narrow, chosen } = layout;
  // Where there is no room for columns, what somebody chose still says which members are shown, and in which order.
  const shown = narrow && chosen ? inOrder(data, columns) : data;
  const cell = layout.raw ? make('td', 'data') : pairsCell(shown);
  if (layout.raw) cell.append(make('div', 'pairs', jsonText(data)));
  cell.colSpan = dataColumns(layout);
  return cell;
}

/** How many columns the data has, with what is left over. */
function dataColumns({ columns, rest, narrow, raw }: Layout): number {
  return narrow || raw ? 1 : Math.max(1, columns.length) + (rest ? 1 : 0) + 1;
}

export function pairsCell(data: unknown): HTMLTableCellElement {
  const cell = make('td', 'data');
  const box = cell.appendChild(make('div', 'pairs'));
  for (const [place, [key, value]] of pairsText(data).entries()) {
    // The spaces are for whoever has it read out; the eye has the margins.
    if (place > 0) box.append(' ');
    const pair = make('span', 'pair');
    if (key !== '') pair.append(make('span', 'key', `${key}:`), ' ');
    pair.append(make('span', '', value));
    box.append(pair);
  }
  return cell;
}

function noticeRow(text: string, layout: Layout): HTMLTableRowElement {
  const row = make('tr', 'notice');
  const cell = row.appendChild(make('td', '', text));
  cell.title = text;
  cell.colSpan = FIXED.length + dataColumns(layout);
  return row;
}

/** Local time, always written the same way and equally wide; the exact UTC time is its title. */
export function timeCell(at: string): HTMLTableCellElement {
  const cell = make('td', 'time');
  const time = cell.appendChild(make('time', ''));
  time.dateTime = at;
  time.title = at;
  const local = dateAndClock(at);
  if (local === undefined) time.textContent = at;
  else time.append(make('span', 'date', `${local.date} `), make('b', '', local.clock));
  return cell;
}

const FIXED = ['Vid', 'Time', 'Id'];

interface Named {
  readonly name: string;
  readonly type: string;
  /** In characters; undefined: what is left over. */
  readonly width?: number;
}

/** The header and the widths of the columns, in the order of a row's cells. */
export function drawHead(table: HTMLTableElement, layout: Layout): void {
  const head = table.tHead?.rows[0];
  const cols = table.querySelector('colgroup');
  if (head === undefined || cols === null) throw new Error('index.html has no header in .events.');
  const named = dataHeads(layout);
  const all = [...FIXED.map((name): Named => ({ name, type: name.toLowerCase() })), ...named];
  head.replaceChildren(...all.map(({ name, type }) => headCell(name, type)));
  cols.replaceChildren(...all.map(({ type, width }) => columnElement(type, width)));
  if (layout.narrow || layout.raw) return;
  // What is left over belongs to no column: so a new one moves none of the others.
  head.append(make('td', 'filler'));
  cols.append(make('col', named.some(({ width }) => width === undefined) ? 'nothing' : 'filler'));
}

function dataHeads({ columns, rest, narrow, raw }: Layout): readonly Named[] {
  if (narrow || raw || columns.length === 0) return [{ name: 'Data', type: 'data' }];
  const named: Named[] = columns.map(({ key, numeric, width }) => ({
    name: visible(key.slice(0, 64)),
    type: numeric ? 'data number' : 'data',
    width,
  }));
  return rest ? [...named, { name: 'More', type: 'data', width: 40 }] : named;
}

function headCell(name: string, type: string): HTMLTableCellElement {
  const cell = make('th', type, name);
  cell.scope = 'col';
  cell.title = name;
  return cell;
}

function columnElement(type: string, width: number | undefined): HTMLTableColElement {
  const column = make('col', type);
  if (width !== undefined) column.style.width = `calc(${width}ch + 1.2rem)`;
  return column;
}

/** Arrow keys go from the button of one row to that of the next. */
export function walkRows(key: KeyboardEvent): void {
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[key.key];
  if (step === undefined || !(key.target instanceof Element)) return;
  const row = key.target.closest('tr')?.[step as 'nextElementSibling'];
  key.preventDefault();
  row?.querySelector<HTMLElement>('button')?.focus();
}
