/** What the headers of answers say, for clients, caches and pages. */

import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { nextOffset, streamApp } from '../../support/memory/stream-app.ts';
import { memoryProcess, say } from '../../support/memory/world.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const CLOSED = { 'stream-closed': 'true' };
const FULL = 'x'.repeat(LIMITS.answerBytes);

/** These headers, in this order; null where one is missing. */
const of = (response: Response, ...names: readonly string[]) =>
  names.map((name) => response.headers.get(name));

describe('an answer to a reader', () => {
  test('that holds everything is asked for again each time, and one that does not is good for a minute', async () => {
    const { make, append, read } = streamApp();
    await make('notes', {}, FULL);
    await append('notes', 'y');
    const first = await read('notes');
    const last = await read('notes', `?offset=${nextOffset(first)}`);

    expect(of(first, 'cache-control', 'stream-up-to-date')).toEqual(['private, max-age=60', null]);
    expect(of(last, 'cache-control', 'stream-up-to-date')).toEqual(['private, no-cache', 'true']);
  });

  test('has a tag of its own for each life, place, end, and once the stream is closed', async () => {
    const { clock, make, append, read, request } = streamApp();
    const tags: Array<string | null> = [];
    const note = async (query = '') => tags.push((await read('notes', query)).headers.get('etag'));
    await make('notes', {}, 'ab');
    await note();
    const { headers } = await read('notes');
    await note(`?offset=${headers.get('stream-next-offset')}`);
    await append('notes', 'c');
    await note();
    await request('POST', 'notes', CLOSED);
    await note();
    await request('DELETE', 'notes');
    await clock.advance(1);
    await make('notes', CLOSED, 'abc');
    await note();

    expect(new Set(tags).size).toBe(5);
    for (const tag of tags) expect(tag).toMatch(/^"[\w:]+"$/);
  });

  test('that was full and the last has another tag once more follows, so that nobody stops at its end', async () => {
    const { make, append, read } = streamApp();
    await make('notes', {}, FULL);
    const last = await read('notes');
    await append('notes', 'y');

    const full = await read('notes', '', { 'if-none-match': last.headers.get('etag') ?? '' });

    expect([of(last, 'stream-up-to-date'), of(full, 'stream-up-to-date')]).toEqual([['true'], [null]]);
    expect(full.status).toBe(200);
  });

  test('that begins now has no tag, and is kept nowhere', async () => {
    const { make, read } = streamApp();
    await make('notes', JSON_TYPE, '1');
    const response = await read('notes', '?offset=now', { 'if-none-match': '*' });

    expect([response.status, await response.text()]).toEqual([200, '[]']);
    expect(of(response, 'etag', 'cache-control', 'stream-up-to-date')).toEqual([null, 'no-store', 'true']);
  });

  test('that still holds says so with the same headers, and no body', async () => {
    const { make, read } = streamApp();
    await make('notes', CLOSED, 'ab');
    const names = ['etag', 'stream-next-offset', 'stream-closed', 'stream-up-to-date', 'cache-control'];
    const whole = await read('notes');
    const same = await read('notes', '', { 'if-none-match': whole.headers.get('etag') ?? '' });
    const other = await read('notes', '', { 'if-none-match': '"x"' });

    expect([same.status, of(same, ...names)]).toEqual([304, of(whole, ...names)]);
    expect(of(whole, 'stream-closed')).toEqual(['true']);
    expect([other.status, await other.text()]).toEqual([200, 'ab']);
  });

  test('of which the beginning is not kept any more has another tag, and says 410 to who was there', async () => {
    const { world, ports, read } = streamApp();
    const process = memoryProcess(world);
    await say(process, 'doors', 'a', 'b');
    await say(process, 'doors', 'c');
    const whole = await read('doors');
    world.log.expire('doors', 2);
    const rest = await read('doors');
    const late = await read('doors', `?offset=${nextOffset(whole).replace(/3$/, '1')}`);

    expect([await whole.json(), await rest.json(), late.status]).toEqual([['a', 'b', 'c'], ['c'], 410]);
    expect(whole.headers.get('etag')).not.toBe(rest.headers.get('etag'));
    expect(ports.held.size).toBe(0);
  });

  test('of a stream whose events have all expired is empty, and ends above every number that was given', async () => {
    const { world, read } = streamApp();
    await say(memoryProcess(world), 'doors', 'a', 'b');
    const before = await read('doors');
    world.log.expire('doors');
    const after = await read('doors');

    const again = await read('doors', `?offset=${nextOffset(after)}`);
    const late = await read('doors', `?offset=${nextOffset(before)}`);

    expect([await after.json(), await again.json(), late.status]).toEqual([[], [], 410]);
    expect(nextOffset(after) > nextOffset(before)).toBe(true);
    expect(nextOffset(again)).toBe(nextOffset(after));
  });

  test('of a long poll has a tag and a type where it has a body, and neither where it has none', async () => {
    const { make, read } = streamApp();
    await make('notes', CLOSED, 'ab');
    const some = await read('notes', '?live=long-poll&offset=-1');
    const none = await read('notes', `?live=long-poll&offset=${nextOffset(some)}`);

    const names = ['etag', 'content-type', 'stream-closed', 'stream-cursor', 'cache-control'];
    expect(of(some, ...names)).toEqual([
      expect.stringMatching(/:c"$/),
      'text/plain',
      'true',
      null,
      'no-store',
    ]);
    expect(of(none, ...names)).toEqual([null, null, 'true', null, 'no-store']);
  });
});

describe('a look at a stream', () => {
  test('has the tag of an answer that holds it whole, and is told when it still holds', async () => {
    const { make, append, read, request } = streamApp();
    const look = (tag: string) => request('HEAD', 'notes', { 'if-none-match': tag });
    await make('notes', {}, 'a');
    const tag = (await read('notes')).headers.get('etag') ?? '';
    const same = [await look(tag), await look(`"x", W/${tag}`), await look('*')];
    const fresh = await look('"x"');
    await append('notes', 'b');
    const longer = await look(tag);
    await request('POST', 'notes', CLOSED);
    const closed = await look(longer.headers.get('etag') ?? '');

    expect(same.map(({ status }) => status)).toEqual([304, 304, 304]);
    expect([fresh, longer, closed].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(of(fresh, 'etag')).toEqual([tag]);
    expect(of(closed, 'etag')).toEqual(of(await read('notes'), 'etag'));
    for (const each of [...same, fresh]) expect(of(each, 'cache-control')).toEqual(['no-store']);
  });

  test('has another tag than an answer that holds only the beginning', async () => {
    const { make, append, read, request } = streamApp();
    await make('notes', {}, FULL);
    await append('notes', 'y');

    expect(of(await request('HEAD', 'notes'), 'etag')).not.toEqual(of(await read('notes'), 'etag'));
  });

  test('has no tag where it is a channel, of which the beginning may expire meanwhile', async () => {
    const { world, request } = streamApp();
    await say(memoryProcess(world), 'doors', 'a');
    const { status, headers } = await request('HEAD', 'doors', { 'if-none-match': '*' });

    expect([status, headers.get('etag')]).toEqual([200, null]);
  });
});

test('a look at a stream tells its type, its end, how it ends, and nothing that it holds', async () => {
  const { make, request } = streamApp();
  const expires = '2030-01-01T00:00:00Z';
  const made = await make('a', { ...JSON_TYPE, 'stream-expires-at': expires }, '[1]');
  await make('b', { 'stream-ttl': '60' });
  const names = ['content-type', 'stream-expires-at', 'stream-ttl', 'stream-closed', 'cache-control'];
  const [a, b] = [await request('HEAD', 'a'), await request('HEAD', 'b')];

  expect(of(a, ...names)).toEqual(['application/json', expires, null, null, 'no-store']);
  expect(of(b, ...names)).toEqual(['text/plain', null, '60', null, 'no-store']);
  expect([nextOffset(a), await a.text()]).toEqual([nextOffset(made), '']);
});

describe('an answer to who makes a stream', () => {
  test.each([
    [{}, 'http://localhost/v1/stream/a/b'],
    [{ host: 'api.test:8443', 'x-forwarded-proto': 'https' }, 'https://api.test:8443/v1/stream/a/b'],
    [{ host: 'api.test', 'x-forwarded-proto': 'gopher' }, 'http://api.test/v1/stream/a/b'],
    [{ 'x-forwarded-proto': 'http' }, 'http://localhost/v1/stream/a/b'],
  ])('says where it is, as the client with %j sees it', async (headers, location) => {
    const { make } = streamApp();

    expect((await make('a/b', headers as Record<string, string>)).headers.get('location')).toBe(location);
  });

  test('says that it is closed, once more too', async () => {
    const { make } = streamApp();
    const both = [await make('a', CLOSED, 'x'), await make('a', CLOSED, 'x')];

    expect(both.map(({ status }) => status)).toEqual([201, 200]);
    for (const response of both) {
      expect(of(response, 'stream-closed', 'content-type')).toEqual(['true', 'text/plain']);
      expect(nextOffset(response)).toMatch(/_0{15}1$/);
    }
    expect((await make('b')).headers.get('stream-closed')).toBeNull();
  });

  test('names bytes where no type was asked for', async () => {
    const { request } = streamApp();

    expect((await request('PUT', 'a')).headers.get('content-type')).toBe('application/octet-stream');
    expect((await request('PUT', 'a', { 'content-type': 'application/octet-stream' })).status).toBe(200);
  });
});

describe('an answer to a writer', () => {
  const as = (seq: number, epoch = 0) => ({
    'producer-id': 'p',
    'producer-epoch': String(epoch),
    'producer-seq': String(seq),
  });

  test('names the end, and the producer where there is one', async () => {
    const { make, append } = streamApp();
    await make('a');
    const plain = await append('a', 'x');
    const produced = await append('a', 'yz', as(0, 7));

    expect(of(plain, 'stream-next-offset', 'producer-epoch', 'stream-closed')).toEqual([
      expect.stringMatching(/_0{15}1$/),
      null,
      null,
    ]);
    expect(of(produced, 'stream-next-offset', 'producer-epoch', 'producer-seq')).toEqual([
      expect.stringMatching(/_0{15}3$/),
      '7',
      '0',
    ]);
  });

  test('who only closes has no body to be told of', async () => {
    const { make, request } = streamApp();
    await make('a');

    expect((await request('POST', 'a', { ...CLOSED, ...as(0) })).status).toBe(204);
    expect((await request('POST', 'a', { ...CLOSED, ...as(0) })).status).toBe(204);
  });
});
