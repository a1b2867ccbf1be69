/**
 * What a block holds, as one text: the array of its events; or an object, where it holds bytes, ends with a mark, or says who has written. Only
 * the first form is known to a Doorbell without streams, which does not open a file of this version.
 */

import { type Block, entriesJson, type LogBlock, type Mark } from '../log/block.ts';
import type { NewBlock } from '../log/ports.ts';
import { type Writers, writersOf, writersText } from '../log/writers.ts';
import { parseJson } from '../runtime/json.ts';

type Content = Pick<LogBlock, 'entries' | 'bytes' | 'mark' | 'writers' | 'queueMark'>;

/** Of the text: `e` entries, `b` bytes in base64, `m` mark, `w` writers as text, `q` how far the ingest queue is in. */
interface Whole {
  readonly e: Block['entries'];
  readonly b?: string;
  readonly m?: Mark;
  readonly w?: string;
  readonly q?: string;
}

export function contentText({
  events,
  bytes,
  mark,
  writers,
  queueMark,
}: Pick<NewBlock, 'events' | 'bytes' | 'mark' | 'writers' | 'queueMark'>): string {
  const entries = entriesJson(events);
  if (!bytes && !mark && !writers && queueMark === undefined) return entries;
  const others = JSON.stringify({
    ...(bytes ? { b: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') } : {}),
    ...(mark ? { m: mark } : {}),
    ...(writers ? { w: writersText(writers) } : {}),
    ...(queueMark === undefined ? {} : { q: queueMark }),
  });
  return `{"e":${entries},${others.slice(1)}`;
}

/** Undefined when the text is something else. */
export function contentOf(text: string): Content | undefined {
  const parsed = parseJson(text) as Whole | Block['entries'];
  if (isEntries(parsed)) return { entries: parsed };
  const { e: entries, b, m, w, q } = parsed;
  if (!Array.isArray(entries)) return undefined;
  return {
    entries,
    ...(b === undefined ? {} : { bytes: Buffer.from(b, 'base64') }),
    ...(m === undefined ? {} : { mark: m }),
    ...(w === undefined ? {} : { writers: writers(w) }),
    ...(q === undefined ? {} : { queueMark: q }),
  };
}

/** How many events, or bytes, a block holds. */
export function widthOfContent({ entries, bytes }: Pick<Block, 'entries' | 'bytes'>): number {
  return bytes?.byteLength ?? entries.length;
}

function isEntries(parsed: Whole | Block['entries']): parsed is Block['entries'] {
  return Array.isArray(parsed);
}

function writers(text: string): Writers {
  return writersOf(text);
}
