/** Reading a stream: what there is, where to go on, and waiting for what comes. */

import { describe, expect, test, vi } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { nextOffset, streamApp } from '../../support/memory/stream-app.ts';
import { track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a reader', () => {
  test('gets what there is, and goes on behind it', async () => {
    const { make, append, read } = streamApp();
    await make('notes', {}, 'ab');
    const first = await read('notes');
    await append('notes', 'cd');
    const second = await read('notes', `?offset=${nextOffset(first)}`);

    expect([await first.text(), await second.text()]).toEqual(['ab', 'cd']);
    expect(first.headers.get('content-type')).toBe('text/plain');
    expect(first.headers.get('stream-up-to-date')).toBe('true');
    expect(second.headers.get('stream-closed')).toBeNull();
  });

  test('of a stream with a time to live is served while nothing can be written', async () => {
    const { clock, make, read, ports } = streamApp();
    await make('notes', { 'stream-ttl': '60' }, 'ab');
    await clock.advance(30_000);
    const full = new PushError('unavailable', 'The log cannot be written.', { retryAfter: 1 });
    const swap = vi.spyOn(ports.streams, 'swap').mockRejectedValue(full);

    expect(await (await read('notes')).text()).toBe('ab');
    expect(swap).toHaveBeenCalledOnce();
  });

  test('of JSON gets the messages as an array', async () => {
    const { make, append, read } = streamApp();
    await make('notes', JSON_TYPE);
    await append('notes', '[{"a":1},2]', JSON_TYPE);

    expect(await (await read('notes', '?offset=-1')).json()).toEqual([{ a: 1 }, 2]);
  });

  test('that begins now gets nothing of before', async () => {
    const { make, append, read } = streamApp();
    await make('notes', {}, 'old');
    const now = await read('notes', '?offset=now');
    await append('notes', 'new');

    expect(await now.text()).toBe('');
    expect(await (await read('notes', `?offset=${nextOffset(now)}`)).text()).toBe('new');
  });

  test('that has an answer already is told that it still holds', async () => {
    const { make, append, read } = streamApp();
    await make('notes', {}, 'a');
    const tag = (await read('notes')).headers.get('etag') ?? '';
    const same = await read('notes', '', { 'if-none-match': `"other", W/${tag}` });
    await append('notes', 'b');
    const other = await read('notes', '', { 'if-none-match': tag });

    expect([same.status, await same.text(), other.status]).toEqual([304, '', 200]);
    expect(same.headers.get('etag')).toBe(tag);
  });

  test.each([
    ['?offset=', 'offset'],
    ['?offset=x', 'offset'],
    ['?live=long-poll', 'offset'],
    ['?live=other&offset=-1', 'live'],
    ['?offset=-1&offset=now', 'offset'],
  ])('that asks for %s is refused for its %s', async (query, field) => {
    const { make, read } = streamApp();
    await make('notes');

    await expectProblemDocument(await read('notes', query), 400, 'bad-parameter', field);
  });

  test('of a stream that is not there is told so', async () => {
    await expectProblemDocument(await streamApp().read('notes'), 404, 'not-found');
  });
});

test('what is known of a stream is told without its messages', async () => {
  const { make, request } = streamApp();
  const made = await make('notes', { 'stream-ttl': '60', 'stream-closed': 'true' }, 'ab');

  const { status, headers } = await request('HEAD', 'notes');

  expect(status).toBe(200);
  expect(headers.get('stream-next-offset')).toBe(nextOffset(made));
  expect([headers.get('stream-ttl'), headers.get('stream-closed')]).toEqual(['60', 'true']);
});

describe('a long poll', () => {
  test('has at once what is there', async () => {
    const { make, read } = streamApp();
    await make('notes', {}, 'ab');

    const response = await read('notes', '?live=long-poll&offset=-1');

    expect(await response.text()).toBe('ab');
    expect(response.headers.get('stream-cursor')).toMatch(/^\d+$/);
  });

  test('waits for what comes', async () => {
    const { make, append, read } = streamApp();
    const made = await make('notes', {}, 'ab');
    const polling = track(Promise.resolve(read('notes', `?live=long-poll&offset=${nextOffset(made)}`)));
    await settle();
    const early = polling.done;
    await append('notes', 'cd');

    expect([early, await (await polling.promise).text()]).toEqual([false, 'cd']);
  });

  test('that nothing comes for is over without a body, and says where to go on', async () => {
    const { clock, held, make, read } = streamApp();
    const made = await make('notes');
    const polling = track(Promise.resolve(read('notes', '?live=long-poll&offset=now')));
    await clock.advance(21_000);
    const response = await polling.promise;

    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(nextOffset(response)).toBe(nextOffset(made));
    expect(held.size).toBe(0);
  });

  test('at the end of a closed stream does not wait', async () => {
    const { make, read } = streamApp();
    const made = await make('notes', { 'stream-closed': 'true' }, 'ab');

    const response = await read('notes', `?live=long-poll&offset=${nextOffset(made)}`);

    expect([response.status, response.headers.get('stream-closed')]).toEqual([204, 'true']);
    expect(response.headers.get('stream-cursor')).toBeNull();
  });
});

test('events of a stream are what it holds, then where the reader is', async () => {
  const { clock, make, read } = streamApp();
  const made = await make('notes', {}, 'a\nb');
  const reading = track(Promise.resolve(read('notes', '?live=sse&offset=-1')));
  await clock.advance(2_000);
  const response = await reading.promise;
  const text = await response.text();

  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(text).toContain('event: data\ndata:a\ndata:b\n\n');
  expect(text.slice(text.indexOf('event: control'))).toContain(nextOffset(made));
});
