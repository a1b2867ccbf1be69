/** The hub over HTTP/2 without TLS, as proxies speak it to their backends: many polls, a publish and a stream on one connection. */

import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { byRouter, eventsPath, range } from '../support/http/http.ts';
import { figuresOf, hubToken, testHub, wireTo } from '../support/stack/hub.ts';

let stack: LocalStack;
let hub: Hub;
let session: ClientHttp2Session;
let authorization: string;
beforeAll(async () => {
  stack = await startLocalStack();
});
beforeEach(async () => {
  hub = await testHub(stack, {
    settings: { h2cPort: 0 },
    env: { CORS_ORIGINS: 'https://dashboards.example' },
  });
  session = connect(`http://127.0.0.1:${hub.h2cPort}`);
  authorization = `Bearer ${await hubToken()}`;
});
afterEach(async () => {
  session.close();
  await hub.stop();
});
afterAll(() => stack?.stop());

function ask(path: string, headers: OutgoingHttpHeaders = {}, body?: string): ClientHttp2Stream {
  const method = body === undefined ? 'GET' : 'POST';
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const stream = session.request({ ':path': path, ':method': method, authorization, ...type, ...headers });
  stream.on('error', () => undefined);
  return stream.end(body);
}

async function answer(stream: ClientHttp2Stream) {
  const [headers] = (await once(stream, 'response')) as [Record<string, string | number>];
  const text = (await stream.setEncoding('utf8').toArray()).join('');
  return { status: headers[':status'], headers, text };
}
const held = () => hub.ports.poll.held.size;

test('publishes and polls, by the fast path and by the router, with the same headers as over HTTP/1.1', async () => {
  const posted = await answer(ask(eventsPath('doors'), {}, '{"data":1}'));
  const fast = await answer(ask(eventsPath('doors', { maxvid: 0 })));
  const router = await answer(ask(byRouter(eventsPath('doors', { maxvid: 0 }))));
  const overHttp1 = await fetch(`http://127.0.0.1:${hub.port}${eventsPath('doors', { maxvid: 0 })}`, {
    headers: { authorization },
  });

  expect(posted).toMatchObject({ status: 201, text: expect.stringContaining('"first":1') });
  expect(fast).toMatchObject({ status: 200, text: await overHttp1.text() });
  expect(router).toMatchObject({ status: 200, text: fast.text });
  const own = ['connection', 'keep-alive', 'date'];
  for (const [name, value] of overHttp1.headers)
    if (!own.includes(name)) expect(fast.headers[name]).toBe(value);
});

test('one connection holds many polls, and one event answers all of them', async () => {
  const polls = range(1, 50).map(() => answer(ask(eventsPath('many', { maxvid: 0 }))));
  await expect.poll(held).toBe(50);
  await answer(ask(eventsPath('many'), {}, '{"data":1}'));
  const answers = await Promise.all(polls);

  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect((await figuresOf(hub)).get('doorbell_connections')).toBe(1);
});

test('a stream that is reset is released at once; the others stay', async () => {
  const [given, kept] = [ask(eventsPath('resets', { maxvid: 0 })), ask(eventsPath('resets', { maxvid: 0 }))];
  const answered = answer(kept);
  await expect.poll(held).toBe(2);
  given.close(8);
  await expect.poll(held).toBe(1);
  await answer(ask(eventsPath('resets'), {}, '{"data":1}'));

  expect(await answered).toMatchObject({ status: 200 });
});

test('a connection that breaks releases all that it held', async () => {
  for (const _ of range(1, 10)) ask(eventsPath('breaks', { maxvid: 0 }));
  await expect.poll(held).toBe(10);
  session.destroy();

  await expect.poll(held).toBe(0);
});

test('server-sent events', async () => {
  const stream = ask(eventsPath('streamed', { maxvid: 0 }), { accept: 'text/event-stream' });
  const [headers] = (await once(stream, 'response')) as [Record<string, string | number>];
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await answer(ask(eventsPath('streamed'), {}, '{"data":1}'));

  await expect.poll(() => text).toMatch(/^id: 1\ndata: .*\n\n/m);
  expect(headers).toMatchObject({
    ':status': 200,
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
  });
  stream.close();
});

test('a hub that stops answers what it holds, and closes the connection', async () => {
  const polls = range(1, 5).map(() => answer(ask(eventsPath('stops', { maxvid: 0 }))));
  await expect.poll(held).toBe(5);
  const closed = once(session, 'close');
  await hub.stop();
  await closed;

  for (const { status, text } of await Promise.all(polls)) {
    expect(status).toBe(200);
    expect(text).toContain('"events":[]');
  }
});

test('a body is asked for when somebody reads it', async () => {
  const asking = (more: OutgoingHttpHeaders) =>
    session.request({
      ':path': eventsPath('asked'),
      ':method': 'POST',
      'content-type': 'application/json',
      expect: '100-continue',
      authorization,
      ...more,
    });
  const wanted = asking({});
  await once(wanted, 'continue');
  expect(await answer(wanted.end('{"data":1}'))).toMatchObject({ status: 201 });
  const refused = asking({ authorization: 'Bearer nonsense' });
  let isContinued = false;
  refused.on('continue', () => {
    isContinued = true;
  });

  expect(await answer(refused)).toMatchObject({ status: 401 });
  expect(isContinued).toBe(false);
  refused.close();
});

test('answers are counted by status as over HTTP/1.1', async () => {
  const count = async (status: number) =>
    (await figuresOf(hub)).get(`doorbell_http_responses_total{status="${status}"}`) ?? 0;
  await answer(ask(eventsPath('counted', { maxvid: -1 })));
  await expect.poll(() => count(400)).toBe(1);
  const counted = await count(200);
  const held = ask(eventsPath('counted'));
  await expect.poll(() => hub.ports.poll.held.size).toBe(1);
  held.close();
  await expect.poll(() => hub.ports.poll.held.size).toBe(0);

  expect(await count(200), 'what nobody was there to get').toBe(counted);
});

test('connections over HTTP/1.1 and HTTP/2 share what a hub takes', async () => {
  const small = await testHub(stack, { settings: { h2cPort: 0, maxConnections: 2 } });
  const overHttp1 = await wireTo(small);
  const overHttp2 = connect(`http://127.0.0.1:${small.h2cPort}`);
  await once(overHttp2, 'remoteSettings');
  const refused = await wireTo(small);
  await refused.closed;
  const alsoRefused = connect(`http://127.0.0.1:${small.h2cPort}`);
  await once(
    alsoRefused.on('error', () => undefined),
    'close',
  );

  expect((await figuresOf(small)).get('doorbell_connections')).toBe(2);
  overHttp1.socket.destroy();
  overHttp2.destroy();
  await small.stop();
});
