/**
 * Which events a text chooses. Words, all of which must be found, in any order and case; `"two words"` as they stand; `-word` must not be found;
 * `key:word` is looked for in that member of the data alone. Pure.
 */
import { isRecord, valueText } from './cell-text.ts';
import type { EventRow, Match } from './rows.ts';

interface Term {
  readonly wanted: boolean;
  readonly key: string | undefined;
  /** In lower case. */
  readonly word: string;
}

const TERM = /(-?)(?:([^\s":]+):)?(?:"([^"]*)"?|(\S+))/g;

/** Undefined: the text chooses everything. */
export function filterOf(text: string): Match | undefined {
  const terms = [...text.matchAll(TERM)].map(termOf).filter(({ word }) => word !== '');
  if (terms.length === 0) return undefined;
  return (row) => terms.every((term) => found(term, row) === term.wanted);
}

function termOf([, minus, key, quoted, word = '']: RegExpMatchArray): Term {
  return { wanted: minus === '', key, word: (quoted ?? word).toLowerCase() };
}

function found({ key, word }: Term, { id, vid, key: of = '', json }: EventRow): boolean {
  if (key === undefined) {
    return [json, of, id].some((text) => text.toLowerCase().includes(word)) || String(vid) === word;
  }
  // Most events are passed over without being read.
  if (!json.includes(JSON.stringify(key))) return false;
  const data: unknown = JSON.parse(json);
  return isRecord(data) && Object.hasOwn(data, key) && valueText(data[key]).toLowerCase().includes(word);
}
