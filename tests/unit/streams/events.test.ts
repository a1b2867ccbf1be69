/** Server-sent events of a stream: over a connection that stays, and whole where a gateway holds answers back. */

import { describe, expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { PushError } from '../../../lib/errors.ts';
import { SHORT, STREAMED } from '../../../lib/http/durable-streams/sse.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { nextOffset, streamApp } from '../../support/memory/stream-app.ts';
import { track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const BYTES_TYPE = { 'content-type': 'application/octet-stream' };

/** What comes over the connection, event by event, as it comes. */
function eventsOf(response: Response) {
  const reader = response.body?.getReader();
  if (!reader) throw new Error('the answer has no body');
  const utf8 = new TextDecoder();
  return {
    /** The text of the next answer; undefined at the end of the connection. */
    async next(): Promise<string | undefined> {
      const { value } = await reader.read();
      return value && utf8.decode(value);
    },
    hangUp: () => reader.cancel(),
  };
}

/** What the last control event of a text says. */
function controlOf(text: string | undefined): Record<string, unknown> {
  const at = text?.lastIndexOf('event: control\ndata:') ?? -1;
  if (!text || at < 0) throw new Error(`there is no control event in ${text}`);
  const [, line = ''] = text.slice(at).split('\ndata:');
  return JSON.parse(line.slice(0, line.indexOf('\n'))) as Record<string, unknown>;
}

const dataOf = (text = '') => text.slice(0, text.indexOf('event: control'));

async function open(
  app: ReturnType<typeof streamApp>,
  query: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await app.read('notes', `?live=sse&${query}`, headers);
  return { response, ...eventsOf(response) };
}

describe('over a connection that stays', () => {
  test('what is there comes at once, then what is appended, each with the place after it', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', JSON_TYPE, '[1,{"a":2}]');
    const { response, next } = await open(app, 'offset=-1');
    const first = await next();
    const second = next();
    const appended = await app.append('notes', '["x"]', JSON_TYPE);

    expect(dataOf(first)).toBe('event: data\ndata:[1,{"a":2}]\n\n');
    expect(controlOf(first)).toEqual({
      streamNextOffset: expect.stringMatching(/_0{15}2$/),
      streamCursor: expect.stringMatching(/^\d+$/),
      upToDate: true,
    });
    expect(dataOf(await second)).toBe('event: data\ndata:["x"]\n\n');
    expect(controlOf(await second).streamNextOffset).toBe(nextOffset(appended));
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-store');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('transfer-encoding')).toBe('chunked');
    expect(response.headers.get('stream-sse-data-encoding')).toBeNull();
  });

  test('each cursor is beyond the last, and the first beyond the one that was sent', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', JSON_TYPE);
    const { next } = await open(app, 'offset=-1&cursor=99999999999');
    const cursors = [Number(controlOf(await next()).streamCursor)];
    for (let i = 0; i < 3; i++) {
      const coming = next();
      await app.append('notes', '1', JSON_TYPE);
      cursors.push(Number(controlOf(await coming).streamCursor));
    }

    expect(cursors[0]).toBeGreaterThan(99_999_999_999);
    expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b));
  });

  test('where nothing comes, a comment comes after each 15 s, and the connection ends after a minute', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', JSON_TYPE);
    const { next } = await open(app, 'offset=now');
    const first = await next();
    const rest: Array<string | undefined> = [];
    const reading = track(
      (async () => {
        for (let text = await next(); text !== undefined; text = await next()) rest.push(text);
      })(),
    );
    await app.clock.advance(14_999);
    const early = rest.length;
    await app.clock.advance(44_000);
    const before = [rest.length, reading.done];
    await app.clock.advance(1_001);

    expect([dataOf(first), controlOf(first).upToDate]).toEqual(['', true]);
    expect([early, ...before, reading.done]).toEqual([0, 3, false, true]);
    expect(new Set(rest)).toEqual(new Set([':\n\n']));
    expect(app.held.size).toBe(0);
  });

  test('bytes come as base64, and the answer says so', async () => {
    const app = streamApp({ events: STREAMED });
    await app.request('PUT', 'notes', BYTES_TYPE, Uint8Array.of(0, 255, 10));
    const { response, next } = await open(app, 'offset=-1');

    expect(dataOf(await next())).toBe('event: data\ndata:AP8K\n\n');
    expect(response.headers.get('stream-sse-data-encoding')).toBe('base64');
  });

  test('nothing is no data event, of whatever kind the stream is', async () => {
    for (const type of [JSON_TYPE, BYTES_TYPE, {}]) {
      const app = streamApp({ events: STREAMED });
      await app.make('notes', type);

      expect(dataOf(await (await open(app, 'offset=-1')).next())).toBe('');
    }
  });

  test('a character that two appends share comes whole, and its place is counted when it does', async () => {
    const app = streamApp({ events: STREAMED });
    const door = new TextEncoder().encode('a🚪');
    await app.request('PUT', 'notes', { 'content-type': 'text/plain' }, door.slice(0, 3));
    const { next } = await open(app, 'offset=-1');
    const first = await next();
    const coming = next();
    await app.request('POST', 'notes', { 'content-type': 'text/plain' }, door.slice(3));
    const second = await coming;

    expect([dataOf(first), dataOf(second)]).toEqual(['event: data\ndata:a\n\n', 'event: data\ndata:🚪\n\n']);
    expect(controlOf(first).streamNextOffset).toMatch(/_0{15}1$/);
    expect(controlOf(second).streamNextOffset).toMatch(/_0{15}5$/);
  });

  test('what is left of a character at the end of a closed stream comes as it is', async () => {
    const app = streamApp({ events: STREAMED });
    const headers = { 'content-type': 'text/plain', 'stream-closed': 'true' };
    await app.request('PUT', 'notes', headers, new TextEncoder().encode('aü').slice(0, 2));
    const text = await (await open(app, 'offset=-1')).next();

    expect(dataOf(text)).toBe('event: data\ndata:a\ufffd\n\n');
    expect(controlOf(text).streamNextOffset).toMatch(/_0{15}2$/);
  });

  test('the end of the stream is told, and ends the connection', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', JSON_TYPE, '1');
    const { next } = await open(app, 'offset=-1');
    await next();
    const coming = next();
    await app.append('notes', '2', { ...JSON_TYPE, 'stream-closed': 'true' });
    const last = await coming;

    expect(dataOf(last)).toBe('event: data\ndata:[2]\n\n');
    expect(controlOf(last)).toEqual({
      streamNextOffset: expect.stringMatching(/_0{15}2$/),
      upToDate: true,
      streamClosed: true,
    });
    expect(await next()).toBeUndefined();
  });

  test('a close without a message is told to who waits', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', JSON_TYPE, '1');
    const { next } = await open(app, 'offset=now');
    await next();
    const coming = next();
    await app.request('POST', 'notes', { 'stream-closed': 'true' });

    expect(controlOf(await coming)).toMatchObject({ streamClosed: true });
    expect(await next()).toBeUndefined();
  });

  test('more than one answer is told in several, and only the last is up to date', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', { 'content-type': 'text/plain' }, 'x'.repeat(LIMITS.answerBytes));
    await app.append('notes', 'yz');
    const { next } = await open(app, 'offset=-1');
    const [first, second] = [await next(), await next()];

    expect(controlOf(first)).not.toHaveProperty('upToDate');
    expect([dataOf(second), controlOf(second).upToDate]).toEqual(['event: data\ndata:yz\n\n', true]);
  });

  test('a stream that is deleted ends the connection, and the next one is told why', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', JSON_TYPE, '1');
    const { next } = await open(app, 'offset=-1');
    await next();
    const coming = next();
    await app.request('DELETE', 'notes');

    expect(await coming).toBeUndefined();
    await expectProblemDocument(await app.read('notes', '?live=sse&offset=-1'), 404, 'not-found');
  });

  test('what is wrong at first is a problem, not an event', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', JSON_TYPE);

    await expectProblemDocument(
      await app.read('notes', '?live=sse&offset=0000000000000001_0000000000000009'),
      410,
      'gone',
      'offset',
    );
    await expectProblemDocument(
      await app.read('notes', '?live=sse&offset=x'),
      400,
      'bad-parameter',
      'offset',
    );
    expect(app.held.size).toBe(0);
  });

  test('a token that ends, ends the connection at that moment', async () => {
    const soon = streamApp().clock.now() + 20_000;
    const app = streamApp({ events: STREAMED, caller: { ...TRUSTED, untilMs: soon } });
    await app.make('notes', JSON_TYPE);
    const { next } = await open(app, 'offset=-1');
    await next();
    const comment = next();
    await app.clock.advance(15_000);
    const end = track(next());
    await app.clock.advance(4_999);
    const early = end.done;
    await app.clock.advance(1);

    expect([await comment, early, await end.promise]).toEqual([':\n\n', false, ':\n\n']);
    expect(await next()).toBeUndefined();
  });

  test('a token that is not good any more ends the connection before the next answer', async () => {
    let isGood = true;
    const checkAgain = async () => {
      if (!isGood) throw new PushError('expired-token', 'The token has ended.');
    };
    const app = streamApp({ events: STREAMED, checkAgain });
    await app.make('notes', JSON_TYPE);
    const { next } = await open(app, 'offset=-1');
    await next();
    isGood = false;

    expect(await next()).toBeUndefined();
  });

  test('who hangs up holds nothing any more', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', JSON_TYPE);
    const hungUp = new AbortController();
    const response = await app.request('GET', 'notes?live=sse&offset=-1', {}, undefined, hungUp.signal);
    const { next } = eventsOf(response);
    await next();
    const coming = next();
    await settle();
    const held = app.held.size;
    hungUp.abort();

    expect([held, await coming, app.held.size]).toEqual([1, undefined, 0]);
  });

  test('a process that ends lets its readers go, after what it has', async () => {
    const app = streamApp({ events: STREAMED });
    await app.make('notes', JSON_TYPE);
    const { next } = await open(app, 'offset=-1');
    await next();
    const coming = next();
    await settle();
    app.held.close();

    expect([await coming, await next()]).toEqual([':\n\n', undefined]);
  });
});

