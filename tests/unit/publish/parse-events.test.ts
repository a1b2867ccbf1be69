/** What producers hand in: accepted as a whole, or refused with the name of the first thing wrong. */

import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { eventsOfBody, eventsOfLines, newEventsOf } from '../../../lib/publish/parse-events.ts';
import { refusal } from '../../support/publish/refusal.ts';

function counter(): () => string {
  let made = 0;
  return () => {
    made++;
    return `made-${made}`;
  };
}

/** JSON text of so many bytes, its quotes included. */
const text = (bytes: number) => 'x'.repeat(bytes - 2);
const events = (count: number, data: unknown = 1) => Array.from({ length: count }, () => ({ data }));

function nested(depth: number): unknown {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth));
}

const REFUSED: ReadonlyArray<{ what: string; body: unknown; code: string; field: string }> = [
  { what: 'no object', body: 12, code: 'bad-body', field: 'body' },
  { what: 'null', body: null, code: 'bad-body', field: 'body' },
  { what: 'text', body: 'data', code: 'bad-body', field: 'body' },
  { what: 'an object without data', body: {}, code: 'bad-body', field: 'data' },
  { what: 'an id without data', body: { id: 'a' }, code: 'bad-body', field: 'data' },
  { what: 'an id that is a number', body: { id: 1, data: 1 }, code: 'bad-body', field: 'id' },
  { what: 'an id that is null', body: { id: null, data: 1 }, code: 'bad-body', field: 'id' },
  { what: 'an empty id', body: { id: '', data: 1 }, code: 'bad-body', field: 'id' },
  {
    what: 'an id of 129 characters',
    body: { id: 'x'.repeat(LIMITS.idLength + 1), data: 1 },
    code: 'bad-body',
    field: 'id',
  },
  {
    what: 'a member that is not known',
    body: { data: 1, colour: 'red' },
    code: 'bad-body',
    field: 'colour',
  },
  {
    what: 'a member with the name of a method',
    body: { data: 1, toString: 'red' },
    code: 'bad-body',
    field: 'toString',
  },
  {
    what: 'data of 256 KiB and a byte',
    body: { data: text(LIMITS.eventBytes + 1) },
    code: 'too-large',
    field: 'data',
  },
  { what: 'an empty array', body: [], code: 'bad-body', field: 'body' },
  { what: 'an array of 101', body: events(LIMITS.blockEvents + 1), code: 'too-large', field: 'body' },
  {
    what: 'an array of 256 KiB and a byte',
    body: [...events(63, text(LIMITS.blockBytes / 64)), { data: text(LIMITS.blockBytes / 64 + 1) }],
    code: 'too-large',
    field: 'body',
  },
  { what: 'an array with null in it', body: [{ data: 1 }, null], code: 'bad-body', field: '[1]' },
  { what: 'an array in an array', body: [[{ data: 1 }]], code: 'bad-body', field: '[0].data' },
  {
    what: 'an array with an event without data',
    body: [{ data: 1 }, { data: 2 }, { id: 'c' }],
    code: 'bad-body',
    field: '[2].data',
  },
  {
    what: 'an array with a bad id',
    body: [{ data: 1 }, { id: '', data: 2 }],
    code: 'bad-body',
    field: '[1].id',
  },
  {
    what: 'an array with an unknown member',
    body: [{ data: 1, at: 'now' }],
    code: 'bad-body',
    field: '[0].at',
  },
  {
    what: 'an array with data that is too large',
    body: [{ data: 1 }, { data: text(LIMITS.eventBytes + 1) }],
    code: 'too-large',
    field: '[1].data',
  },
];

