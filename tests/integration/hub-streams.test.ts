/** Server-sent events (PROTOCOL.md, "Events as a stream"): the polls' events on one answer that goes on. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import type { Event } from '../../lib/protocol/doorbell.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import {
  eventsPath,
  numbered,
  over,
  poll,
  problem,
  publish,
  publishLines,
  range,
  type Served,
} from '../support/http/http.ts';
import { type Message, openStream, type Stream } from '../support/http/sse.ts';
import { figuresOf, HUB_SECRET, hubToken, ownerOf, testHub } from '../support/stack/hub.ts';
import { startProcess } from '../support/stack/process.ts';
import { armsOn, expireBlocks, remakeTables } from '../support/stack/tables.ts';

let stack: LocalStack;
let hub: Hub;
let owner: Served;
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, { env: { DOORBELL_TOKEN_QUERY: 'true', DOORBELL_TOKEN_COOKIE: 'door' } });
  owner = await ownerOf(hub);
});
afterAll(async () => {
  await hub?.stop();
  await stack?.stop();
});

/** So many messages that are no comments. */
async function take(stream: Stream, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) {
    const message = await stream.next();
    if (message === undefined) break;
    if (!message.comment) messages.push(message);
  }
  return messages;
}
const idsOf = (messages: readonly Message[]) => messages.map(({ id }) => Number(id));
const held = () => hub.ports.poll.held.size;
const anonymous = () => over(`http://127.0.0.1:${hub.port}`);

test('a stream has every event after maxvid, and then those that come, each under its vid', async () => {
  await publish(owner, 'doors', numbered(1, 3));
  const stream = await openStream(owner, eventsPath('doors', { maxvid: 1 }));
  const [old, older] = await take(stream, 2);
  await publish(owner, 'doors', { id: 'new', data: 'now' });
  const [fresh] = await take(stream, 1);
  stream.close();

  expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
  expect(stream.response.headers.get('cache-control')).toBe('no-store');
  expect([old?.id, older?.id, fresh?.id]).toEqual(['2', '3', '4']);
  expect(JSON.parse(fresh?.data ?? '') as Event).toMatchObject({ vid: 4, id: 'new', data: 'now' });
});

test('a reader who comes back with Last-Event-ID goes on behind it, whatever its address says', async () => {
  await publish(owner, 'resumed', numbered(1, 5));
  const stream = await openStream(owner, eventsPath('resumed', { maxvid: 0 }), { 'last-event-id': '3' });
  const messages = await take(stream, 2);
  stream.close();

  expect(idsOf(messages)).toEqual([4, 5]);
});

test('a reader without a place hears what comes from now on', async () => {
  await publish(owner, 'from-now', numbered(1, 3));
  const stream = await openStream(owner, eventsPath('from-now'));
  expect(await stream.next()).toEqual({ comment: true });
  await publish(owner, 'from-now', { data: 4 });

  expect(idsOf(await take(stream, 1))).toEqual([4]);
  stream.close();
});

test('while nothing happens, a comment comes at the end of each wait', async () => {
  const stream = await openStream(owner, eventsPath('quiet', { maxvid: 0, wait: 1 }));
  const messages = [await stream.next(), await stream.next()];
  stream.close();

  expect(messages).toEqual([{ comment: true }, { comment: true }]);
});

test('a stream whose client has gone is no longer held', async () => {
  const stream = await openStream(owner, eventsPath('left', { maxvid: 0 }));
  await stream.next();
  await expect.poll(held).toBe(1);
  stream.close();

  await expect.poll(held).toBe(0);
});

describe('a place that the channel has not', () => {
  test('is a problem when the stream is opened there', async () => {
    await publish(owner, 'short', { data: 1 });
    const response = await owner.request(eventsPath('short', { maxvid: 99 }), {
      headers: { accept: 'text/event-stream' },
    });

    expect(response.status).toBe(409);
    expect(await problem(response)).toMatchObject({ type: 'urn:doorbell:problem:reset', head: 1 });
  });

  test.each(['nonsense', '-1', '1.5'])('Last-Event-ID: %s is a bad request', async (id) => {
    const response = await owner.request(eventsPath('short'), {
      headers: { accept: 'text/event-stream', 'last-event-id': id },
    });

    expect(response.status).toBe(400);
  });
});

test('a newer stream of the same client ends the older one', async () => {
  await publish(owner, 'twice', { data: 1 });
  const older = await openStream(owner, eventsPath('twice', { maxvid: 1, client: 'wall' }));
  await older.next();
  await expect.poll(held).toBe(1);
  const newer = await openStream(owner, eventsPath('twice', { maxvid: 1, client: 'wall' }));
  await newer.next();

  expect(await take(older, 1)).toEqual([]);
  await publish(owner, 'twice', { data: 2 });
  expect(idsOf(await take(newer, 1))).toEqual([2]);
  newer.close();
});