describe('behind a gateway that holds answers back', () => {
  test('what is there is one answer, after a wait below a second for more', async () => {
    const app = streamApp({ events: SHORT });
    await app.make('notes', JSON_TYPE, '1');
    const reading = track(app.read('notes', '?live=sse&offset=-1'));
    await app.clock.advance(899);
    const early = reading.done;
    await app.append('notes', '2', JSON_TYPE);
    await app.clock.advance(1_000);
    const response = await reading.promise;
    const text = await response.text();

    expect(early).toBe(false);
    expect(text.match(/^data:\[.*$/gm)).toEqual(['data:[1]', 'data:[2]']);
    expect(controlOf(text).streamNextOffset).toMatch(/_0{15}2$/);
    expect(response.headers.get('transfer-encoding')).toBeNull();
  });

  test('what is more than an answer holds is left to the next connection, without a wait', async () => {
    const app = streamApp({ events: SHORT });
    await app.make('notes', {}, 'x'.repeat(LIMITS.answerBytes));
    await app.append('notes', 'yz');
    const text = await (await app.read('notes', '?live=sse&offset=-1')).text();

    expect(text.match(/^event: control$/gm)).toHaveLength(1);
    expect(controlOf(text).streamNextOffset).toMatch(new RegExp(`_0*${LIMITS.answerBytes}$`));
    expect(app.held.size).toBe(0);
  });

  test('the end of a closed stream is told at once', async () => {
    const app = streamApp({ events: SHORT });
    await app.make('notes', { ...JSON_TYPE, 'stream-closed': 'true' }, '1');

    expect(controlOf(await (await app.read('notes', '?live=sse&offset=-1')).text())).toMatchObject({
      streamClosed: true,
    });
  });
});
