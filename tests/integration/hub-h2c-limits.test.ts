/** What slow and greedy clients may hold over HTTP/2: the limits of HTTP/1.1, for each stream, so that one connection holds up nobody else. */

import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import {
  byFastPath,
  byRouter,
  dataOf,
  eventsPath,
  over,
  poll,
  posting,
  publish,
  range,
  type Served,
} from '../support/http/http.ts';
import { FLAG, FRAME, headerBlock, rawClient } from '../support/http/raw-h2.ts';
import { figuresOf, HUB_SECRET, hubToken, ownerOf, testHub } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

/** On a busy machine. */
const SOON = { timeout: WAIT_MS };
const WAYS = [
  ['by the fast path', byFastPath],
  ['by the router', byRouter],
] as const;

let stack: LocalStack;
let hub: Hub;
/** With the timeouts that a hub has: what it refuses at once is not refused as slow, however busy the machine is. */
let patientHub: Hub;
let owner: Served;
let authorization: string;
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, {
    settings: { h2cPort: 0, maxPublishes: 4 },
    timeouts: { headersMs: 300, requestMs: 400, readMs: 300, keepAliveMs: 300, checkMs: 50 },
  });
  patientHub = await testHub(stack, { settings: { h2cPort: 0 } });
  owner = await ownerOf(hub);
  authorization = `Bearer ${await hubToken()}`;
});
afterAll(async () => {
  await Promise.all([hub?.stop(), patientHub?.stop()]);
  await stack?.stop();
});

async function sessionTo(settings = {}, { h2cPort } = hub): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${h2cPort}`, { settings });
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

function ask(
  session: ClientHttp2Session,
  method: string,
  channel: string,
  by: (path: string) => string = byFastPath,
  more: object = {},
) {
  const type = method === 'POST' ? { 'content-type': 'application/json' } : {};
  const path = eventsPath(channel, method === 'POST' ? {} : { maxvid: 0 });
  const stream = session.request(
    { ':path': by(path), ':method': method, authorization, ...type, ...more },
    { endStream: method === 'GET' },
  );
  stream.on('error', () => undefined);
  return stream;
}

async function statusOf(stream: ClientHttp2Stream): Promise<unknown> {
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  stream.resume();
  return headers[':status'];
}

describe('a connection is closed that', () => {
  const head = () => headerBlock({ ':method': 'GET', ':path': '/', ':scheme': 'http', ':authority': 'hub' });

  test('says nothing but how it begins', async () => {
    const client = await rawClient(hub.h2cPort ?? 0);
    await client.closed;

    expect(client.frames.some(({ type }) => type === FRAME.goaway)).toBe(true);
  });

  test('does not end its first head', async () => {
    const client = await rawClient(hub.h2cPort ?? 0);
    client.send(FRAME.headers, FLAG.endStream, 1, head());

    await client.closed;
  });

  test.each([
    ['and nothing else', () => undefined],
    ['however often it pings', (ping: () => void) => setInterval(ping, 20)],
  ])('has asked and then asks no more, %s', async (_, begin) => {
    const client = await rawClient(hub.h2cPort ?? 0);
    client.send(FRAME.headers, FLAG.endStream + FLAG.endHeaders, 1, head());
    const pinging = begin(() => client.send(FRAME.ping, 0, 0, Buffer.alloc(8)));
    await client.closed;
    clearInterval(pinging);

    expect(client.answerOn(1).at(-1)?.flags).toBe(FLAG.endStream);
    expect(client.frames.at(-1)?.type).toBe(FRAME.goaway);
  });
});

describe('a body that stands still', () => {
  test.each(WAYS)('is sent away, and its connection goes on, %s', async (_, by) => {
    const session = await sessionTo();
    const held = statusOf(ask(session, 'GET', 'held-beside'));
    const stalled = ask(session, 'POST', 'stalled', by);
    stalled.write('{"da');
    expect(await statusOf(stalled)).toBe(408);
    await once(stalled, 'close');
    await publish(owner, 'held-beside', { data: 1 });

    expect(stalled.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    expect(await held).toBe(200);
    expect(await poll(owner, 'stalled', { maxvid: 0, wait: 0 })).toMatchObject({ events: [] });
  });

  test.each(WAYS)('leaves room for the bodies of other tokens, and then its own, %s', async (_, by) => {
    const session = await sessionTo();
    // Open as long as the test: what frees the places is no end of the connection.
    const stalled = range(1, 20).map(() => ask(session, 'POST', 'crowded', by));
    for (const stream of stalled) stream.write('{"da');
    const refused = await Promise.race(stalled.map(statusOf));
    const token = await mint(HUB_SECRET, { read: [], write: ['crowded'], ttlS: 60, now: Date.now() });
    const other = over(`http://127.0.0.1:${hub.port}`, token);

    expect(refused).toBe(429);
    expect((await other.request(eventsPath('crowded'), posting({ data: 1 }))).status).toBe(201);
    await expect
      .poll(async () => (await owner.request(eventsPath('crowded'), posting({ data: 1 }))).status, {
        timeout: WAIT_MS,
      })
      .toBe(201);
    expect(session.closed).toBe(false);
  });
});

