/** `npm start` from outside: everything goes through the HTTP surface of serverless-offline. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ChannelInfo, WaitsAnswer } from '../../lib/protocol/doorbell.ts';
import { loadService } from '../../local/emulators/service.ts';
import {
  dataOf,
  eventsPath,
  eventsUpTo,
  numbered,
  poll,
  pollMany,
  posting,
  publish,
  publishLines,
  range,
  vids,
} from '../support/http/http.ts';
import { expectProblemDocument } from '../support/http/problems.ts';
import { freePort, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const MIB = 1024 * 1024;

let offline: Offline;
let dataDir: string;
beforeAll(async () => {
  dataDir = await newDataDir();
  offline = await startOffline(dataDir, await freePort(), {}, { DIRECT_WAIT: 'true' });
});
afterAll(async () => {
  await offline?.end('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** How many clients' polls the channel holds. */
async function waitingOn(channel: string): Promise<number> {
  const response = await offline.served.request(`/v1/channels/${channel}`);
  return ((await response.json()) as ChannelInfo).clients.waiting;
}

test('serves the page and its client', async () => {
  const page = await offline.served.request('/');
  const client = await offline.served.request('/client.js');

  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  expect(await page.text()).toMatch(/<title>.*Doorbell/i);
  expect(client.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect((await client.text()).length).toBeGreaterThan(500);
});

test('prints where it is, and lines that publish and poll', async () => {
  // It answers before what it has printed is read here.
  await expect.poll(offline.output).toContain(`${offline.url}/#token=`);
  await expect.poll(offline.output).toMatch(/curl .*-X POST/);
  await expect.poll(offline.output).toMatch(/curl '.*maxvid=0'/);
});

test('delivers what is published, whatever characters it holds', async () => {
  const data = { text: 'Tür 3 geöffnet 👋🏽 日本語 \u2028', nothing: null };

  await publish(offline.served, 'unicode', { data });
  await publishLines(offline.served, 'unicode', [JSON.stringify(data)]);

  expect(dataOf(await eventsUpTo(offline.served, 'unicode', 2))).toEqual([data, data]);
});

test('rings the mailbox of a reader who waits directly, and holds no poll for it', async () => {
  await publish(offline.served, 'direct', { data: 1 });
  const ask = async (maxvid: number, ticket?: string) => {
    const query = `maxvid=${maxvid}${ticket === undefined ? '' : `&ticket=${ticket}`}`;
    const path = `/v1/channels/direct/waits?${query}`;
    const response = await offline.served.request(path, { method: 'POST' });
    return (await response.json()) as WaitsAnswer;
  };
  const bell = async (ticket = '') => {
    const response = await offline.served.request(`/v1/wait?ticket=${ticket}`);
    return (await response.text()).includes('ReceiptHandle');
  };
  const { wait: young } = await ask(1);
  expect(await bell(young?.ticket)).toBe(false);
  let { wait } = await ask(1, young?.ticket);
  // A young mailbox's tickets last a second each.
  while (wait?.seconds === 1) {
    await bell(wait.ticket);
    ({ wait } = await ask(1, wait.ticket));
  }

  const waiting = bell(wait?.ticket);
  await publish(offline.served, 'direct', { data: 2 });

  expect(await waiting).toBe(true);
  expect(vids((await ask(1, wait?.ticket)).events)).toEqual([2]);
  expect((await offline.served.request('/v1/wait?ticket=a.b.c')).status).toBe(403);
});

test('wakes held polls of one and of several channels', async () => {
  for (const channel of ['red', 'green']) await publish(offline.served, channel, { data: 1 });
  const one = poll(offline.served, 'red', { maxvid: 1, client: 'one' });
  const many = pollMany(offline.served, ['green:1', 'red:1'], { client: 'many' });
  await vi.waitUntil(async () => (await waitingOn('red')) === 2, { timeout: WAIT_MS });

  await publish(offline.served, 'red', { data: 2 });

  expect(vids((await one).events)).toEqual([2]);
  expect((await many).map(({ channel, maxvid }) => [channel, maxvid])).toEqual([['red', 2]]);
});

test('loses nothing of a client that hangs up while its poll is held', async () => {
  await publish(offline.served, 'hangup', { data: 1 });
  const hangUp = new AbortController();
  const held = poll(offline.served, 'hangup', { maxvid: 1, client: 'me' }, hangUp.signal);
  await vi.waitUntil(async () => (await waitingOn('hangup')) === 1, { timeout: WAIT_MS });

  hangUp.abort();
  await expect(held).rejects.toThrow();
  await publish(offline.served, 'hangup', { data: 2 });

  expect(vids((await poll(offline.served, 'hangup', { maxvid: 1, client: 'me' })).events)).toEqual([2]);
});

test('shows what this machine does on channel host', async () => {
  const { events } = await poll(offline.served, 'host', { maxvid: 0 });

  expect(events[0]?.data).toMatchObject({
    cpuPercent: expect.any(Number),
    memoryUsedMiB: expect.any(Number),
    uptimeSeconds: expect.any(Number),
  });
});

test('publishes what is sent to the ingest queue', async () => {
  const { sqsEndpoint } = JSON.parse(await readFile(join(dataDir, 'endpoints.json'), 'utf8')) as {
    sqsEndpoint: string;
  };
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sqs = new SQSClient({
    region: 'us-east-1',
    credentials,
    endpoint: sqsEndpoint,
    useQueueUrlAsEndpoint: false,
  });
  const { resources } = await loadService();
  const QueueName = String(resources.Resources.IngestQueue?.Properties?.QueueName);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));

  for (const data of range(1, 5)) {
    const MessageBody = JSON.stringify({ channel: 'sent', data });
    const ids = { MessageGroupId: 'sent', MessageDeduplicationId: String(data) };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...ids }));
  }

  expect(dataOf(await eventsUpTo(offline.served, 'sent', 5))).toEqual(range(1, 5));
});

