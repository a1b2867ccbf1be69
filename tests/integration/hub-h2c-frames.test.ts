/** What the hub sends over HTTP/2, frame by frame: proxies hold an answer back until they know that it has ended. */

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { byFastPath, byRouter, eventsPath, publish } from '../support/http/http.ts';
import { FLAG, FRAME, type Frame, headerBlock, type RawClient, rawClient } from '../support/http/raw-h2.ts';
import { hubToken, ownerOf, testHub } from '../support/stack/hub.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const ORIGIN = 'https://dashboards.example';

let stack: LocalStack;
let hub: Hub;
let client: RawClient;
let authorization: string;
let stream = -1;
beforeAll(async () => {
  stack = await startLocalStack();
  hub = await testHub(stack, { settings: { h2cPort: 0 }, env: { CORS_ORIGINS: ORIGIN } });
  client = await rawClient(hub.h2cPort ?? 0);
  authorization = `Bearer ${await hubToken()}`;
});
afterAll(async () => {
  client?.socket.destroy();
  await hub?.stop();
  await stack?.stop();
});

const hasEnded = (frame: Frame | undefined) => frame !== undefined && (frame.flags & FLAG.endStream) !== 0;

/** The frames of the answer, once it has ended. */
async function ask(method: string, path: string, more: Record<string, string> = {}, body?: string) {
  stream += 2;
  const own = stream;
  const head = { ':method': method, ':path': path, ':scheme': 'http', ':authority': 'hub', authorization };
  const flags = FLAG.endHeaders + (body === undefined ? FLAG.endStream : 0);
  client.send(FRAME.headers, flags, own, headerBlock({ ...head, ...more }));
  if (body !== undefined) client.send(FRAME.data, FLAG.endStream, own, Buffer.from(body));
  await vi.waitUntil(() => hasEnded(client.answerOn(own).at(-1)), { timeout: WAIT_MS });
  return client.answerOn(own);
}
const json = { 'content-type': 'application/json' };

test.each([
  ['a publish by the fast path', 'POST', eventsPath('framed'), json, '{"data":1}'],
  ['a publish by the router', 'POST', byRouter(eventsPath('framed')), json, '{"data":1}'],
  ['a poll by the fast path', 'GET', eventsPath('framed', { maxvid: 0, wait: 0 }), {}, undefined],
  ['a poll by the router', 'GET', byRouter(eventsPath('framed', { maxvid: 0, wait: 0 })), {}, undefined],
  ['a problem by the fast path', 'GET', eventsPath('framed', { maxvid: -1 }), {}, undefined],
  ['a problem by the router', 'GET', '/nowhere', {}, undefined],
  ['the page', 'GET', '/', {}, undefined],
])('the frame with the last bytes of %s ends its stream', async (_, method, path, more, body) => {
  const frames = await ask(method, path, more, body);

  expect(frames.map(({ type }) => type)).toEqual([FRAME.headers, FRAME.data]);
  expect(frames.at(-1)?.payload.length).toBeGreaterThan(0);
});

test('an answer of many frames ends with the last that holds bytes', async () => {
  await publish(await ownerOf(hub), 'long', { data: 'x'.repeat(40_000) });
  for (const by of [byFastPath, byRouter]) {
    const frames = await ask('GET', by(eventsPath('long', { maxvid: 0, wait: 0 })));

    expect(frames.length).toBeGreaterThan(3);
    expect(frames.filter(({ payload }) => payload.length === 0)).toEqual([]);
  }
});

test.each([
  ['HEAD', '/', {}],
  ['OPTIONS', eventsPath('framed'), { origin: ORIGIN, 'access-control-request-method': 'GET' }],
])('an answer without a body ends with its head (%s)', async (method, path, more) => {
  const frames = await ask(method, path, more);

  expect(frames.map(({ type }) => type)).toEqual([FRAME.headers]);
});