test.each([
  ['by the fast path', 'broken-off', byFastPath, {}],
  ['by the router', 'broken-off-far', byRouter, {}],
  ['by the fast path, with a length', 'broken-short', byFastPath, { 'content-length': '24' }],
  ['by the router, with a length', 'broken-short-far', byRouter, { 'content-length': '24' }],
])('of a body that breaks off nothing is published, %s', async (_, channel, by, more) => {
  const client = await rawClient(hub.h2cPort ?? 0);
  const begin = (stream: number) => {
    const head = {
      ':method': 'POST',
      ':path': by(eventsPath(channel)),
      ':scheme': 'http',
      ':authority': 'hub',
    };
    const type = { authorization, 'content-type': 'application/x-ndjson' };
    client.send(FRAME.headers, FLAG.endHeaders, stream, headerBlock({ ...head, ...type, ...more }));
    // A line that could stand alone; END_STREAM does not come.
    client.send(FRAME.data, 0, stream, Buffer.from('{"data":"half"}\n'));
  };
  for (const [stream, code] of [constants.NGHTTP2_CANCEL, constants.NGHTTP2_INTERNAL_ERROR].entries()) {
    const id = 2 * stream + 1;
    begin(id);
    const pings = client.frames.filter(({ type }) => type === FRAME.ping).length;
    client.send(FRAME.ping, 0, 0, Buffer.alloc(8));
    // By then the body is being read.
    await expect
      .poll(() => client.frames.filter(({ type }) => type === FRAME.ping).length, SOON)
      .toBe(pings + 1);
    client.send(FRAME.reset, 0, id, Buffer.from([0, 0, 0, code]));
  }
  begin(5);
  client.socket.destroySoon();
  await expect.poll(connections, SOON).toBe(0);
  await publish(owner, channel, { data: 'after' });

  expect(dataOf((await poll(owner, channel, { maxvid: 0, wait: 0 })).events)).toEqual(['after']);
});

/** The test's own over HTTP/1.1 soon has been idle for too long too. */
async function connections(): Promise<number> {
  return (await figuresOf(hub)).get('doorbell_connections') ?? 0;
}

test.each(WAYS)('after a refusal the rest of a body is not waited for, %s', async (_, by) => {
  const session = await sessionTo({}, patientHub);
  const stream = ask(session, 'POST', 'refused', by, { authorization: 'Bearer x' });
  stream.write('{"da');

  expect(await statusOf(stream)).toBe(401);
  await once(stream, 'close');
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
});

test.each(WAYS)('a writer without an end is refused and its stream ended, %s', async (_, by) => {
  const session = await sessionTo({}, patientHub);
  const stream = ask(session, 'POST', 'endless', by);
  const status = statusOf(stream);
  // More than a body may have, and no END_STREAM.
  stream.write(Buffer.alloc(LIMITS.bodyBytes + 64 * 1024, ' '));

  expect(await status).toBe(413);
  await once(stream, 'close');
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
});

test.each([
  ...WAYS.map(([way, by]) => [way, by, {}] as const),
  ...WAYS.map(([way, by]) => [`in a stream ${way}`, by, { accept: 'text/event-stream' }] as const),
])('a client that takes nothing of its answer is cut off, %s', async (_, by, more) => {
  await publish(owner, 'unread', { data: 'x'.repeat(10_000) });
  const cut = async () => (await figuresOf(hub)).get('doorbell_unread_cut_total{reason="time"}') ?? 0;
  const before = await cut();
  const session = await sessionTo({ initialWindowSize: 0 });
  const closed = once(session, 'close');
  await statusOf(ask(session, 'GET', 'unread', by, more));
  await closed;

  expect((await cut()) - before).toBe(1);
  await expect.poll(async () => (await figuresOf(hub)).get('doorbell_unread_bytes'), SOON).toBe(0);
});
