/** Reads of and appends to Durable Streams on a hub's fast path, as they come: over HTTP/1.1 and HTTP/2, by many readers, and at the end of a token and of the hub. */

import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import { over, range, type Served } from '../support/http/http.ts';
import { openStream, type Stream } from '../support/http/sse.ts';
import { fileHub, HUB_SECRET, wireTo } from '../support/stack/hub.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const ALL = { read: ['*'], write: ['*'], manage: ['*'] };
const NOTES = '/v1/stream/docs/notes';

let hub: Hub;
let owner: Served;
let authorization: string;
let close: () => Promise<void>;
beforeEach(async () => {
  const { hub: started, opened } = await fileHub(':memory:', { settings: { h2cPort: 0 } });
  hub = started;
  const token = await mint(HUB_SECRET, { ...ALL, ttlS: 600, now: Date.now() });
  authorization = `Bearer ${token}`;
  owner = over(`http://127.0.0.1:${hub.port}`, token);
  close = async () => {
    await hub.stop();
    opened.close();
  };
  const made = await owner.request(NOTES, { method: 'PUT', headers: JSON_TYPE });
  expect(made.status).toBe(201);
});
afterEach(async () => {
  await close();
});

const held = () => hub.ports.poll.held.size;
const append = (body: string) => owner.request(NOTES, { method: 'POST', headers: JSON_TYPE, body });
const end = async () =>
  (await owner.request(NOTES, { method: 'HEAD' })).headers.get('stream-next-offset') ?? '';
const following = async (way: string) => `${NOTES}?live=${way}&offset=${await end()}`;

/** The data of the next event, and where its reader then is. */
async function next(
  stream: Stream,
): Promise<{ readonly data: string | undefined; readonly control: unknown }> {
  const first = await stream.next();
  const isData = first?.event === 'data';
  const control = isData ? await stream.next() : first;
  return { data: isData ? first.data : undefined, control: control?.data && JSON.parse(control.data) };
}

test('a long poll is answered with what is appended, and the next one goes on behind it', async () => {
  const readers = range(1, 20);
  const from = await following('long-poll');
  const polls = readers.map(() => owner.request(from));
  await expect.poll(held).toBe(readers.length);
  const appended = await append('[1,2]');
  const answers = await Promise.all(polls);

  const offset = appended.headers.get('stream-next-offset');
  expect(new Set(answers.map(({ headers }) => headers.get('stream-next-offset')))).toEqual(new Set([offset]));
  expect(new Set(await Promise.all(answers.map((one) => one.text())))).toEqual(new Set(['[1,2]']));

  const again = readers.map(() => owner.request(`${NOTES}?live=long-poll&offset=${offset}`));
  await expect.poll(held).toBe(readers.length);
  await append('3');
  expect(new Set(await Promise.all(again.map(async (one) => (await one).text())))).toEqual(new Set(['[3]']));
});

test('a client that still writes an append is told why it is refused, and may ask again', async () => {
  const bytes = 50_000;
  const wire = await wireTo(hub);
  const head = (line: string) => `${line} HTTP/1.1\r\nHost: hub\r\nAuthorization: ${authorization}\r\n`;
  const type = `Content-Type: text/plain\r\nContent-Length: ${bytes}\r\n\r\n`;
  wire.socket.write(`${head('POST /v1/stream/none')}${type}`);
  await expect.poll(wire.received).toMatch(/^HTTP\/1\.1 404 /);

  wire.socket.write('x'.repeat(bytes));
  wire.socket.write(`${head(`HEAD ${NOTES}`)}\r\n`);
  await expect.poll(wire.received).toMatch(/HTTP\/1\.1 200 /);
  wire.socket.destroy();
});