test('how many events a reader missed is told before the first that it gets', async () => {
  for (const data of range(1, 4)) await publish(owner, 'expired', { data });
  await expireBlocks(stack, 'expired', 2);
  const reader = await testHub(stack);
  const stream = await openStream(await ownerOf(reader), eventsPath('expired', { maxvid: 0 }));
  const messages = await take(stream, 3);
  await reader.stop();

  expect(messages[0]).toEqual({ event: 'missed', id: '2', data: '2' });
  expect(idsOf(messages)).toEqual([2, 3, 4]);
});

test('a slow reader is asked for slowly: the log is not read ahead of it', async () => {
  const line = JSON.stringify('x'.repeat(250_000));
  for (const _ of range(1, 3)) await publishLines(owner, 'much', Array(16).fill(line));
  const before = (await figuresOf(hub)).get('doorbell_events_delivered_total') ?? 0;
  const stream = await openStream(owner, eventsPath('much', { maxvid: 0 }));
  expect(idsOf(await take(stream, 1))).toEqual([1]);
  const during = (await figuresOf(hub)).get('doorbell_events_delivered_total') ?? 0;
  const rest = await take(stream, 47);
  stream.close();

  expect(during - before).toBeLessThan(48);
  expect(idsOf(rest)).toEqual(range(2, 48));
});

describe('a token', () => {
  test('in the query or in the cookie opens a stream where that is configured', async () => {
    await publish(owner, 'carried', { data: 1 });
    const token = await mint(HUB_SECRET, { read: ['carried'], write: [], ttlS: 60, now: Date.now() });
    const inQuery = await openStream(anonymous(), eventsPath('carried', { maxvid: 0, access_token: token }));
    const inCookie = await openStream(anonymous(), eventsPath('carried', { maxvid: 0 }), {
      cookie: `door=${token}`,
    });

    expect(idsOf([...(await take(inQuery, 1)), ...(await take(inCookie, 1))])).toEqual([1, 1]);
    inQuery.close();
    inCookie.close();
  });

  test('of another channel opens none', async () => {
    const token = await mint(HUB_SECRET, { read: ['other'], write: [], ttlS: 60, now: Date.now() });
    const response = await anonymous().request(eventsPath('carried'), {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` },
    });

    expect(response.status).toBe(403);
  });

  test('that ends, ends its stream', async () => {
    const now = Date.now();
    // The verifier lets a token live 30 s longer than it says, for clocks that differ.
    const token = await mint(HUB_SECRET, { read: ['*'], write: [], ttlS: 1, now: now - 29_500 });
    const stream = await openStream(
      over(`http://127.0.0.1:${hub.port}`, token),
      eventsPath('ends', { maxvid: 0 }),
    );
    await take(stream, 1);

    expect(Date.now() - now).toBeLessThan(5_000);
    expect(held()).toBe(0);
    const again = await over(`http://127.0.0.1:${hub.port}`, token).request(eventsPath('ends'));
    expect(await problem(again)).toMatchObject({ type: 'urn:doorbell:problem:expired-token' });
  });
});

test('who prefers JSON gets a poll', async () => {
  const response = await owner.request(eventsPath('doors', { maxvid: 0 }), {
    headers: { accept: 'application/json, text/event-stream' },
  });

  expect(response.headers.get('content-type')).toBe('application/json');
  expect((await poll(owner, 'doors', { maxvid: 0 })).events).toHaveLength(4);
});

test('a hub that stops ends its streams, and another goes on where they were', async () => {
  const other = await testHub(stack);
  await publish(owner, 'moved', { data: 1 });
  const token = await hubToken();
  const stream = await openStream(
    over(`http://127.0.0.1:${other.port}`, token),
    eventsPath('moved', { maxvid: 0 }),
  );
  const [first] = await take(stream, 1);
  await other.stop();
  expect(await take(stream, 1)).toEqual([]);
  await publish(owner, 'moved', { data: 2 });
  const after = await openStream(owner, eventsPath('moved'), { 'last-event-id': first?.id ?? '' });

  expect(idsOf(await take(after, 1))).toEqual([2]);
  after.close();
});

// Last: the log is made anew under everybody. The arms stay, so that the new life's first publisher rings.
test('a stream whose channel begins another life says so and ends', async () => {
  await publish(owner, 'reborn', numbered(1, 3));
  const stream = await openStream(owner, eventsPath('reborn', { maxvid: 0 }));
  expect(idsOf(await take(stream, 3))).toEqual([1, 2, 3]);
  await expect.poll(() => armsOn(stack, 'reborn')).toBe(1);
  // Behind the stream's own look at the log, which follows its arm.
  await poll(owner, 'reborn', { maxvid: 3, wait: 0 });
  await remakeTables(stack, ['EVENTS_TABLE']);
  await publish(startProcess(stack).app, 'reborn', { data: 'new life' });
  const messages = await take(stream, 2);

  expect(messages).toMatchObject([{ event: 'reset' }]);
  expect(JSON.parse(messages[0]?.data ?? '')).toMatchObject({ code: 'reset', head: 1, earliest: 1 });
});
