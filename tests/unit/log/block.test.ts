/** Blocks: sizes, packing and cutting. */

import { describe, expect, test } from 'vitest';
import {
  type Block,
  bytesOf,
  cut,
  entriesJson,
  eventsAfter,
  fits,
  intoBatches,
  type NewEvent,
  newEvent,
} from '../../../lib/log/block.ts';
import { type Event, LIMITS } from '../../../lib/protocol/doorbell.ts';

const newEvents = (count: number, bytes = 1): NewEvent[] =>
  Array.from({ length: count }, (_, i) => ({ id: `id-${i}`, data: 1, json: '1', bytes }));

const event = (vid: number, data: unknown = null): Event => ({
  vid,
  id: `id-${vid}`,
  at: '2026-01-01T00:00:00.000Z',
  data,
});

const sizes = (batches: ReadonlyArray<readonly NewEvent[]>) => batches.map((batch) => batch.length);

describe('draft', () => {
  test.each([
    { what: 'a number', data: 12, bytes: 2 },
    { what: 'null', data: null, bytes: 4 },
    { what: 'text with its quotes', data: 'abc', bytes: 5 },
    { what: 'an umlaut as two bytes', data: 'ü', bytes: 4 },
    { what: 'the euro sign as three bytes', data: '€', bytes: 5 },
    { what: 'a door outside the basic plane as four bytes', data: '🚪', bytes: 6 },
    { what: 'a control character as JSON escapes it', data: '\u0000', bytes: 8 },
    { what: 'half a surrogate pair as JSON escapes it', data: '\ud83d', bytes: 8 },
  ])('measures $what in UTF-8', ({ data, bytes }) => {
    const one = newEvent('a', data);

    expect(one.bytes).toBe(bytes);
    expect(Buffer.byteLength(one.json)).toBe(bytes);
  });

  test('keeps the data as JSON writes it', () => {
    const one = newEvent('a', { b: [1, 'zwei', null], a: undefined });

    expect(one).toMatchObject({ id: 'a', json: '{"b":[1,"zwei",null]}', bytes: 21 });
  });
});

describe('bytesOf', () => {
  test('adds up the data of all drafts', () => {
    expect(bytesOf([])).toBe(0);
    expect(bytesOf([newEvent('a', 'ü'), newEvent('long id', 1)])).toBe(5);
  });
});

describe('fits', () => {
  const { blockEvents, blockBytes } = LIMITS;
  test.each([
    { what: 'as much as a block holds', events: blockEvents, bytes: blockBytes, expected: true },
    { what: 'one event too many', events: blockEvents + 1, bytes: 1, expected: false },
    { what: 'one byte too many', events: 1, bytes: blockBytes + 1, expected: false },
  ])('says $expected to $what', ({ events, bytes, expected }) => {
    expect(fits(events, bytes)).toBe(expected);
  });
});

describe('intoBatches', () => {
  test('makes no batch of nothing', () => {
    expect([...intoBatches([])]).toEqual([]);
  });

  test.each([
    { count: 1, expected: [1] },
    { count: 99, expected: [99] },
    { count: 100, expected: [100] },
    { count: 101, expected: [100, 1] },
    { count: 250, expected: [100, 100, 50] },
  ])('makes $expected of $count small events', ({ count, expected }) => {
    expect(sizes([...intoBatches(newEvents(count))])).toEqual(expected);
  });

  test('fills a batch to the last byte, and begins the next with what does not fit', () => {
    const quarter = LIMITS.blockBytes / 4;

    const batches = [
      ...intoBatches([...newEvents(4, quarter), ...newEvents(3, quarter), ...newEvents(1, quarter + 1)]),
    ];

    expect(sizes(batches)).toEqual([4, 3, 1]);
  });

  test('puts events that fill a block each into batches of their own', () => {
    const batches = [...intoBatches(newEvents(3, LIMITS.blockBytes))];

    expect(sizes(batches)).toEqual([1, 1, 1]);
  });

  test('keeps the order and loses nothing', () => {
    const all = Array.from({ length: 333 }, (_, i) => newEvent(`id-${i}`, 'x'.repeat((i * 97) % 9000)));

    const batches = [...intoBatches(all)];

    expect(batches.flat()).toEqual(all);
    for (const batch of batches) expect(fits(batch.length, bytesOf(batch))).toBe(true);
  });
});

describe('entriesJson', () => {
  test.each([
    { what: 'nothing', given: [], expected: [] },
    { what: 'one event', given: [newEvent('a', { b: 1 })], expected: [{ id: 'a', data: { b: 1 } }] },
    {
      what: 'ids and data that need escaping',
      given: [newEvent('"\\\n', 'ü"🚪'), newEvent('b', null)],
      expected: [
        { id: '"\\\n', data: 'ü"🚪' },
        { id: 'b', data: null },
      ],
    },
  ])('writes $what as JSON', ({ given, expected }) => {
    expect(JSON.parse(entriesJson(given))).toEqual(expected);
  });
});

describe('eventsAfter', () => {
  const block: Block = {
    first: 5,
    last: 7,
    epoch: 'e1',
    at: '2026-01-01T00:00:00.000Z',
    entries: [
      { id: 'a', data: 1 },
      { id: 'b', data: 2 },
      { id: 'c', data: 3 },
    ],
  };

  test.each([
    { after: 0, expected: [5, 6, 7] },
    { after: 4, expected: [5, 6, 7] },
    { after: 5, expected: [6, 7] },
    { after: 6, expected: [7] },
    { after: 7, expected: [] },
    { after: 100, expected: [] },
  ])('gives $expected after $after', ({ after, expected }) => {
    expect(eventsAfter(block, after).map(({ vid }) => vid)).toEqual(expected);
  });

  test("numbers an event by its place and gives it the block's time", () => {
    expect(eventsAfter(block, 6)).toEqual([{ vid: 7, id: 'c', at: block.at, data: 3 }]);
  });
});

describe('cut', () => {
  const events = [event(1), event(2), event(3), event(4)];
  /** Bytes of one of them in an answer, its comma included. */
  const each = Buffer.byteLength(JSON.stringify(event(1))) + 1;

  test('hands back what is short enough', () => {
    expect(cut(events, 4, each * 4)).toBe(events);
  });

  test.each([
    { what: 'at the limit', limit: 3, maxBytes: 1e6, expected: 3 },
    { what: 'before the event that passes the size', limit: 10, maxBytes: each * 3 - 1, expected: 2 },
    { what: 'not before an event that just fills the size', limit: 10, maxBytes: each * 3, expected: 3 },
    { what: 'but keeps one, however large', limit: 10, maxBytes: 1, expected: 1 },
    { what: 'but keeps one where there is no room at all', limit: 10, maxBytes: 0, expected: 1 },
  ])('cuts $what', ({ limit, maxBytes, expected }) => {
    expect(cut(events, limit, maxBytes)).toEqual(events.slice(0, expected));
  });

  test('counts UTF-8 bytes, not characters', () => {
    const doors = [event(1, '🚪'.repeat(100)), event(2, '🚪'.repeat(100))];

    const kept = cut(doors, 10, 2 * (each + 200));

    expect(kept).toHaveLength(1);
  });

  test('makes nothing of nothing', () => {
    expect(cut([], 10, 100)).toEqual([]);
  });
});