/** Polls again when a wait ends, as clients do: on a busy machine the first of a crowd would go before the last has come. */
async function follow(channel: string, client: string) {
  for (;;) {
    const answer = await poll(offline.served, channel, { maxvid: 1, client });
    if (answer.events.length > 0) return answer;
  }
}

test('npm start holds 200 polls at once and answers all of them', { timeout: 180_000 }, async () => {
  await publish(offline.served, 'crowd', { data: 1 });
  const held: ReturnType<typeof follow>[] = [];
  // Twenty at a time: a busy machine would have to refuse some of 200 that begin at the same moment, with a 503 that this reader takes for the end.
  for (const next of range(1, 10)) {
    held.push(...range(1, 20).map((i) => follow('crowd', `c${next}-${i}`)));
    await vi.waitUntil(async () => (await waitingOn('crowd')) === held.length, { timeout: WAIT_MS });
  }

  await publish(offline.served, 'crowd', { data: 2 });

  const answers = await Promise.all(held);
  expect(answers.map(({ events }) => vids(events))).toEqual(answers.map(() => [2]));
});

test('publishes 10,000 lines in order', async () => {
  const lines = range(1, 10_000).map((line) => JSON.stringify({ line }));

  const answer = await publishLines(offline.served, 'lines', lines);

  expect(answer).toMatchObject({ first: 1, last: 10_000, count: 10_000 });
  const events = await eventsUpTo(offline.served, 'lines', 10_000, { maxvid: 0, limit: 1_000 });
  expect(dataOf(events)).toEqual(lines.map((line) => JSON.parse(line) as unknown));
});

test('npm start takes a body of 4 MiB, and an answer of 1 MiB comes back', async () => {
  const lines = range(1, 40).map((i) => JSON.stringify(`${i} ${'x'.repeat(MIB / 10)}`));

  await publishLines(offline.served, 'mebibytes', lines);

  const events = await eventsUpTo(offline.served, 'mebibytes', 40);
  expect(events.map(({ data }) => JSON.stringify(data))).toEqual(lines);
});

test.each<readonly [method: string, path: string, status: number, type: string, field: string | undefined]>([
  ['GET', '/nothing', 404, 'not-found', undefined],
  ['GET', '/v1/channels/unborn', 404, 'not-found', 'channel'],
  ['PUT', eventsPath('doors'), 405, 'method-not-allowed', undefined],
  ['POST', '/', 405, 'method-not-allowed', undefined],
  ['OPTIONS', eventsPath('doors'), 405, 'method-not-allowed', undefined],
  ['GET', eventsPath('doors', { maxvid: -1 }), 400, 'bad-parameter', 'maxvid'],
  ['GET', eventsPath('doors', { maxVid: 1 }), 400, 'bad-parameter', 'maxVid'],
  ['GET', `${eventsPath('doors')}?maxvid=1&maxvid=1`, 400, 'bad-parameter', 'maxvid'],
  ['GET', eventsPath('a%20b', { wait: 0 }), 400, 'bad-parameter', 'channel'],
  ['GET', '/v1/events', 400, 'bad-parameter', 'cursor'],
  ['GET', eventsPath('unborn', { maxvid: 5 }), 409, 'reset', undefined],
  ['POST', eventsPath('doors'), 415, 'unsupported-media-type', 'content-type'],
])('%s %s is a problem: %i %s', async (method, path, status, type, field) => {
  const response = await offline.served.request(path, { method });

  await expectProblemDocument(response, status, type, field);
});

test.each<readonly [name: string, body: unknown, type: string, status: number, field: string]>([
  ['that is not JSON', '{"data":', 'application/json', 400, 'body'],
  ['that is empty', '', 'application/json', 400, 'body'],
  ['of 101 events', numbered(1, 101), 'application/json', 413, 'body'],
  ['over 5 MiB', `"${'x'.repeat(5 * MIB)}"`, 'application/x-ndjson', 413, 'body'],
  ['with a bad line', '1\n2\nx', 'application/x-ndjson', 400, 'line 3'],
  ['of plain text', 'hello', 'text/plain', 415, 'content-type'],
])('a body %s is a problem', async (_, body, type, status, field) => {
  const response = await offline.served.request(eventsPath('refused'), posting(body, type));

  await expectProblemDocument(response, status, undefined, field);
  expect((await offline.served.request('/v1/channels/refused')).status).toBe(404);
});

test('HEAD does not hold a poll for nobody', async () => {
  const response = await offline.served.request(eventsPath('doors'), { method: 'HEAD' });

  expect(response.status).toBe(405);
});
