/** `npm run hub` on its file: what an earlier version kept in the folder, and the ingest queue that one may ask for. */

import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SqsIngestQueue } from '../../lib/aws/sqs/ingest-queue.ts';
import { sqsClientOf } from '../../local/emulators/sqs.ts';
import { startLocalStack } from '../../local/emulators/stack.ts';
import {
  dataOf,
  eventsUpTo,
  numbered,
  over,
  poll,
  publish,
  range,
  type Served,
} from '../support/http/http.ts';
import { freePort, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';
import { startProcess } from '../support/stack/process.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let dataDir: string;
let running: Offline | undefined;
beforeAll(async () => {
  dataDir = await newDataDir();
});
afterAll(async () => {
  await running?.end('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});
const start = async (more: Readonly<Record<string, string>> = {}) =>
  startOffline(dataDir, await freePort(), { script: 'hub' }, { ADMIN_PORT: '0', ...more });

test('without any setting it opens with a development key of its own, whose token it prints', async () => {
  const fresh = await newDataDir();
  const env = { DOORBELL_SECRET: '', ADMIN_PORT: '0' };
  const hub = await startOffline(fresh, await freePort(), { script: 'hub' }, env);
  try {
    // It answers before what it has printed is read here.
    const printed = () => /eyJ[\w-]+\.[\w-]+\.[\w-]+(?=\s)/.exec(hub.output());
    const [token] = await vi.waitUntil(printed, { timeout: WAIT_MS });
    expect(await publish(over(hub.url, token), 'doors', { data: 1 })).toMatchObject({ first: 1 });
  } finally {
    await hub.end('SIGKILL');
    await rm(fresh, { recursive: true, force: true });
  }
});

test('a poll is held until its event comes', async () => {
  const fresh = await newDataDir();
  const hub = await startOffline(fresh, await freePort(), { script: 'hub' }, { ADMIN_PORT: '0' });
  try {
    await publish(hub.served, 'doors', { data: 1 });
    const polling = poll(hub.served, 'doors', { maxvid: 1, wait: 20, client: 'wall' });
    const standing = async () => (await hub.served.request('/v1/channels/doors')).json();
    await expect.poll(standing).toMatchObject({ clients: { waiting: 1 } });
    await publish(hub.served, 'doors', { data: 2 });
    expect(dataOf((await polling).events)).toEqual([2]);
  } finally {
    await hub.end('SIGKILL');
    await rm(fresh, { recursive: true, force: true });
  }
});

test('events, epochs and cursors that an earlier hub kept on its emulator are in the file, once', async () => {
  const stack = await startLocalStack({ dataDir });
  const old: Served = startProcess(stack).app;
  for (const from of [1, 101, 201]) await publish(old, 'doors', numbered(from, Math.min(from + 99, 250)));
  const before = await poll(old, 'doors', { maxvid: 0, client: 'wall' });
  await poll(old, 'doors', { maxvid: 17, wait: 0, client: 'wall' });
  await stack.stop();

  running = await start();
  await expect.poll(running.output).toMatch(/^250 events were copied from .*dynamodb to .*doorbell\.db/m);
  const after = await poll(running.served, 'doors', { maxvid: 0 });
  expect(after).toEqual(before);
  expect((await poll(running.served, 'doors', { client: 'wall', limit: 1 })).events).toMatchObject([
    { vid: 18 },
  ]);
  expect(await publish(running.served, 'doors', { data: 251 })).toMatchObject({ first: 251 });
  await running.end('SIGTERM');

  running = await start();
  expect(running.output()).not.toContain('copied');
  expect(dataOf(await eventsUpTo(running.served, 'doors', 251))).toEqual(range(1, 251));
  expect(existsSync(join(dataDir, 'dynamodb')), 'npm start has its own').toBe(true);
  await running.end('SIGTERM');
  running = undefined;
}, 120_000);

test('with INGEST_QUEUE=true a producer may send to the queue that endpoints.json names', async () => {
  running = await start({ INGEST_QUEUE: 'true' });
  const endpoints = join(dataDir, 'endpoints.json');
  await expect.poll(() => existsSync(endpoints), { timeout: WAIT_MS }).toBe(true);
  const { sqsEndpoint } = JSON.parse(await readFile(endpoints, 'utf8')) as {
    readonly sqsEndpoint: string;
  };
  const client = sqsClientOf(sqsEndpoint, 'us-east-1');
  const url = `${sqsEndpoint}/000000000000/doorbell-dev-ingest.fifo`;
  const queue = new SqsIngestQueue({ client, url });
  await queue.send('queued', '{"channel":"queued","data":"by the queue"}', 'one');

  expect(await poll(running.served, 'queued', { maxvid: 0 })).toMatchObject({
    events: [{ data: 'by the queue' }],
  });
  await queue.send('queued', 'not JSON', 'two');
  const dead = async () => (await running?.served.request('/v1/dead-letters'))?.json();
  await expect
    .poll(dead, { timeout: WAIT_MS })
    .toMatchObject({ messages: [{ channel: 'queued', body: 'not JSON', reason: expect.any(String) }] });
  await running.end('SIGTERM');
  client.destroy();
  running = undefined;
}, 60_000);

test('a second hub on the same folder is refused by name', async () => {
  running = await start();
  const second = start();

  await expect(second).rejects.toThrow(/is in use by process \d+/);
  await running.end('SIGTERM');
  running = undefined;
}, 60_000);
