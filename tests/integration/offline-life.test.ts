/** How `npm start` begins and ends: killed, told to stop, or without a port to listen on. */

import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ChannelInfo } from '../../lib/protocol/doorbell.ts';
import { loadService } from '../../local/emulators/service.ts';
import { dataOf, eventsUpTo, poll, publish, range, type Served, vids } from '../support/http/http.ts';
import { freePort, launch, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const STACK_TRACE = /^\s+at /m;

let dataDir: string;
let instance: Offline | undefined;

beforeAll(async () => {
  dataDir = await newDataDir();
});
afterAll(async () => {
  await end('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** The instance on the data folder; starting one takes seconds, so it serves until a test ends it. */
async function running(): Promise<Offline> {
  instance ??= await startOffline(dataDir, await freePort());
  return instance;
}

async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null | undefined> {
  const ended = instance;
  instance = undefined;
  return ended?.end(signal);
}

async function channel({ served }: Offline, name: string): Promise<ChannelInfo | undefined> {
  const response = await served.request(`/v1/channels/${name}`);
  return response.ok ? ((await response.json()) as ChannelInfo) : undefined;
}

/** Publishes until the connection breaks; answers what was acknowledged, by vid. */
async function publishUntilItBreaks(served: Served, writer: number): Promise<Map<number, string>> {
  const acknowledged = new Map<number, string>();
  for (let i = 1; ; i++) {
    const data = `${writer}/${i}`;
    try {
      const { first } = await publish(served, 'killed', { data });
      acknowledged.set(first, data);
    } catch {
      return acknowledged;
    }
  }
}

/** Sends messages to the ingest queue until the connection breaks; answers what SQS has taken. */
async function sendUntilItBreaks(): Promise<readonly number[]> {
  const { sqsEndpoint } = JSON.parse(await readFile(join(dataDir, 'endpoints.json'), 'utf8')) as {
    readonly sqsEndpoint: string;
  };
  const sqs = new SQSClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint: sqsEndpoint,
    useQueueUrlAsEndpoint: false,
    maxAttempts: 1,
  });
  const QueueName = String((await loadService()).resources.Resources.IngestQueue?.Properties?.QueueName);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const taken: number[] = [];
  for (let data = 1; ; data++) {
    const MessageBody = JSON.stringify({ channel: 'sent', data });
    const ids = { MessageGroupId: 'sent', MessageDeduplicationId: String(data) };
    try {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...ids }));
    } catch {
      return taken;
    }
    taken.push(data);
  }
}

test('killed in the middle of publishing and polling, it has every acknowledged event after the next start', async () => {
  const first = await running();
  const writers = range(1, 4).map((writer) => publishUntilItBreaks(first.served, writer));
  const reader = eventsUpTo(first.served, 'killed', Number.MAX_SAFE_INTEGER).catch(() => 'broken');
  const sending = sendUntilItBreaks();
  await vi.waitUntil(async () => ((await channel(first, 'killed'))?.head ?? 0) > 60, { timeout: WAIT_MS });

  await end('SIGKILL');
  const acknowledged = (await Promise.all(writers)).flatMap((one) => [...one]);
  const second = await running();
  const head = (await channel(second, 'killed'))?.head ?? 0;
  const events = await eventsUpTo(second.served, 'killed', head);

  expect(await reader).toBe('broken');
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(vids(events)).toEqual(range(1, head));
  expect(acknowledged.filter(([vid, data]) => events[vid - 1]?.data !== data)).toEqual([]);
  expect(await publish(second.served, 'killed', { data: 'after' })).toMatchObject({ first: head + 1 });
  const taken = await sending;
  const ingested = dataOf(await eventsUpTo(second.served, 'sent', taken.length));
  expect(taken.length).toBeGreaterThan(10);
  expect(ingested.slice(0, taken.length)).toEqual(taken);
}, 60_000);

test('a data folder that is in use is named, with the process that has it, and exit code 1', async () => {
  await running();

  const { exited, output } = launch({ PORT: String(await freePort()), DATA_DIR: dataDir });

  expect(await exited).toBe(1);
  expect(output()).toMatch(/in use by process \d+/);
  expect(output()).not.toMatch(STACK_TRACE);
});

test('SIGTERM ends it with 0, also while it works and holds polls', async () => {
  const offline = await running();
  await publish(offline.served, 'doors', { data: 1 });
  const held = range(1, 5).map((i) =>
    poll(offline.served, 'doors', { maxvid: 1, client: `c${i}` }).catch(() => 'broken'),
  );
  await vi.waitUntil(async () => (await channel(offline, 'doors'))?.clients.waiting === 5, {
    timeout: WAIT_MS,
  });
  const writers = range(1, 4).map((writer) => publishUntilItBreaks(offline.served, writer));

  const code = await end('SIGTERM');

  expect(code).toBe(0);
  expect(offline.output()).not.toMatch(STACK_TRACE);
  await Promise.all([...held, ...writers]);
});

test('a signal to npm, whose shell does not hand it on, ends the server too', async () => {
  await end('SIGKILL');
  const folder = await newDataDir();
  const offline = await startOffline(folder, await freePort(), { npm: true });

  offline.end('SIGTERM').catch(() => undefined);

  const gone = async () => (await fetch(`${offline.url}/healthz`).catch(() => undefined)) === undefined;
  await vi.waitUntil(gone, { timeout: WAIT_MS });
  await rm(folder, { recursive: true, force: true });
});

test('a port that is in use is one line, and exit code 1', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;

  const { exited, output } = launch({ PORT: String(port), DATA_DIR: dataDir });

  expect(await exited).toBe(1);
  expect(output().trim()).toMatch(new RegExp(`^Port ${port} is in use\\..*PORT=\\d+ npm start$`));
  listener.close();
});

test.each(['start', 'hub'] as const)(
  'PORT=0 of npm run %s is a free port, which the banner and endpoints.json name until it ends',
  async (script) => {
    const folder = await newDataDir();
    const env = { PORT: '0', ADMIN_PORT: '0', DATA_DIR: folder };
    const { child, exited, output } = launch(env, { script });
    const bannerUrl = () => /Doorbell {2}(http:\S+)\/#token=/.exec(output())?.[1];
    await vi.waitUntil(bannerUrl, { timeout: 45_000, interval: 100 });

    const { url } = JSON.parse(await readFile(join(folder, 'endpoints.json'), 'utf8')) as { url: string };
    const health = await fetch(`${url}/healthz`);
    child.kill('SIGTERM');
    const code = await exited;

    expect(url).toBe(bannerUrl());
    expect(url).not.toMatch(/:(0|3000)$/);
    expect([health.status, code]).toEqual([200, 0]);
    expect(await readdir(folder)).not.toContain('endpoints.json');
    await rm(folder, { recursive: true, force: true });
  },
  60_000,
);

test.each(['65536', 'http', '3000.5', '-1'])('PORT=%s is one line, and exit code 1', async (port) => {
  const { exited, output } = launch({ PORT: port, DATA_DIR: dataDir });

  expect(await exited).toBe(1);
  expect(output().trim()).toBe(`PORT must be 0-65535, got ${port}`);
});
