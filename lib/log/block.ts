/**
 * Blocks: the unit of the log. A block holds 1..100 events under consecutive vids and is written once,
 * whole, and never changed. Pure: numbers, sizes and cuts, no I/O.
 */

import { type Event, LIMITS } from '../protocol/doorbell.ts';
import type { NewBlock } from './ports.ts';
import type { QueuePlace } from './queue-mark.ts';
import type { Writers } from './writers.ts';

/** An event inside a block: its vid follows from its place, its time is the block's. */
export interface Entry {
  readonly id: string;
  /** Of which thing it tells; absent for an event that belongs to no key. */
  readonly key?: string;
  /** Within which time its producer promises the next one (`Event.expect`). */
  readonly expect?: string;
  /** Its data were taken out (`Event.redacted`). */
  readonly redacted?: true;
  readonly data: unknown;
}

/** What an entry may say besides its id, key and data. */
export type EntryExtras = Pick<Entry, 'expect' | 'redacted'>;

/** An event before it has a number. */
export interface NewEvent extends Entry {
  /** `data` as JSON text. */
  readonly json: string;
  /** Of `data` and key as JSON text, in UTF-8: what a block's size counts. */
  readonly bytes: number;
  /** Where it stands in the ingest queue, when it came from there. */
  readonly place?: QueuePlace;
}

export interface Block {
  readonly first: number;
  readonly last: number;
  readonly epoch: string;
  /** ISO 8601, UTC: when the block was appended. */
  readonly at: string;
  /** One per vid; none in a block that only skips numbers, or holds bytes. */
  readonly entries: readonly Entry[];
  /** Of a stream of bytes: each has a number. */
  readonly bytes?: Uint8Array;
  /** What it holds is not at hand: reading the log brings it. */
  readonly isBare?: true;
  /** The last number of the block is no event: it says that nothing follows in this log. */
  readonly mark?: Mark;
  /** Who has written to the log, as of after this block. */
  readonly writers?: Writers;
}

/** `closed`: the log is at its end. `deleted`: it is not its name's any more; whoever knows it by that name must look again. */
export type Mark = 'closed' | 'deleted';

/** When a block that is kept for good expires. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** A block as the log keeps it. */
export interface LogBlock extends Block {
  /** Names the attempt that wrote it, so that a writer knows its own block again after a lost answer. */
  readonly token: string;
  /** Unix time in ms from which on it may be gone. */
  readonly expires: number;
  /** Characters of its entries as JSON: about what it costs to read. */
  readonly textLength: number;
  /** How far the ingest queue's messages are in the log up to here (queue-mark.ts), where its writer knew. */
  readonly queueMark?: string;
}

/** Makes an event without a number; `id` must be unique within the channel's last 5 minutes to count as a new event. */
export function newEvent(id: string, data: unknown, key?: string, extras?: EntryExtras): NewEvent {
  const json = JSON.stringify(data);
  const bytes = Buffer.byteLength(json);
  const others = extras && extrasOf(extras);
  if (key === undefined) return { id, ...others, data, json, bytes };
  return { id, key, ...others, data, json, bytes: bytes + Buffer.byteLength(JSON.stringify(key)) };
}

function extrasOf({ expect, redacted }: EntryExtras): EntryExtras {
  return { ...(expect === undefined ? {} : { expect }), ...(redacted ? { redacted } : {}) };
}

/** UTF-8 bytes of `data` and keys in all events: what the limits of a block count. */
export function bytesOf(events: readonly NewEvent[]): number {
  return events.reduce((sum, one) => sum + one.bytes, 0);
}

/** How many numbers a block takes that holds this. */
export function widthOf({ events, bytes, mark }: Pick<NewBlock, 'events' | 'bytes' | 'mark'>): number {
  return events.length + (bytes?.byteLength ?? 0) + (mark ? 1 : 0);
}

/** True of a block that only skips numbers. */
export function isGap({ entries, bytes, mark, isBare }: Omit<Block, 'first'>): boolean {
  return entries.length === 0 && !bytes && !mark && !isBare;
}

/** True of ascending blocks after which the next one may stand anywhere. */
export function endsInGap(blocks: readonly Block[]): boolean {
  const last = blocks.at(-1);
  return !last || isGap(last);
}

/** The highest number that holds something: all but the mark's. */
export function dataEnd({ last, mark }: Pick<Block, 'last' | 'mark'>): number {
  return mark ? last - 1 : last;
}

/** True when so many events of so many bytes, as `bytesOf` counts them, make one block. */
export function fits(events: number, bytes: number): boolean {
  return events <= LIMITS.blockEvents && bytes <= LIMITS.blockBytes;
}

