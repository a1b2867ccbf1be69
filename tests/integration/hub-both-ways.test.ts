/** The hub's fast path and its router answer the same: status, headers and body, whoever asks and however. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { ASKED_BY_ALL, ASKERS, askedBy, bearer, mintTokens, type Tokens } from '../support/stack/askers.ts';
import { type BothWays, bothWays, type Sent } from '../support/stack/both-ways.ts';

let ways: BothWays;
let tokens: Tokens;
beforeAll(async () => {
  ways = await bothWays(ASKED_BY_ALL);
  tokens = await mintTokens();
  for (const channel of ['doors', 'alerts']) {
    const body = '[{"data":1,"key":"a"},{"data":{"open":true},"key":"b"},{"data":"…","key":"a"}]';
    const { fast, router } = await ways.ask({
      ...posting(channel, body),
      headers: bearer(tokens.usual, JSON_TYPE),
    });
    expect([fast.status, router.status]).toEqual([201, 201]);
  }
});
afterAll(async () => {
  await ways?.stop();
});

const JSON_TYPE = { 'content-type': 'application/json' };
const posting = (channel: string, body: string): Sent => ({
  method: 'POST',
  address: `/v1/channels/${channel}/events`,
  headers: JSON_TYPE,
  body,
});
const streaming = (address: string, last?: string): Sent => ({
  ...getting(address),
  headers: { accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) },
});
const getting = (address: string): Sent => ({ method: 'GET', address, headers: {} });

/** Requests, and what they are answered with. */
const REQUESTS: ReadonlyArray<readonly [request: string, sent: Sent, status: number]> = [
  ['a poll with news', getting('/v1/channels/doors/events?maxvid=0&wait=0'), 200],
  ['a poll without news', getting('/v1/channels/doors/events?maxvid=3&wait=0'), 200],
  ['a held poll', getting('/v1/channels/doors/events?maxvid=3'), 200],
  ['a poll from now on', getting('/v1/channels/doors/events'), 200],
  ['a poll of an unborn channel', getting('/v1/channels/unborn/events?maxvid=0&wait=0'), 200],
  ['a poll of a client', getting('/v1/channels/doors/events?maxvid=1&client=wall&wait=0'), 200],
  ['a poll of a client from its cursor', getting('/v1/channels/doors/events?client=wall'), 200],
  ['a poll with a limit', getting('/v1/channels/doors/events?maxvid=0&limit=1&wait=0'), 200],
  ['a poll of a key', getting('/v1/channels/doors/events?maxvid=0&key=b&wait=0'), 200],
  ['a poll of two keys', getting('/v1/channels/doors/events?maxvid=0&key=b&key=%C3%A9&wait=0'), 200],
  ['a poll of keys that are not there', getting('/v1/channels/doors/events?maxvid=0&key=c&wait=1'), 200],
  ['a poll of a prefix', getting('/v1/channels/doors/events?maxvid=0&prefix=a&wait=0'), 200],
  ['a poll of the newest', getting('/v1/channels/doors/events?maxvid=0&latest=true&wait=0'), 200],
  ['a poll of the last', getting('/v1/channels/doors/events?last=2&wait=0'), 200],
  ['a poll since a time', getting('/v1/channels/doors/events?since=2020-01-01T00:00Z&wait=0'), 200],
  ['a poll from no time', getting('/v1/channels/doors/events?since=yesterday'), 400],
  ['a poll of a key and a prefix', getting('/v1/channels/doors/events?key=a&prefix=b'), 400],
  ['a poll with escapes', getting('/v1/channels/doors/events?%6daxvid=%30&wait=0'), 200],
  ['a poll by an escaped name', getting('/v1/channels/do%6frs/events?maxvid=0&wait=0'), 200],
  ['a poll in another life', getting('/v1/channels/doors/events?maxvid=1&epoch=other'), 409],
  ['a poll ahead', getting('/v1/channels/doors/events?maxvid=99'), 409],
  ['a bad place', getting('/v1/channels/doors/events?maxvid=-1'), 400],
  ['an unknown parameter', getting('/v1/channels/doors/events?maxVid=1'), 400],
  ['a parameter twice', getting('/v1/channels/doors/events?wait=0&wait=0'), 400],
  ['a parameter without a name', getting('/v1/channels/doors/events?=1'), 400],
  ['an empty query', getting('/v1/channels/doors/events?'), 200],
  ['a query behind two question marks', getting('/v1/channels/doors/events??maxvid=0&wait=0'), 400],
  ['several behind two question marks', getting('/v1/events??cursor=doors:0'), 400],
  [
    'a publish behind two question marks',
    { ...posting('doors', '{"data":1}'), address: '/v1/channels/doors/events??' },
    400,
  ],
  ['a name too long', getting(`/v1/channels/${'x'.repeat(129)}/events`), 400],
  ['a name of two dots', getting('/v1/channels/../events'), 400],
  ['one channel by cursor', getting('/v1/events?cursor=doors:0&wait=0'), 200],
  ['one channel by cursor, at rest', getting('/v1/events?cursor=doors:3'), 200],
  ['three channels', getting('/v1/events?cursor=doors:1&cursor=alerts:0&cursor=unborn&wait=0'), 200],
  ['three channels, one with news', getting('/v1/events?cursor=doors:3&cursor=alerts:2&cursor=unborn'), 200],
  ['three channels at rest', getting('/v1/events?cursor=doors:3&cursor=alerts&cursor=unborn:0'), 200],
  ['several for a client', getting('/v1/events?cursor=doors:1&cursor=alerts&client=desk&wait=0'), 200],
  ['several, one of another life', getting('/v1/events?cursor=doors:1&cursor=alerts:1:other'), 409],
  ['several of a key', getting('/v1/events?cursor=doors:0&cursor=alerts:0&key=b&wait=0'), 200],
  [
    'several of the newest',
    getting('/v1/events?cursor=doors:0&cursor=alerts&latest=true&last=1&wait=0'),
    200,
  ],
  ['several with escapes', getting('/v1/events?cursor=doors%3A0&wait=0'), 200],
  ['no cursor', getting('/v1/events'), 400],
  ['a channel twice', getting('/v1/events?cursor=doors&cursor=doors:1'), 400],
  ['a bad cursor', getting('/v1/events?cursor=doors:1:e:x'), 400],
  ['eleven cursors', getting(`/v1/events?${cursors(11)}`), 400],
  ['a stream with news', streaming('/v1/channels/doors/events?maxvid=1'), 200],
  ['a stream of a key', streaming('/v1/channels/doors/events?maxvid=0&key=b'), 200],
  [
    'a stream of a key for a client',
    streaming('/v1/channels/doors/events?maxvid=0&key=b&client=screen'),
    200,
  ],
  ['a stream of a key that is not there', streaming('/v1/channels/doors/events?maxvid=0&key=c'), 200],
  ['a stream of the last', streaming('/v1/channels/doors/events?last=1'), 200],
  ['a stream at rest', streaming('/v1/channels/doors/events?maxvid=3'), 200],
  ['a stream of an unborn channel', streaming('/v1/channels/unborn/events'), 200],
  ['a stream that comes again', streaming('/v1/channels/doors/events?maxvid=0', '2'), 200],
  ['a stream of a client', streaming('/v1/channels/doors/events?maxvid=1&client=screen'), 200],
  ['a stream that does not wait', streaming('/v1/channels/doors/events?maxvid=1&wait=0'), 200],
  ['a stream ahead', streaming('/v1/channels/doors/events?maxvid=99'), 409],
  ['a stream of another life', streaming('/v1/channels/doors/events?maxvid=1&epoch=other'), 409],
  ['a stream from nowhere', streaming('/v1/channels/doors/events', 'x'), 400],
  ['a stream by an escaped name', streaming('/v1/channels/do%6frs/events?maxvid=2'), 200],
  ['a stream of several, which is a poll', streaming('/v1/events?cursor=doors:0&wait=0'), 200],
  ['a publish', posting('doors', '{"data":4}'), 201],
  ['a publish with an id', posting('doors', '{"id":"once","data":4}'), 201],
  ['a publish to a new channel', posting('new', '{"data":1}'), 201],
  ['lines', { ...posting('doors', '1\n\n2\n'), headers: { 'content-type': 'application/x-ndjson' } }, 201],
  ['a bad body', posting('doors', '{'), 400],
  ['a name twice', posting('doors', '{"data":{"a":1,"a":2}}'), 400],
  ['no body', posting('doors', ''), 400],
  ['too large an event', posting('doors', `{"data":"${'x'.repeat(LIMITS.eventBytes)}"}`), 413],
  ['another type', { ...posting('doors', '{}'), headers: { 'content-type': 'text/plain' } }, 415],
  [
    'a publish with a query',
    { ...posting('doors', '{"data":1}'), address: '/v1/channels/doors/events?a=1' },
    400,
  ],
  ['a publish to several', { ...posting('doors', '{"data":1}'), address: '/v1/events' }, 405],
  ['another method', { ...getting('/v1/channels/doors/events'), method: 'PUT' }, 405],
  ['HEAD', { ...getting('/v1/channels/doors/events'), method: 'HEAD' }, 405],
  ['a preflight', preflight(), 204],
];

function cursors(count: number): string {
  return Array.from({ length: count }, (_, i) => `cursor=c${i}`).join('&');
}

function preflight(): Sent {
  const headers = {
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization',
  };
  return { method: 'OPTIONS', address: '/v1/channels/doors/events', headers };
}

describe.each(REQUESTS)('%s', (_, sent, status) => {
  test.each(ASKERS)('%s', async (asker, of) => {
    const { fast, router } = await ways.ask(askedBy(sent, of(tokens)));

    expect(fast).toEqual(router);
    if (asker === 'a program') expect(router.status).toBe(status);
  });
});

test('none of it was a fault', () => {
  for (const { lines } of ways.loggers) expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
});
