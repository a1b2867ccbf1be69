/** What one answer to a reader holds: the messages, or bytes, after a place, as far as they are at hand. Pure. */

import { type Block, dataEnd, type Entry, type NewEvent } from '../log/block.ts';
import { LIMITS } from '../protocol/doorbell.ts';

export interface Page {
  /** Messages as JSON texts, or pieces of bytes. */
  readonly parts: readonly string[] | readonly Uint8Array[];
  /** Where the next answer begins. */
  readonly next: number;
  /** Nothing follows in the log. */
  readonly isLast: boolean;
  /** This life is over. */
  readonly isDeleted: boolean;
  /** Numbers after the place that are not kept any more, in front of everything. */
  readonly missed: number;
}

/** Messages of a stream of JSON. `blocks` hold what comes after `after`, ascending. */
export function jsonPage(blocks: readonly Block[], after: number): Page {
  const parts: string[] = [];
  let bytes = 0;
  let next = after;
  for (const block of blocks) {
    const skip = Math.max(0, after + 1 - block.first);
    for (let i = skip; i < block.entries.length; i++) {
      const text = jsonOf(block.entries[i]);
      bytes += Buffer.byteLength(text) + 1;
      if (parts.length > 0 && bytes > LIMITS.answerBytes)
        return { parts, next, isLast: false, isDeleted: false, missed: missedBefore(blocks, after) };
      parts.push(text);
      next = block.first + i;
    }
    next = Math.max(next, dataEnd(block));
  }
  return { parts, next, ...endOf(blocks), missed: missedBefore(blocks, after) };
}

/** Bytes of any other stream. */
export function bytesPage(blocks: readonly Block[], after: number): Page {
  const parts: Uint8Array[] = [];
  let room: number = LIMITS.answerBytes;
  let next = after;
  for (const block of blocks) {
    const piece = block.bytes?.subarray(Math.max(0, after + 1 - block.first));
    if (piece && piece.byteLength > room) {
      parts.push(piece.subarray(0, room));
      next = Math.max(after, block.first - 1) + room;
      return { parts, next, isLast: false, isDeleted: false, missed: missedBefore(blocks, after) };
    }
    if (piece && piece.byteLength > 0) parts.push(piece);
    room -= piece?.byteLength ?? 0;
    next = Math.max(next, dataEnd(block));
  }
  return { parts, next, ...endOf(blocks), missed: missedBefore(blocks, after) };
}

const bodies = new WeakMap<Page, Uint8Array<ArrayBuffer>>();

/** The page as a body, which is not to be changed: it is made once for all readers who share the page. */
export function bodyOf(page: Page, isJson: boolean): Uint8Array<ArrayBuffer> {
  const known = bodies.get(page);
  if (known) return known;
  const { parts } = page;
  const body = isJson
    ? new TextEncoder().encode(`[${parts.join(',')}]`)
    : joined(parts as readonly Uint8Array[]);
  bodies.set(page, body);
  return body;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.byteLength;
  }
  return body;
}

/** What this process has appended itself is there as JSON already. */
function jsonOf(entry: Entry | NewEvent | undefined): string {
  return entry && 'json' in entry ? entry.json : JSON.stringify(entry?.data);
}

function endOf(blocks: readonly Block[]): Pick<Page, 'isLast' | 'isDeleted'> {
  const mark = blocks.at(-1)?.mark;
  return { isLast: mark === 'closed', isDeleted: mark === 'deleted' };
}

function missedBefore(blocks: readonly Block[], after: number): number {
  const first = blocks[0]?.first ?? after + 1;
  return Math.max(0, first - after - 1);
}
