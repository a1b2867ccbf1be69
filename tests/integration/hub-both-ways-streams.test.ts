/** The hub's fast path and its router answer the same to whoever reads and writes streams: status, headers and body. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { ASKED_BY_ALL, ASKERS, askedBy, mintTokens, type Tokens } from '../support/stack/askers.ts';
import { type BothWays, bothWays, type Sent } from '../support/stack/both-ways.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT = { 'content-type': 'text/plain' };
const BYTES = { 'content-type': 'application/octet-stream' };
const START = '0000000000000000_0000000000000000';

/** Where streams end, and tags, as they came; the two hubs have the same time and ids, and so the same. */
const ends = new Map<string, string>();
let tagOfNotes = '';
let ways: BothWays;
let tokens: Tokens;
beforeAll(async () => {
  ways = await bothWays(ASKED_BY_ALL);
  tokens = await mintTokens();
  const door = { authorization: `Bearer ${tokens.usual}` };
  const published = { ...JSON_TYPE, ...door };
  await ways.ask({
    method: 'POST',
    address: '/v1/channels/doors/events',
    headers: published,
    body: '[{"data":1}]',
  });
  for (const [name, headers, body] of THERE) {
    const sent = { method: 'PUT', address: `/v1/stream/${name}`, headers: { ...headers, ...door }, body };
    const { fast, router } = await ways.ask(sent);
    expect([fast.status, router.status]).toEqual([201, 201]);
    ends.set(name, fast.headers['stream-next-offset'] ?? '');
  }
  const { fast } = await ways.ask({ ...getting('notes'), headers: door });
  tagOfNotes = fast.headers.etag ?? '';
});
afterAll(async () => {
  await ways?.stop();
});

/** Streams that are made before. */
const THERE: ReadonlyArray<readonly [name: string, headers: Sent['headers'], body: string]> = [
  ['notes', TEXT, 'ab'],
  ['docs/json', JSON_TYPE, '[1,{"a":"…"}]'],
  ['docs/bytes', BYTES, '\u0000\u0001é'],
  ['docs/latin', { 'content-type': 'text/plain; title=caf\u00e9' }, 'é'],
  ['docs/empty', JSON_TYPE, ''],
  ['docs/closed', { ...TEXT, 'stream-closed': 'true' }, 'x'],
  ['docs/ttl', { ...JSON_TYPE, 'stream-ttl': '3600' }, '1'],
  ['docs/until', { ...JSON_TYPE, 'stream-expires-at': '2200-01-01T00:00:00Z' }, '1'],
  ['docs/fork', { ...TEXT, 'stream-forked-from': '/v1/stream/notes' }, 'c'],
  ['docs/long', TEXT, 'x'.repeat(LIMITS.answerBytes + 10)],
  ['docs/written', JSON_TYPE, ''],
  ['docs/ended', JSON_TYPE, '1'],
];

const getting = (name: string, query = '', headers: Sent['headers'] = {}): Sent => ({
  method: 'GET',
  address: `/v1/stream/${name}${query}`,
  headers,
});
const appending = (name: string, body: string, headers: Sent['headers'] = JSON_TYPE): Sent => ({
  method: 'POST',
  address: `/v1/stream/${name}`,
  headers,
  body,
});
const producing = (body: string, id: string, epoch: string, seq: string): Sent =>
  appending('docs/written', body, {
    ...JSON_TYPE,
    'producer-id': id,
    'producer-epoch': epoch,
    'producer-seq': seq,
  });
/** From the end of a stream that nothing is appended to here. */
const atEnd = (name: string, query: string) => () => getting(name, `?offset=${ends.get(name)}${query}`);

