/** A block as an item of the events table, and back. A Doorbell without streams takes a block of bytes, or a mark, for skipped numbers. */

import { entriesJson, type LogBlock, type Mark, NEVER } from '../../log/block.ts';
import type { NewBlock } from '../../log/ports.ts';
import { writersOf, writersText } from '../../log/writers.ts';
import { parseJson } from '../../runtime/json.ts';
import { type Item, number, optionalNumber, optionalText, text, ttl } from './items.ts';

/**
 * A channel's first block is written before its own item. Until that stands, TTL must not take the block: its number would be given again,
 * and nothing would tell. So its time is kept under this name, which TTL does not look at.
 */
export const BIRTH_EXPIRES = 'birthExpires';

/** Where the parts of a large block stand: from `at` on, below the numbers of the log. */
export interface PartsRef {
  readonly at: number;
  readonly count: number;
  /** All of them together. */
  readonly bytes: number;
  readonly holds: 'events' | 'bytes';
}

/** A block as its item says it. */
export type ItemBlock = LogBlock & { readonly parts?: PartsRef };

/** With `parts`, what the block holds stands there. */
export function itemOf(channel: string, block: NewBlock, parts?: PartsRef): Item {
  const { first, last, epoch, at, token, expires, events, bytes, mark, writers, queueMark } = block;
  const name = first === 1 && events.length > 0 ? BIRTH_EXPIRES : 'expires';
  return {
    channel: { S: channel },
    vid: { N: String(first) },
    last: { N: String(last) },
    epoch: { S: epoch },
    at: { S: at },
    token: { S: token },
    events: { S: parts ? '[]' : entriesJson(events) },
    ...(bytes && !parts ? { bytes: { B: bytes } } : {}),
    ...(parts ? { parts: { S: JSON.stringify(parts) } } : {}),
    ...(mark ? { mark: { S: mark } } : {}),
    ...(writers ? { writers: { S: writersText(writers) } } : {}),
    ...(queueMark === undefined ? {} : { queueMark: { S: queueMark } }),
    ...(expires === NEVER ? {} : { [name]: ttl(expires) }),
  };
}

export function blockOf(item: Item): ItemBlock {
  const events = text(item, 'events');
  const entries: unknown = parseJson(events);
  if (!Array.isArray(entries)) throw new Error('attribute events is not a JSON array');
  const expires = optionalNumber(item, BIRTH_EXPIRES) ?? optionalNumber(item, 'expires');
  const bytes = item.bytes?.B;
  const mark = optionalText(item, 'mark');
  const writers = optionalText(item, 'writers');
  const parts = optionalText(item, 'parts');
  const queueMark = optionalText(item, 'queueMark');
  return {
    first: number(item, 'vid'),
    last: number(item, 'last'),
    epoch: text(item, 'epoch'),
    at: text(item, 'at'),
    token: text(item, 'token'),
    expires: expires === undefined ? NEVER : expires * 1000,
    entries,
    textLength: events.length + (bytes?.byteLength ?? 0),
    ...(bytes === undefined ? {} : { bytes }),
    ...(parts === undefined ? {} : { parts: JSON.parse(parts) as PartsRef, isBare: true }),
    ...(mark === undefined ? {} : { mark: markOf(mark) }),
    ...(writers === undefined ? {} : { writers: writersOf(writers) }),
    ...(queueMark === undefined ? {} : { queueMark }),
  };
}

function markOf(text: string): Mark {
  if (text === 'closed' || text === 'deleted') return text;
  throw new Error('attribute mark is not one that is known here');
}
