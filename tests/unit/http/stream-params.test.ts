/** What requests of the Durable Streams protocol say in path, query and headers: what is taken, and what is refused, by which name. */

import { describe, expect, test } from 'vitest';
import {
  contentTypeParam,
  endParams,
  forkParam,
  isTrue,
  producerParam,
  readParams,
  seqParam,
  streamName,
} from '../../../lib/http/durable-streams/params.ts';

type Headers = Readonly<Record<string, string>>;

/** As a request's headers are asked for: whatever the case of their names. */
const of = (headers: Headers) => (name: string) => headers[name.toLowerCase()];
const read = (query: string) => readParams(new URLSearchParams(query));

/** Expects a refusal of this field, whose message ends like a sentence and names the range where there is one. */
function refused(field: string, ask: () => unknown, range = '') {
  expect(ask).toThrow(
    expect.objectContaining({
      code: 'bad-parameter',
      details: { field },
      message: expect.stringMatching(/\w.*\.$/),
    }),
  );
  expect(ask).toThrow(range);
}

describe('the name of a stream', () => {
  test.each(['a', 'docs/x/.updates', 'A-Z_0.9', 'a/b/c', '...', 'x'.repeat(512)])('may be %s', (name) => {
    expect(streamName(name)).toBe(name);
  });

  test.each(['', '/', 'a/', '/a', 'a//b', '.', '..', 'a/../b', 'a/.', 'a b', 'ü', 'a~1', 'x'.repeat(513)])(
    'may not be %j',
    (name) => {
      refused('path', () => streamName(name), '1 to 512 characters');
    },
  );
});

describe('a read', () => {
  test.each([
    ['', { offset: undefined, live: undefined, cursor: undefined }],
    ['offset=-1', { offset: '-1', live: undefined, cursor: undefined }],
    ['offset=now&live=long-poll&cursor=7', { offset: 'now', live: 'long-poll', cursor: '7' }],
    ['live=sse&offset=-1&other=1&other=2', { offset: '-1', live: 'sse', cursor: undefined }],
  ])('may ask for %j', (query, params) => {
    expect(read(query)).toEqual(params);
  });

  test.each([
    ['offset=', 'offset', 'must not be empty'],
    ['offset=-1&offset=-1', 'offset', 'more than once'],
    ['live=&offset=-1', 'live', 'long-poll or sse'],
    ['live=true&offset=-1', 'live', 'long-poll or sse'],
    ['live=sse&live=sse&offset=-1', 'live', 'more than once'],
    ['cursor=1&cursor=2', 'cursor', 'more than once'],
    ['live=sse', 'offset', 'live=sse needs an offset'],
    ['live=long-poll', 'offset', 'live=long-poll needs an offset'],
  ])('may not ask for %j', (query, field, says) => {
    refused(field, () => read(query), says);
  });
});

test.each([
  ['true', true],
  [' TRUE ', true],
  ['True', true],
  ['false', false],
  ['1', false],
  ['', false],
  [undefined, false],
])('%j closes: %s', (text, closes) => {
  expect(isTrue(text)).toBe(closes);
});

describe('when a stream ends', () => {
  test.each([
    [{}, {}],
    [{ 'stream-ttl': '0' }, { ttlS: 0 }],
    [{ 'stream-ttl': '60' }, { ttlS: 60 }],
    [{ 'stream-ttl': '10000000000' }, { ttlS: 10_000_000_000 }],
    [{ 'stream-expires-at': '2030-01-31T12:00:00Z' }, { expiresAt: '2030-01-31T12:00:00Z' }],
    [{ 'stream-expires-at': '2096-02-29T23:59:59Z' }, { expiresAt: '2096-02-29T23:59:59Z' }],
    [{ 'stream-expires-at': '2030-01-31t12:00:00.123z' }, { expiresAt: '2030-01-31t12:00:00.123z' }],
    [{ 'stream-expires-at': '2030-01-31T12:00:00-08:30' }, { expiresAt: '2030-01-31T12:00:00-08:30' }],
  ])('may be asked for by %j', (headers, end) => {
    expect(endParams(of(headers as Headers))).toEqual(end);
  });

  test.each(['', '-1', '+1', '1.0', '1e3', '00', '01', ' 1', '0x10', '10000000001', 'NaN'])(
    'is no number of seconds: %j',
    (text) => {
      refused(
        'stream-ttl',
        () => endParams(of({ 'stream-ttl': text })),
        'a whole number from 0 to 10000000000',
      );
    },
  );

  test.each([
    '',
    '2030-01-31',
    '2030-01-31 12:00:00Z',
    '2030-01-31T12:00:00',
    '2030-01-31T12:00Z',
    '2030-02-31T25:00:00Z',
    '2030-13-01T12:00:00Z',
    '2099-02-30T00:00:00Z',
    '2099-02-29T00:00:00+02:00',
    '2099-04-31t00:00:00.5z',
    '2099-01-01T24:00:00Z',
    'x2030-01-31T12:00:00Z',
    '2030-01-31T12:00:00Zx',
    '2030-01-31T12:00:00.Z',
    '1893456000',
  ])('is no time: %j', (text) => {
    refused('stream-expires-at', () => endParams(of({ 'stream-expires-at': text })), 'a time like 2026-');
  });

  test('is one of the two', () => {
    const both = { 'stream-ttl': '1', 'stream-expires-at': '2030-01-31T12:00:00Z' };
    refused('stream-ttl', () => endParams(of(both)), 'cannot be given together');
  });
});

