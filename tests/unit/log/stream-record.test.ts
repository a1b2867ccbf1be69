/** What is recorded of a stream: when it ends, and what its log is called. */

import { describe, expect, test } from 'vitest';
import {
  endOf,
  isJson,
  isOwnLog,
  liveRecord,
  logName,
  mediaType,
  recordOf,
  type StreamRecord,
} from '../../../lib/log/stream-record.ts';
import { CHANNEL_PATTERN } from '../../../lib/protocol/doorbell.ts';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const RECORD: StreamRecord = {
  state: 'live',
  log: 'notes~1~abcdefgh',
  stamp: NOW,
  contentType: 'text/plain',
  touchedAt: NOW,
  base: 0,
  segments: [],
};

describe('a stream ends', () => {
  test.each([
    { what: 'never, where nothing was asked for', more: {}, end: Number.POSITIVE_INFINITY },
    { what: 'when nobody has touched it for its time', more: { ttlS: 60 }, end: NOW + 60_000 },
    { what: 'when it was said to', more: { expiresAt: '2026-01-01T00:01:00Z' }, end: NOW + 60_000 },
    {
      what: 'when the first of the two has come',
      more: { ttlS: 600, expiresAt: '2026-01-01T00:01:00Z' },
      end: NOW + 60_000,
    },
  ])('$what', ({ more, end }) => {
    expect(endOf({ ...RECORD, ...more })).toBe(end);
  });

  test('at the moment of its end, and is there until then', () => {
    const record = { ...RECORD, ttlS: 60 };

    expect(liveRecord(record, NOW + 59_999)).toBe(record);
    expect(liveRecord(record, NOW + 60_000)).toBeUndefined();
  });

  test('when it is deleted', () => {
    expect(liveRecord({ ...RECORD, state: 'deleted' }, NOW)).toBeUndefined();
    expect(liveRecord(undefined, NOW)).toBeUndefined();
  });
});

describe('the log of a life', () => {
  const name = logName('notes', 7, 'abcdefgh-ijkl');

  test('has a name that no channel can have, and that tells lives apart', () => {
    expect(name).not.toMatch(CHANNEL_PATTERN);
    expect(name).not.toBe(logName('notes', 8, 'abcdefgh-ijkl'));
    expect(name).not.toBe(logName('notes', 7, 'zbcdefgh-ijkl'));
  });

  test('is told from the log of a channel', () => {
    expect([isOwnLog(name), isOwnLog('notes')]).toEqual([true, false]);
  });
});

test('a record is read as it was written, and anything else is refused', () => {
  const record: StreamRecord = {
    ...RECORD,
    ttlS: 60,
    segments: [{ log: 'source', upTo: 3, stamp: 1 }],
    forked: { from: 'source', log: 'source', subOffset: 2 },
    asked: { ttlS: 5 },
  };

  expect(recordOf(JSON.stringify(record))).toEqual(record);
  for (const bad of [
    '{}',
    JSON.stringify({ ...RECORD, state: 'odd' }),
    JSON.stringify({ ...RECORD, base: -1 }),
    '{',
  ])
    expect(() => recordOf(bad)).toThrow();
});

test.each([
  ['application/json', 'application/json', true],
  [' Application/JSON ; charset=utf-8', 'application/json', true],
  ['application/jsonl', 'application/jsonl', false],
  ['', '', false],
])('%j is the media type %j, JSON: %s', (contentType, type, json) => {
  expect([mediaType(contentType), isJson(contentType)]).toEqual([type, json]);
});