/** Requests, or how to make them, and what they are answered with. */
const REQUESTS: ReadonlyArray<readonly [request: string, sent: Sent | (() => Sent), status: number]> = [
  ['all of a text', getting('notes'), 200],
  ['all of JSON', getting('docs/json', '?offset=-1'), 200],
  ['all of bytes', getting('docs/bytes', `?offset=${START}`), 200],
  ['a type with letters of Latin-1', getting('docs/latin'), 200],
  ['an empty stream', getting('docs/empty'), 200],
  ['a closed stream', getting('docs/closed'), 200],
  ['a stream with a time to live', getting('docs/ttl'), 200],
  ['a stream until a time', getting('docs/until'), 200],
  ['a fork', getting('docs/fork'), 200],
  ['the first megabyte', getting('docs/long'), 200],
  ['a channel', getting('doors'), 200],
  ['from now on', getting('notes', '?offset=now'), 200],
  ['from the end on', atEnd('notes', ''), 200],
  ['what the reader has', () => getting('notes', '', { 'if-none-match': tagOfNotes }), 304],
  [
    'what the reader has, of several',
    () => getting('notes', '', { 'if-none-match': `"a", W/${tagOfNotes}` }),
    304,
  ],
  ['whatever the reader has', getting('notes', '', { 'if-none-match': '*' }), 304],
  ['what the reader has not', getting('notes', '', { 'if-none-match': '"a"' }), 200],
  ['parameters of its own', getting('notes', '?a=1&b=%20&offset=-1'), 200],
  ['an empty query', getting('notes', '?'), 200],
  ['a query behind two question marks', getting('notes', '??offset=x'), 200],
  ['a long poll with news', getting('docs/json', '?offset=-1&live=long-poll'), 200],
  ['a long poll of bytes', getting('docs/bytes', '?live=long-poll&offset=-1&cursor=1'), 200],
  [
    'a long poll with a cursor of later',
    getting('docs/json', '?offset=-1&live=long-poll&cursor=999999999999'),
    200,
  ],
  ['a long poll with an odd cursor', getting('docs/json', '?offset=-1&live=long-poll&cursor=x'), 200],
  ['a long poll of the first megabyte', getting('docs/long', '?offset=-1&live=long-poll'), 200],
  ['a long poll from now on', getting('docs/json', '?offset=now&live=long-poll'), 204],
  ['a long poll at the end', atEnd('docs/json', '&live=long-poll'), 204],
  ['a long poll at the end of a fork', atEnd('docs/fork', '&live=long-poll'), 204],
  ['a long poll at the end of one with a time to live', atEnd('docs/ttl', '&live=long-poll'), 204],
  ['a long poll at the end of a closed one', atEnd('docs/closed', '&live=long-poll'), 204],
  ['a long poll of a closed one', getting('docs/closed', '?offset=-1&live=long-poll'), 200],
  ['a long poll of a channel', getting('doors', '?offset=-1&live=long-poll'), 200],
  ['a long poll of an empty stream', getting('docs/empty', '?offset=-1&live=long-poll'), 204],
  ['a long poll with escapes', getting('docs/json', '?%6fffset=%2D1&live=long%2dpoll'), 200],
  ['no stream', getting('docs/none'), 404],
  ['a long poll of none', getting('docs/none', '?offset=-1&live=long-poll'), 404],
  ['an escaped name', getting('n%6ftes'), 200],
  ['an escaped slash', getting('docs%2fjson'), 200],
  ['a name with an escape that is none', getting('n%otes'), 400],
  ['a name with a space', getting('no%20tes'), 400],
  ['a name that ends with a slash', getting('notes/'), 400],
  ['an empty part of a name', getting('docs//json'), 400],
  ['no name', getting(''), 404],
  ['a part of two dots', getting('docs/../notes'), 200],
  ['a part of a dot', getting('./notes'), 200],
  ['a part of escaped dots', getting('docs/%2e%2e/notes'), 200],
  ['a name too long', getting('x'.repeat(513)), 400],
  ['a bad offset', getting('notes', '?offset=x'), 400],
  ['an empty offset', getting('notes', '?offset='), 400],
  ['an offset twice', getting('notes', '?offset=-1&offset=-1'), 400],
  ['an offset beyond the end', () => getting('notes', `?offset=${ends.get('notes')?.slice(0, -1)}9`), 400],
  ['an offset of another life', getting('notes', '?offset=0000000000000001_0000000000000001'), 410],
  ['an offset of a later life', getting('notes', '?offset=9000000000000001_0000000000000001'), 400],
  [
    'a long poll beyond the end',
    () => getting('notes', `?live=long-poll&offset=${ends.get('notes')?.slice(0, -1)}9`),
    400,
  ],
  ['a long poll without an offset', getting('notes', '?live=long-poll'), 400],
  ['another way to follow', getting('notes', '?offset=-1&live=poll'), 400],
  ['a way twice', getting('notes', '?offset=-1&live=long-poll&live=long-poll'), 400],
  ['an empty way', getting('notes', '?offset=-1&live='), 400],
  ['events', getting('docs/json', '?offset=-1&live=sse'), 200],
  ['events of bytes', getting('docs/bytes', '?offset=-1&live=sse'), 200],
  ['events of text', getting('docs/latin', '?offset=-1&live=sse&cursor=999999999999'), 200],
  ['events from now on', getting('docs/json', '?offset=now&live=sse'), 200],
  ['events of a closed stream', getting('docs/closed', '?offset=-1&live=sse'), 200],
  ['events of more than a megabyte', getting('docs/long', '?offset=-1&live=sse'), 200],
  ['events of a channel', getting('doors', '?offset=-1&live=sse'), 200],
  ['events with escapes', getting('docs/json', '?offset=%2d1&live=ss%65'), 200],
  ['events of none', getting('docs/none', '?offset=-1&live=sse'), 404],
  ['events from nowhere', getting('notes', '?offset=x&live=sse'), 400],
  ['events without an offset', getting('notes', '?live=sse'), 400],
  ['HEAD', { ...getting('notes'), method: 'HEAD' }, 200],
  ['HEAD of none', { ...getting('docs/none'), method: 'HEAD' }, 404],
  ['an append', appending('docs/written', '{"n":1}'), 204],
  ['an append of several', appending('docs/written', ' [1, [2], "…"] '), 204],
  ['an append to a channel', appending('doors', '2'), 204],
  [
    'an append with another form of the type',
    appending('docs/written', '1', { 'content-type': 'Application/JSON; a=b' }),
    204,
  ],
  ['an append by a producer', producing('1', 'p', '0', '0'), 200],
  ['an append by a producer again', producing('1', 'p', '0', '0'), 204],
  ['an append by a producer, too early', producing('1', 'q', '0', '3'), 409],
  ['an append in a new epoch that begins late', producing('1', 'p', '7', '3'), 400],
  [
    'an append without all of a producer',
    appending('docs/written', '1', { ...JSON_TYPE, 'producer-id': 'p' }),
    400,
  ],
  ['an append with an odd number', producing('1', 'p', '0', '007'), 400],
  ['an append in order', appending('docs/empty-order', '1', { ...JSON_TYPE, 'stream-seq': 'a' }), 404],
  ['an append with a place', appending('docs/written', '1', { ...JSON_TYPE, 'stream-seq': 'b' }), 204],
  [
    'an append with an earlier place',
    appending('docs/written', '1', { ...JSON_TYPE, 'stream-seq': 'a' }),
    409,
  ],
  [
    'an append with a long place',
    appending('docs/written', '1', { ...JSON_TYPE, 'stream-seq': 'x'.repeat(257) }),
    400,
  ],
  ['an append of another type', appending('docs/written', '1', TEXT), 409],
  ['an append without a type', appending('docs/written', '1', {}), 400],
  ['an append of nothing', appending('docs/written', ''), 400],
  ['an append of an empty array', appending('docs/written', '[]'), 400],
  ['an append of half a text', appending('docs/written', '{'), 400],
  [
    'an append of what is not UTF-8',
    { ...appending('docs/written', ''), body: Uint8Array.of(34, 255, 34) },
    400,
  ],
  ['an append of what is too deep', appending('docs/written', `${'['.repeat(102)}1${']'.repeat(102)}`), 400],
  ['an append of too many', appending('docs/written', `[${'1,'.repeat(LIMITS.appendMessages)}1]`), 413],
  ['an append of too much', appending('docs/written', `"${'x'.repeat(LIMITS.bodyBytes)}"`), 413],
  ['an append to a closed stream', appending('docs/closed', 'y', TEXT), 409],
  ['an append of another type to a closed stream', appending('docs/closed', '1'), 409],
  ['an append to none', appending('docs/none', '1'), 404],
  [
    'an append with a query',
    { ...appending('docs/written', '1'), address: '/v1/stream/docs/written?a=1' },
    204,
  ],
  ['an append to a name with escapes', appending('docs%2fwritten', '1'), 204],
  ['a close with a message', appending('docs/ended', '2', { ...JSON_TYPE, 'stream-closed': 'TRUE' }), 204],
  ['a close again', appending('docs/ended', '', { 'stream-closed': 'true' }), 204],
  ['an append after a close', appending('docs/ended', '3'), 409],
  ['PUT of one that is there', { ...appending('notes', '', TEXT), method: 'PUT' }, 200],
  ['another method', { ...getting('notes'), method: 'PATCH' }, 405],
  ['a preflight', preflight(), 204],
];

function preflight(): Sent {
  const headers = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'stream-seq' };
  return { method: 'OPTIONS', address: '/v1/stream/notes', headers };
}

describe.each(REQUESTS)('%s', (_, request, status) => {
  test.each(ASKERS)('%s', async (asker, of) => {
    const sent = typeof request === 'function' ? request() : request;
    const { fast, router } = await ways.ask(askedBy(sent, of(tokens)));

    expect(fast).toEqual(router);
    if (asker === 'a program') expect(router.status).toBe(status);
  });
});

test('none of it was a fault', () => {
  for (const { lines } of ways.loggers) expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
});