describe('a content type', () => {
  test.each(['text/plain', 'Application/JSON; charset="utf-8"', 'application/vnd.a+json;v=1', 'a/b ; c'])(
    'may be %s',
    (type) => {
      expect(contentTypeParam(of({ 'content-type': type }))).toBe(type);
    },
  );

  test.each([
    'not a type',
    'text',
    'text/',
    '/plain',
    'text/a b',
    'a/b/c',
    ';',
    'ü/a',
    'text/plain, text/html',
  ])('may not be %s', (type) => {
    refused('content-type', () => contentTypeParam(of({ 'content-type': type })), 'like application/json');
  });
});

describe('a producer', () => {
  const whole = { 'producer-id': 'p', 'producer-epoch': '0', 'producer-seq': '1' };

  test('is named by all three headers, or is none', () => {
    expect(producerParam(of(whole))).toEqual({ id: 'p', epoch: 0, seq: 1 });
    expect(producerParam(of({ ...whole, 'producer-id': 'x'.repeat(256) }))?.id).toHaveLength(256);
    expect(producerParam(of({ ...whole, 'producer-seq': '9007199254740991' }))?.seq).toBe(2 ** 53 - 1);
    expect(producerParam(of({}))).toBeUndefined();
  });

  test.each(Object.keys(whole))('without %s is refused, and so is one with it alone', (name) => {
    const { [name as keyof typeof whole]: value, ...others } = whole;
    for (const headers of [others, { [name]: value }] as Headers[])
      refused('producer-id', () => producerParam(of(headers)), 'must be given together');
  });

  test.each([
    ['producer-id', '', '1 to 256 characters'],
    ['producer-id', '  ', '1 to 256 characters'],
    ['producer-id', 'x'.repeat(257), '1 to 256 characters'],
    ['producer-epoch', '-1', 'a whole number from 0 to 9007199254740991'],
    ['producer-epoch', '9007199254740992', 'a whole number'],
    ['producer-seq', '1.5', 'a whole number'],
    ['producer-seq', '', 'a whole number'],
  ])('with %s: %j is refused', (name, value, says) => {
    refused(name, () => producerParam(of({ ...whole, [name]: value })), says);
  });
});

test('a Stream-Seq is 256 characters at most', () => {
  expect(seqParam(of({ 'stream-seq': 'x'.repeat(256) }))).toHaveLength(256);
  expect(seqParam(of({ 'stream-seq': '' }))).toBe('');
  expect(seqParam(of({}))).toBeUndefined();
  refused('stream-seq', () => seqParam(of({ 'stream-seq': 'x'.repeat(257) })), 'at most 256 characters');
});

describe('a fork', () => {
  const from = { 'stream-forked-from': '/v1/stream/a/b' };
  const offset = { 'stream-fork-offset': '-1' };
  const sub = (text: string) => ({ 'stream-fork-sub-offset': text });

  test.each([
    [{}, undefined],
    [from, { from: 'a/b' }],
    [
      { ...from, ...offset },
      { from: 'a/b', offset: '-1' },
    ],
    [
      { ...from, ...offset, ...sub('2') },
      { from: 'a/b', offset: '-1', subOffset: 2 },
    ],
    [
      { ...from, ...offset, ...sub('0') },
      { from: 'a/b', offset: '-1' },
    ],
    [{ ...from, ...sub('0') }, { from: 'a/b' }],
  ])('may be asked for by %j', (headers, fork) => {
    expect(forkParam(of(headers as Headers))).toEqual(fork);
  });

  test.each([
    {
      what: 'an offset of nothing',
      headers: offset,
      field: 'stream-forked-from',
      says: 'need Stream-Forked-From.',
    },
    {
      what: 'a step in nothing',
      headers: sub('0'),
      field: 'stream-forked-from',
      says: 'need Stream-Forked-From.',
    },
    {
      what: 'a step from no offset',
      headers: { ...from, ...sub('1') },
      field: 'stream-fork-offset',
      says: 'Stream-Fork-Sub-Offset needs Stream-Fork-Offset.',
    },
    {
      what: 'a step that is no number',
      headers: { ...from, ...offset, ...sub('-1') },
      field: 'stream-fork-sub-offset',
      says: 'a whole number',
    },
    {
      what: 'a source elsewhere',
      headers: { 'stream-forked-from': '/v1/channels/a' },
      field: 'stream-forked-from',
      says: 'begins with /v1/stream/',
    },
    {
      what: 'an address, not a path',
      headers: { 'stream-forked-from': 'http://a.test/v1/stream/a' },
      field: 'stream-forked-from',
      says: 'begins with /v1/stream/',
    },
    {
      what: 'a source without a name',
      headers: { 'stream-forked-from': '/v1/stream/' },
      field: 'path',
      says: '1 to 512 characters',
    },
  ])('with $what is refused', ({ headers, field, says }) => {
    refused(field, () => forkParam(of(headers as Headers)), says);
  });
});