describe('draftsOfBody', () => {
  test.each([
    {
      what: 'a single event',
      body: { data: { a: 1 } },
      drafts: [['made-1', '{"a":1}']],
      hasProducerIds: false,
    },
    {
      what: 'a single event with an id',
      body: { id: 'a', data: 1 },
      drafts: [['a', '1']],
      hasProducerIds: true,
    },
    { what: 'null as data', body: { data: null }, drafts: [['made-1', 'null']], hasProducerIds: false },
    { what: 'false as data', body: { data: false }, drafts: [['made-1', 'false']], hasProducerIds: false },
    { what: 'an empty text as data', body: { data: '' }, drafts: [['made-1', '""']], hasProducerIds: false },
    { what: 'an array of one', body: [{ data: 1 }], drafts: [['made-1', '1']], hasProducerIds: false },
    {
      what: 'an array in its order, with ids where some are given',
      body: [{ data: 1 }, { id: 'b', data: 2 }, { data: 3 }],
      drafts: [
        ['made-1', '1'],
        ['b', '2'],
        ['made-2', '3'],
      ],
      hasProducerIds: true,
    },
    {
      what: 'the same id twice',
      body: [
        { id: 'a', data: 1 },
        { id: 'a', data: 2 },
      ],
      drafts: [
        ['a', '1'],
        ['a', '2'],
      ],
      hasProducerIds: true,
    },
  ])('takes $what', ({ body, drafts, hasProducerIds }) => {
    const taken = eventsOfBody(body, counter());

    expect(taken.events.map(({ id, json }) => [id, json])).toEqual(drafts);
    expect(taken.hasProducerIds).toBe(hasProducerIds);
  });

  test.each([
    { what: 'an id of 1 character', body: { id: 'x', data: 1 } },
    { what: 'an id of 128 characters', body: { id: 'x'.repeat(LIMITS.idLength), data: 1 } },
    { what: 'data of 256 KiB', body: { data: text(LIMITS.eventBytes) } },
    { what: 'an array of 100', body: events(LIMITS.blockEvents) },
    { what: 'an array of 256 KiB', body: events(64, text(LIMITS.blockBytes / 64)) },
    { what: 'data nested 100 deep', body: { data: nested(100) } },
  ])('takes $what', ({ body }) => {
    expect(() => eventsOfBody(body, counter())).not.toThrow();
  });

  test.each(REFUSED)('refuses $what, and names it', ({ body, code, field }) => {
    const refused = refusal(() => eventsOfBody(body, counter()));

    expect(refused).toMatchObject({ code, field });
    expect(refused.message).toMatch(/\.$/);
    expect(refused.message.length).toBeLessThan(200);
  });

  test('measures data in UTF-8 bytes', () => {
    const umlauts = 'ü'.repeat((LIMITS.eventBytes - 2) / 2);

    const [taken] = eventsOfBody({ data: umlauts }, counter()).events;
    const refused = refusal(() => eventsOfBody({ data: `${umlauts}ü` }, counter()));

    expect(taken?.bytes).toBe(LIMITS.eventBytes);
    expect(refused.message).toContain(String(LIMITS.eventBytes + 2));
  });

  test('refuses data that is nested too deeply to be written as JSON', () => {
    const refused = refusal(() => eventsOfBody({ data: nested(100_000) }, counter()));

    expect(refused).toMatchObject({ code: 'bad-body', field: 'data' });
  });

  test('takes no data that can be logged but not answered: one such event would stop every reader of its channel', () => {
    const deepest = deepestTaken();

    const answer = { channels: [{ events: [{ data: nested(deepest) }] }] };

    expect(() => JSON.stringify(answer)).not.toThrow();
  });

  test('tells no data in its message', () => {
    const secret = 'hunter2';

    const refused = refusal(() => eventsOfBody({ id: [secret], data: secret }, counter()));

    expect(refused.message).not.toContain(secret);
  });
});

/** How deep data may be nested to be taken, found by halving. */
function deepestTaken(): number {
  let taken = 1;
  let refused = 100_000;
  while (refused - taken > 1) {
    const middle = Math.floor((taken + refused) / 2);
    try {
      eventsOfBody({ data: nested(middle) }, counter());
      taken = middle;
    } catch {
      refused = middle;
    }
  }
  return taken;
}

describe('draftsOfLines', () => {
  test('takes a line as data, and passes over empty lines', () => {
    const drafts = [...eventsOfLines('{"a":1}\n\n"two"\r\n \t\nnull\n', counter())];

    expect(drafts.map(({ id, json }) => [id, json])).toEqual([
      ['made-1', '{"a":1}'],
      ['made-2', '"two"'],
      ['made-3', 'null'],
    ]);
  });

  test('takes an object with id and data as data like any other', () => {
    const drafts = [...eventsOfLines('{"id":"a","data":1}', counter())];

    expect(drafts.map(({ id, json }) => [id, json])).toEqual([['made-1', '{"id":"a","data":1}']]);
  });

  test('takes more lines than a block holds', () => {
    expect([...eventsOfLines('1\n'.repeat(1000), counter())]).toHaveLength(1000);
  });

  test.each([
    { what: 'no lines', lines: '', code: 'bad-body', field: 'body' },
    { what: 'only empty lines', lines: '\n \n\r\n', code: 'bad-body', field: 'body' },
    { what: 'a line that is not JSON', lines: '1\n\n{broken\n2', code: 'bad-body', field: 'line 3' },
    { what: 'two values on a line', lines: '1 2', code: 'bad-body', field: 'line 1' },
    {
      what: 'a line that is too large',
      lines: `1\n"${text(LIMITS.eventBytes + 1)}"`,
      code: 'too-large',
      field: 'line 2',
    },
  ])('refuses $what, and names it', ({ lines, code, field }) => {
    expect(refusal(() => eventsOfLines(lines, counter()))).toMatchObject({ code, field });
  });

  test('takes a line of 256 KiB', () => {
    expect([...eventsOfLines(`"${text(LIMITS.eventBytes)}"`, counter())][0]?.bytes).toBe(LIMITS.eventBytes);
  });
});

describe('draftsOf', () => {
  test('names events and their faults by the path that it is given', () => {
    const { events: drafts } = newEventsOf(
      [{ data: 1 }, { data: 2 }],
      () => '',
      (i) => `message.${i}`,
    );
    const refused = refusal(() => newEventsOf([{ data: 1 }, {}], (i) => `events[${i}].`, counter()));

    expect(drafts.map(({ id }) => id)).toEqual(['message.0', 'message.1']);
    expect(refused.field).toBe('events[1].data');
  });
});
