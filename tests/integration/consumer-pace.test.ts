/** examples/consumer before servers and proxies that answer oddly: how long it waits, as it says itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { WAIT_MS } from '../support/time/limits.ts';

const CONSUMER = join(import.meta.dirname, '../../examples/consumer/consume.mjs');
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The seconds that the consumer says it waits, in front of a server that answers so. */
async function waits(
  answer: (response: ServerResponse, request: IncomingMessage, count: number) => void,
  atLeast: number,
): Promise<{ readonly seconds: readonly number[]; readonly requests: number }> {
  let requests = 0;
  const server = createServer((request, response) => answer(response, request, ++requests));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const consumer = spawn(process.execPath, [CONSUMER, 'doors', 'billing'], {
    env: { ...process.env, DOORBELL_URL: `http://127.0.0.1:${port}`, DOORBELL_TOKEN: 'x' },
  });
  ends.push(async () => {
    consumer.kill('SIGKILL');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  let said = '';
  consumer.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const seconds = () => [...said.matchAll(/again in ([\d.]+|NaN) s/g)].map(([, text]) => Number(text));
  await vi.waitUntil(() => seconds().length >= atLeast, { timeout: WAIT_MS, interval: 20 });
  return { seconds: seconds(), requests };
}

const busy = (retryAfter: string) => (response: ServerResponse) =>
  response.writeHead(503, { 'retry-after': retryAfter }).end('{"detail":"Busy."}');

test.each([
  ['a month', '2592000', 300, 301],
  ['three seconds', '3', 3, 4],
  ['words', 'soon', 0, 1],
  ['less than nothing', '-5', 0, 1],
  ['a date that is past', 'Thu, 01 Jan 2026 00:00:00 GMT', 0, 1],
  ['a date in a year', new Date(Date.now() + 31_536_000_000).toUTCString(), 300, 301],
])('a Retry-After of %s is heeded for as long as is good', async (_, retryAfter, least, most) => {
  const { seconds } = await waits(busy(retryAfter), 1);

  expect(seconds[0]).toBeGreaterThanOrEqual(least);
  expect(seconds[0]).toBeLessThanOrEqual(most);
});

test('two logs that alternate behind one address make it pause, and not repeat their events in a hot loop', async () => {
  const events = [{ vid: 1, id: 'a', at: '2026-01-01T00:00:00.000Z', data: 1 }];
  const { requests } = await waits((response, _, count) => {
    if (count % 2)
      response.end(JSON.stringify({ channel: 'doors', epoch: 'one', events, maxvid: 1, missed: 0 }));
    else response.writeHead(409).end('{"detail":"Reset.","epoch":"two"}');
  }, 1);

  expect(requests).toBeLessThanOrEqual(23);
});

test('a server that sends polls away at once with nothing makes it pause', async () => {
  const empty = JSON.stringify({ channel: 'doors', epoch: null, events: [], maxvid: 0, missed: 0 });
  const { requests } = await waits((response) => response.end(empty), 1);

  expect(requests).toBeLessThanOrEqual(12);
});

test.each([
  ['the same event again and again', () => 'one'],
  ['two logs in turn, and never a reset', (count: number) => `e${count % 2}`],
])('a server that answers with %s makes it pause', async (_, epochOf) => {
  const events = [{ vid: 1, id: 'a', at: '2026-01-01T00:00:00.000Z', data: 1 }];
  const { requests } = await waits((response, _, count) => {
    response.end(JSON.stringify({ channel: 'doors', epoch: epochOf(count), events, maxvid: 1, missed: 0 }));
  }, 1);

  expect(requests).toBeLessThanOrEqual(13);
});

test.each(['{}', 'null', '[]', '"x"', '<h1>Sign in</h1>'])('the answer %s is waited out', async (body) => {
  const { seconds } = await waits((response) => response.end(body), 1);

  expect(seconds[0]).toBeLessThanOrEqual(1);
});