describe('server-sent events', () => {
  test('come as they are appended, to all readers the same, and a reader who goes is no longer held', async () => {
    const from = await following('sse');
    const streams = await Promise.all(range(1, 10).map(() => openStream(owner, from)));
    const begun = await Promise.all(streams.map(next));
    expect(begun.every(({ data, control }) => data === undefined && (control as Control).upToDate)).toBe(
      true,
    );
    const told: unknown[] = [];
    for (const n of [1, 2, 3]) {
      await append(`${n}`);
      const all = await Promise.all(streams.map(next));
      expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
      told.push(all[0]?.data);
    }

    expect(told).toEqual(['[1]', '[2]', '[3]']);
    await expect.poll(held).toBe(10);
    for (const stream of streams) stream.close();
    await expect.poll(held).toBe(0);
  });

  test('end with the stream, and the reader is told so', async () => {
    const stream = await openStream(owner, await following('sse'));
    await next(stream);
    await owner.request(NOTES, { method: 'POST', headers: { 'stream-closed': 'true' } });

    expect(await next(stream)).toMatchObject({ control: { streamClosed: true } });
    expect(await stream.next()).toBeUndefined();
  });

  test('end with the token', async () => {
    // The verifier lets a token live 30 s longer than it says, for clocks that differ.
    const token = await mint(HUB_SECRET, { ...ALL, ttlS: 1, now: Date.now() - 29_500 });
    const stream = await openStream(over(`http://127.0.0.1:${hub.port}`, token), await following('sse'));
    while ((await stream.next()) !== undefined);

    expect(held()).toBe(0);
  });
});

test('a hub that stops answers its polls, and ends its events', async () => {
  const poll = owner.request(await following('long-poll'));
  const stream = await openStream(owner, await following('sse'));
  await next(stream);
  await expect.poll(held).toBe(2);
  const stopping = hub.stop();

  expect((await poll).status).toBe(204);
  while ((await stream.next()) !== undefined);
  await stopping;
});

describe('over HTTP/2', () => {
  let session: ClientHttp2Session;
  beforeEach(() => {
    session = connect(`http://127.0.0.1:${hub.h2cPort}`);
  });
  afterEach(() => session.destroy());
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}, body?: string) => {
    const stream = session.request({ ':path': path, authorization, ...headers });
    stream.end(body);
    return stream;
  };

  test('is read and appended to as over HTTP/1.1, with the same headers', async () => {
    const posted = await answer(ask(NOTES, { ':method': 'POST', ...JSON_TYPE }, '["…"]'));
    const [over2, over1] = [
      await answer(ask(`${NOTES}?offset=-1`)),
      await owner.request(`${NOTES}?offset=-1`),
    ];

    expect([posted.headers[':status'], over2.headers[':status'], over2.text]).toEqual([204, 200, '["…"]']);
    expect(over2.text).toBe(await over1.text());
    for (const [name, value] of over1.headers)
      if (!['connection', 'keep-alive', 'date'].includes(name)) expect(over2.headers[name]).toBe(value);
  });

  test('polls and events are told of an append, and are released when they are reset', async () => {
    const poll = answer(ask(await following('long-poll')));
    const events = ask(await following('sse'));
    let text = '';
    events.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    await expect.poll(held).toBe(2);
    await append('1');

    expect((await poll).text).toBe('[1]');
    await expect.poll(() => text).toContain('event: data\ndata:[1]\n\nevent: control\n');
    await expect.poll(held).toBe(1);
    events.close(8);
    await expect.poll(held).toBe(0);
  });
});

interface Control {
  readonly upToDate?: boolean;
}

/** The whole answer. */
function answer(stream: ClientHttp2Stream) {
  return new Promise<{ readonly headers: Readonly<Record<string, unknown>>; readonly text: string }>(
    (resolve, reject) => {
      let headers = {};
      let text = '';
      stream.on('response', (came) => {
        headers = came;
      });
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      stream.on('end', () => resolve({ headers, text }));
      stream.on('error', reject);
    },
  );
}

test('a body that is packed is refused before it is read, on the fast path and on the router', async () => {
  const packed = { ...JSON_TYPE, 'content-encoding': 'gzip' };
  const bodies = ['[1]', JSON.stringify(['x'.repeat(200_000)])];
  for (const body of bodies) {
    const answer = await owner.request(NOTES, { method: 'POST', headers: packed, body });
    expect([answer.status, await answer.json()]).toMatchObject([415, { field: 'content-encoding' }]);
  }

  expect(await (await owner.request(NOTES)).json()).toEqual([]);
});
