/** What waits for clients that do not read has a bound for each connection and for the process, over HTTP/1.1, over HTTP/2 and in streams. */

import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import type { PollAnswer } from '../../lib/protocol/doorbell.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import {
  byFastPath,
  byRouter,
  eventsPath,
  poll,
  publishLines,
  range,
  type Served,
} from '../support/http/http.ts';
import { figuresOf, hubToken, ownerOf, testHub, type Wire, wireTo } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const MIB = 1024 * 1024;
/** Of the process. A connection has a quarter. */
const BOUND = 8 * MIB;
/** So many answers of the events below. */
const FIT = 2;
const EVENTS = 40;
const STREAM = { accept: 'text/event-stream' };

let stack: LocalStack;
let hub: Hub;
let owner: Served;
let authorization: string;
beforeAll(async () => {
  stack = await startLocalStack();
  // Of the limits of time none comes: what is cut is cut by the bound.
  hub = await testHub(stack, {
    settings: { h2cPort: 0, maxUnreadBytes: BOUND },
  });
  owner = await ownerOf(hub);
  authorization = `Bearer ${await hubToken()}`;
  // Ten megabytes: each answer is about as large as one may be, and no two places have the same.
  const line = JSON.stringify('x'.repeat(250_000));
  for (const _ of range(1, EVENTS)) await publishLines(owner, 'much', [line]);
});
afterEach(() => expect.poll(unread, { timeout: WAIT_MS }).toBe(0));
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

const figure = async (name: string) => (await figuresOf(hub)).get(name) ?? 0;
const unread = () => figure('doorbell_unread_bytes');
const cuts = (reason: string) => figure(`doorbell_unread_cut_total{reason="${reason}"}`);

/** A connection that takes heads, and of bodies nothing. */
async function unreading(): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${hub.h2cPort}`, { settings: { initialWindowSize: 0 } });
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

function ask(session: ClientHttp2Session, maxvid: number, more: object, by = byFastPath): ClientHttp2Stream {
  const stream = session.request({ ':path': by(eventsPath('much', { maxvid })), authorization, ...more });
  return stream.on('error', () => undefined);
}

async function statusOf(stream: ClientHttp2Stream): Promise<unknown> {
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  return headers[':status'];
}

describe('over HTTP/2 one connection', () => {
  test('holds no more than a quarter, and is told to come again', async () => {
    const session = await unreading();
    const statuses = await Promise.all(range(1, 20).map((maxvid) => statusOf(ask(session, maxvid, {}))));

    expect(statuses.filter((status) => status === 200)).toHaveLength(FIT);
    expect(statuses.filter((status) => status === 503)).toHaveLength(20 - FIT);
    expect(await unread()).toBeLessThanOrEqual(BOUND / 4);
    session.destroy();
  });

  test.each([
    ['by the router', {}, byRouter],
    ['in streams', STREAM, byFastPath],
    ['in streams by the router', STREAM, byRouter],
  ])('holds no more than a quarter, and what is too much is reset, %s', async (_, more, by) => {
    const before = await cuts('connection');
    const session = await unreading();
    const streams = range(1, 20).map((maxvid) => ask(session, maxvid, more, by));
    const reset = () => streams.filter(({ rstCode }) => rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM);
    await expect.poll(() => reset().length, { timeout: WAIT_MS }).toBe(20 - FIT);

    expect(await unread()).toBeGreaterThan(BOUND / 8);
    expect(await unread()).toBeLessThanOrEqual(BOUND / 4);
    expect((await cuts('connection')) - before).toBe(20 - FIT);
    expect(streams.filter(({ closed }) => !closed)).toHaveLength(FIT);
    session.destroy();
  });

  test('holds an answer that many wait for once', async () => {
    const session = await unreading();
    const statuses = await Promise.all(range(1, 200).map(() => statusOf(ask(session, 0, {}))));

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await unread()).toBeLessThanOrEqual(BOUND / 4);
    session.destroy();
  });
});

describe('over HTTP/1.1 a connection that asks and does not read', () => {
  async function asking(by: (path: string) => string): Promise<Wire> {
    const wire = await wireTo(hub);
    wire.socket.pause();
    const head = ['Host: h', `Authorization: ${authorization}`, '', ''];
    const asked = range(1, 30).map((maxvid) =>
      [`GET ${by(eventsPath('much', { maxvid }))} HTTP/1.1`, ...head].join('\r\n'),
    );
    wire.socket.write(asked.join(''));
    return wire;
  }

  test('holds no more than a quarter, and is told to come again', async () => {
    const answered = (status: number) => figure(`doorbell_http_responses_total{status="${status}"}`);
    const before = await answered(503);
    const wire = await asking(byFastPath);
    await expect.poll(() => answered(503), { timeout: WAIT_MS }).toBeGreaterThan(before);

    expect(await unread()).toBeGreaterThan(0);
    expect(await unread()).toBeLessThanOrEqual(BOUND / 4);
    wire.socket.destroy();
  });

  test('is cut where it has more, by the router', async () => {
    const before = await cuts('connection');
    const wire = await asking(byRouter);
    await expect.poll(() => cuts('connection'), { timeout: WAIT_MS }).toBeGreaterThan(before);
    wire.socket.resume();

    await wire.closed;
  });
});

test.each([
  ['polls', {}],
  ['streams', STREAM],
])(
  '%s of many connections hold no more than the process may, and who reads has everything',
  async (_, more) => {
    const before = await cuts('process');
    const wires = await Promise.all(range(1, 16).map(() => wireTo(hub)));
    for (const [i, { socket }] of wires.entries()) {
      socket.pause();
      const accept = Object.entries(more).map(([name, value]) => `${name}: ${value}\r\n`);
      const path = eventsPath('much', { maxvid: i });
      // More than the system takes for one connection.
      const request = `GET ${path} HTTP/1.1\r\nHost: h\r\nAuthorization: ${authorization}\r\n${accept.join('')}\r\n`;
      socket.write(request.repeat(more === STREAM ? 1 : 8));
      expect(await unread()).toBeLessThanOrEqual(BOUND);
    }
    await expect.poll(() => cuts('process'), { timeout: WAIT_MS }).toBeGreaterThan(before);

    const answer: PollAnswer = await poll(owner, 'much', { maxvid: EVENTS - 3 });
    expect(answer.events).toHaveLength(3);
    expect(await unread()).toBeLessThanOrEqual(BOUND);
    for (const { socket } of wires) socket.destroy();
  },
);