/** Splits a long sequence into batches of one block each, in order, as full as they can be; each is made when it is asked for. */
export function* intoBatches(events: Iterable<NewEvent>): Generator<readonly NewEvent[]> {
  let batch: NewEvent[] = [];
  let bytes = 0;
  for (const one of events) {
    if (batch.length === LIMITS.blockEvents || (batch.length > 0 && bytes + one.bytes > LIMITS.blockBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += one.bytes;
  }
  if (batch.length > 0) yield batch;
}

/** Of an entry's names, signs and comma, and of a key's. */
const ENTRY_LENGTH = '{"id":"","data":},'.length;
const KEY_LENGTH = '"key":"",'.length;
const EXPECT_LENGTH = '"expect":"",'.length;

/** The JSON text of a block's entries, as the log keeps it and a doorbell carries it. */
export function entriesJson(events: readonly NewEvent[]): string {
  return `[${events.map(entryJson).join(',')}]`;
}

function entryJson(entry: NewEvent): string {
  return `{"id":${JSON.stringify(entry.id)},${membersJson(entry)}"data":${entry.json}}`;
}

/** What stands before the data, each with its comma. */
function membersJson({ key, expect, redacted }: Entry): string {
  const keyed = key === undefined ? '' : `"key":${JSON.stringify(key)},`;
  const expecting = expect === undefined ? '' : `"expect":${JSON.stringify(expect)},`;
  return redacted ? `${keyed}${expecting}"redacted":true,` : `${keyed}${expecting}`;
}

/** Characters of that text, where no id or key needs an escape. */
export function entriesLength(events: readonly NewEvent[]): number {
  return events.reduce((sum, { id, key, expect, json }) => {
    const keyed = key === undefined ? 0 : key.length + KEY_LENGTH;
    const expecting = expect === undefined ? 0 : expect.length + EXPECT_LENGTH;
    return sum + id.length + json.length + keyed + expecting + ENTRY_LENGTH;
  }, 2);
}

/** An event whose data were written as JSON when they came: they need not be written again. */
class WrittenEvent implements Event {
  readonly vid: number;
  readonly id: string;
  readonly at: string;
  declare readonly key?: string;
  declare readonly expect?: string;
  readonly data: unknown;
  readonly #text: string;

  constructor(vid: number, at: string, entry: NewEvent) {
    const { id, key, expect, data, json } = entry;
    this.vid = vid;
    this.id = id;
    this.at = at;
    if (key !== undefined) this.key = key;
    if (expect !== undefined) this.expect = expect;
    this.data = data;
    this.#text = `{"vid":${vid},"id":${JSON.stringify(id)},"at":"${at}",${membersJson(entry)}"data":${json}}`;
  }

  static textOf(event: Event): string | undefined {
    return #text in event ? event.#text : undefined;
  }
}

/** The event as JSON. */
export function eventJson(event: Event): string {
  return WrittenEvent.textOf(event) ?? JSON.stringify(event);
}

/** The events of a block above `after`, ascending. */
export function eventsAfter(block: Block, after: number): Event[] {
  const skip = Math.max(0, after + 1 - block.first);
  return block.entries.slice(skip).map((entry, i) => eventOf(entry, block.first + skip + i, block.at));
}

function eventOf(entry: Entry | NewEvent, vid: number, at: string): Event {
  if ('json' in entry) return new WrittenEvent(vid, at, entry);
  const { id, key, expect, redacted, data } = entry;
  if (expect !== undefined || redacted)
    return { vid, id, at, ...(key === undefined ? {} : { key }), ...extrasOf(entry), data };
  return key === undefined ? { vid, id, at, data } : { vid, id, at, key, data };
}

/** Of a string in UTF-8, at most. */
const BYTES_A_CHARACTER = 3;

/** Cuts ascending events to at most `limit` and `maxBytes` of JSON, but keeps at least one. */
export function cut(events: readonly Event[], limit: number, maxBytes: number): readonly Event[] {
  const allowed = events.length > limit ? events.slice(0, limit) : events;
  let most = 0;
  for (const event of allowed) most += BYTES_A_CHARACTER * eventJson(event).length + 1;
  // As nearly always, so none need be counted.
  if (most <= maxBytes) return allowed;
  let bytes = 0;
  let count = 0;
  for (const event of allowed) {
    bytes += Buffer.byteLength(eventJson(event)) + 1;
    if (count > 0 && bytes > maxBytes) break;
    count++;
  }
  return count === allowed.length ? allowed : allowed.slice(0, count);
}

/** A block that this process has written, as its readers see it. */
export function blockOfNew({ first, last, epoch, at, events, bytes, mark, writers }: NewBlock): Block {
  return {
    first,
    last,
    epoch,
    at,
    entries: events,
    ...(bytes ? { bytes } : {}),
    ...(mark ? { mark } : {}),
    ...(writers ? { writers } : {}),
  };
}

/** Events that are in the log, without what they hold: what a ring without a block is about. */
export type VidRange = Pick<NewBlock, 'first' | 'last' | 'epoch'>;
