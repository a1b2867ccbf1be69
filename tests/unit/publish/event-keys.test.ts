/** The key of an event: from what a producer hands in to what a reader gets. */

import { describe, expect, test } from 'vitest';
import { bytesOf, entriesJson, eventsAfter, intoBatches, newEvent } from '../../../lib/log/block.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { parseMessage } from '../../../lib/publish/ingest.ts';
import { keyAt } from '../../../lib/publish/key-pointer.ts';
import { eventsOfBody, eventsOfLines } from '../../../lib/publish/parse-events.ts';
import { parseDoorbell, ringText } from '../../../lib/wakeup/doorbell.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { refusal } from '../../support/publish/refusal.ts';

const newId = () => 'made';
const AT = '2026-01-01T00:00:00.000Z';
const LONGEST = 'k'.repeat(LIMITS.keyLength);
/** JSON text of so many bytes, its quotes included. */
const text = (bytes: number) => 'x'.repeat(bytes - 2);

describe('what a producer hands in', () => {
  test.each(['door-3', 'Tür „Süd“', '__proto__', LONGEST])('a body may name the key %s', (key) => {
    const { events } = eventsOfBody([{ key, data: 1 }, { data: 2 }], newId);

    expect(events.map((one) => one.key)).toEqual([key, undefined]);
  });

  test.each([[''], [`${LONGEST}k`], ['a\nb'], ['\ud800'], [3], [null], [{}]])(
    'the key %j is refused by its name',
    (key) => {
      expect(refusal(() => eventsOfBody([{ data: 1 }, { key, data: 1 }], newId))).toEqual({
        code: 'bad-body',
        field: '[1].key',
        message: '[1].key must be 1 to 256 characters, none of them a control character.',
      });
    },
  );

  test('each line has its key where the pointer says', () => {
    const lines = '{"door":"a"}\n\n{"door":"b"}\n';

    const events = [...eventsOfLines(lines, newId, keyAt('/door', 'doorbell-key'))];

    expect(events.map(({ key, data }) => [key, data])).toEqual([
      ['a', { door: 'a' }],
      ['b', { door: 'b' }],
    ]);
  });

  test('a line without its key is refused before any line is taken', () => {
    const refused = refusal(() => eventsOfLines('{"door":"a"}\n\n{}', newId, keyAt('/door', 'doorbell-key')));

    expect(refused).toMatchObject({ code: 'bad-body', field: 'line 3' });
  });

  test('a message of the ingest queue may name keys', () => {
    const one = parseMessage({ id: 'm', group: 'doors', body: '{"channel":"doors","key":"a","data":null}' });
    const many = parseMessage({
      id: 'm',
      group: 'doors',
      body: '{"channel":"doors","events":[{"key":"b","data":1},{"data":2}]}',
    });

    expect([...one.events, ...many.events].map(({ key }) => key)).toEqual(['a', 'b', undefined]);
  });
});

describe('sizes', () => {
  test('a block counts keys beside data', () => {
    expect(bytesOf([newEvent('a', 'xy', 'k"')])).toBe('"xy"'.length + '"k\\""'.length);
  });

  test('one event may be as large as it may be, whatever its key', () => {
    const { events } = eventsOfBody([{ key: LONGEST, data: text(LIMITS.eventBytes) }], newId);

    expect([...intoBatches(events)]).toHaveLength(1);
  });

  test('several that are too large together with their keys are no block', () => {
    const half = text(LIMITS.blockBytes / 2);

    const refused = refusal(() => eventsOfBody([{ key: 'a', data: half }, { data: half }], newId));

    expect(refused).toMatchObject({ code: 'too-large', field: 'body' });
    const events = [newEvent('1', half, 'a'), newEvent('2', half)];
    expect([...intoBatches(events)].map((batch) => batch.length)).toEqual([1, 1]);
  });
});

describe('what a reader gets', () => {
  const events = [newEvent('1', { open: true }, 'a'), newEvent('2', 'plain'), newEvent('3', null, 'a')];
  const SEEN = [
    { vid: 7, id: '1', at: AT, key: 'a', data: { open: true } },
    { vid: 8, id: '2', at: AT, data: 'plain' },
    { vid: 9, id: '3', at: AT, key: 'a', data: null },
  ];

  test('the log gives keys back, and none to events without', () => {
    const entries = JSON.parse(entriesJson(events));

    expect(eventsAfter({ first: 7, last: 9, epoch: 'e', at: AT, entries }, 6)).toEqual(SEEN);
  });

  test('a ring carries keys too', () => {
    const ring = parseDoorbell(ringText('doors', newBlock(7, events, { at: AT }))('nonce'));

    const block = ring?.kind === 'ring' ? ring.block : undefined;
    expect(block && eventsAfter(block, 6)).toEqual(SEEN);
  });
});
