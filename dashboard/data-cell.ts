/**
 * Shows one event's data. A flat object becomes a line of keys and values, everything else its JSON. Only text
 * nodes are made: whatever a producer sends, it cannot become markup. Long data is cut, and says so.
 */
import { make } from './elements.ts';

/** Characters shown of one event: 500 rows of the largest events would be 128 MB of text in the page. */
const SHOWN = 2_000;
/** A flat object with more members than this is read better as JSON. */
const PAIRS = 16;

export function dataCell(data: unknown): HTMLTableCellElement {
  const cell = make('td', 'data');
  const box = cell.appendChild(make('div', 'value'));
  const json = JSON.stringify(data);
  if (json.length <= SHOWN && isFlat(data)) {
    for (const [key, value] of Object.entries(data)) box.append(pair(key, value), ' ');
  } else {
    box.append(make('span', '', json.slice(0, SHOWN)));
  }
  if (json.length > SHOWN) {
    box.append(make('span', 'key', ` … ${(json.length - SHOWN).toLocaleString('en')} characters more`));
  }
  return cell;
}

function pair(key: string, value: unknown): HTMLElement {
  // The spaces are for whoever copies the row or has it read out; the eye has the margins.
  const span = make('span', 'pair');
  span.append(make('span', 'key', `${key}:`), ' ', make('span', '', showValue(value)));
  return span;
}

/** A string without its quotes, unless it would then look like another value or like nothing. */
function showValue(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

function isFlat(data: unknown): data is Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  const values = Object.values(data);
  if (values.length === 0 || values.length > PAIRS) return false;
  return values.every((value) => typeof value !== 'object' || value === null);
}
