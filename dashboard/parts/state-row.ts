/** The cells of one key. Only text nodes are made: whatever a producer sends, it cannot become markup. */
import { isRecord, valueText, visible } from '../model/cell-text.ts';
import type { StateRow } from '../model/state-rows.ts';
import { lasting } from '../model/wording.ts';
import { make, within } from './elements.ts';
import { write } from './frames.ts';
import { pairsCell, timeCell } from './table-row.ts';

export interface StateLayout {
  /** On a phone: two lines in a row, and one cell for both times. */
  readonly narrow: boolean;
  /** Whether keys of several channels stand in the table. */
  readonly several: boolean;
}

export function rowForKey(row: StateRow, { narrow, several }: StateLayout): HTMLTableRowElement {
  const made = make('tr', '');
  const keyCell = make('td', 'key-name');
  const name = several ? `${row.channel} ${visible(row.key)}` : visible(row.key);
  const button = keyCell.appendChild(make('button', 'open', name));
  button.type = 'button';
  button.title = `${name} · vid ${row.vid}`;
  const when = timeCell(row.at);
  const unchanged = narrow ? when.appendChild(make('span', 'unchanged')) : make('td', 'unchanged number');
  unchanged.title = `Since ${row.since}`;
  made.append(keyCell, valueCell(JSON.parse(row.json)), when, ...(narrow ? [] : [unchanged]));
  return made;
}

/** Writes for how long the row's value has been so. */
export function age(made: HTMLTableRowElement, { since }: StateRow, nowMs: number): void {
  write(within(made, 'unchanged', HTMLElement), lasting(nowMs - Date.parse(since)));
}

function valueCell(data: unknown): HTMLTableCellElement {
  if (isRecord(data)) return pairsCell(data);
  const cell = make('td', 'data');
  cell.append(make('div', 'pairs', valueText(data)));
  return cell;
}

/** The header and the widths of the columns, in the order of a row's cells. */
export function drawStateHead(table: HTMLTableElement, { narrow }: StateLayout): void {
  const head = table.tHead?.rows[0];
  const cols = table.querySelector('colgroup');
  if (head === undefined || cols === null) throw new Error('index.html has no header in .states.');
  const names = narrow ? ['Key', 'Value', 'When'] : ['Key', 'Value', 'When', 'Unchanged'];
  head.replaceChildren(
    ...names.map((name) => {
      const cell = make('th', name === 'Unchanged' ? 'number' : '', name);
      cell.scope = 'col';
      return cell;
    }),
  );
  cols.replaceChildren(...names.map((name) => make('col', `of-${name.toLowerCase()}`)));
}
