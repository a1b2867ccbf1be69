/** What one value of an event looks like in one line. Whatever a producer sends, it is shown as what it is, and cut where it is long. Pure. */

/** Characters of one value in the table: more than the widest column holds. The whole event is shown where it is asked for. */
export const CELL_CHARACTERS = 300;

/** A string that would look like another JSON value, or like nothing, keeps its quotes. */
const NEEDS_QUOTES = /^\s*$|^\s|\s$|^(?:true|false|null)$|^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$|^["[{]/;

/**
 * Characters that are not seen and change what is: controls, and those that turn the direction of what follows (Unicode bidirectional
 * embeddings, overrides and isolates), with which a text can pass for another one.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** In a cell under its key: strings without quotes where they cannot be mistaken. */
export function valueText(value: unknown): string {
  if (typeof value !== 'string') return jsonText(value);
  return NEEDS_QUOTES.test(value.slice(0, CELL_CHARACTERS))
    ? jsonText(value)
    : cut(visible(value.slice(0, CELL_CHARACTERS + 1)));
}

/** As JSON, for a value that stands by itself. */
export function jsonText(value: unknown): string {
  // No need to write out what is cut anyway.
  const short = typeof value === 'string' ? value.slice(0, CELL_CHARACTERS + 1) : value;
  return cut(visible(JSON.stringify(short) ?? ''));
}

/** Unseen characters are written out, as JSON would write them. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (one) => SHORT[one] ?? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `key: value  key: value`, for where there is no room for columns. */
export function pairsText(data: unknown): ReadonlyArray<readonly [key: string, value: string]> {
  if (!isRecord(data)) return [['', jsonText(data)]];
  const pairs: Array<readonly [string, string]> = [];
  let length = 0;
  for (const key in data) {
    if (length > CELL_CHARACTERS) {
      pairs.push(['', '…']);
      break;
    }
    const pair = [cut(visible(key)), valueText(data[key])] as const;
    length += pair[0].length + pair[1].length;
    pairs.push(pair);
  }
  return pairs;
}

/** An object with at least one member: what columns can be made of. */
export function isRecord(data: unknown): data is Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  for (const _ in data) return true;
  return false;
}

function cut(text: string): string {
  return text.length > CELL_CHARACTERS ? `${text.slice(0, CELL_CHARACTERS)}…` : text;
}
