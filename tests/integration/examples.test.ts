/** The examples do what they say: each runs as a user would run it, against `npm start`. The pages are in tests/browser, the stacks in
 * example-stacks.test.ts. */

import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ClientInfo, Event } from '../../lib/protocol/doorbell.ts';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { httpSink, Producer, scheduled } from '../../packages/producer/src/index.ts';
import { queueSink } from '../../packages/producer/src/sqs.ts';
import { output, type Running, start } from '../support/cli/commands.ts';
import { eventsUpTo, numbered, publish, range } from '../support/http/http.ts';
import { freePort, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const EXAMPLES = join(SERVICE_DIR, 'examples');
/** One minute of a schedule, as EventBridge tells of it. */
const MINUTE = {
  time: '2026-01-01T00:00:00Z',
  resources: ['arn:aws:events:us-east-1:000000000000:rule/minute'],
};

let offline: Offline;
let dataDir: string;
/** What a producer's Lambda has: where SQS is, which queue, and credentials. */
let producing: Record<string, string>;
beforeAll(async () => {
  dataDir = await newDataDir();
  offline = await startOffline(dataDir, await freePort());
  const { sqsEndpoint } = JSON.parse(await readFile(join(dataDir, 'endpoints.json'), 'utf8'));
  producing = {
    PATH: process.env.PATH ?? '',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    INGEST_QUEUE_URL: `${sqsEndpoint}/000000000000/doorbell-dev-ingest.fifo`,
  };
});
afterAll(async () => {
  await offline?.end('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** The channel's first event. */
async function firstOf(channel: string) {
  const [event] = await eventsUpTo(offline.served, channel, 1);
  return event;
}

/** Another event, sent after whatever a test sent before, shows that nothing else of it is still to come. */
async function expectNothingMore(channel: string): Promise<void> {
  await expectNothingMoreBehind(channel, 1);
}

async function expectNothingMoreBehind(channel: string, count: number): Promise<void> {
  const sqs = sqsClient();
  const body = JSON.stringify({ channel, data: 'end' });
  const more = { MessageGroupId: channel, MessageDeduplicationId: `end of ${channel}`, MessageBody: body };
  await sqs.send(new SendMessageCommand({ QueueUrl: producing.INGEST_QUEUE_URL, ...more }));
  sqs.destroy();
  const all = await eventsUpTo(offline.served, channel, count + 1);
  expect(all.map(({ data }) => data)[count]).toBe('end');
}

function sqsClient(): SQSClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SQSClient({ region: 'us-east-1', endpoint: producing.AWS_ENDPOINT_URL_SQS ?? '', credentials });
}

describe('producers/probe.ts', () => {
  const invoke = () => {
    const script =
      'const { handler } = await import(process.argv[1]); await handler(JSON.parse(process.argv[2]));';
    const file = join(EXAMPLES, 'producers/probe.ts');
    return output(process.execPath, ['--input-type=module', '-e', script, file, JSON.stringify(MINUTE)], {
      env: { ...producing, PROBE_URL: `${offline.url}/healthz` },
    });
  };

  test('publishes what it saw, once, though its schedule fires twice', async () => {
    await invoke();
    await invoke();

    const event = await firstOf('probes');
    const { host } = new URL(offline.url);
    expect(event).toMatchObject({ vid: 1, id: `probe@${MINUTE.time}`, key: host });
    expect(event?.data).toEqual({ url: `${offline.url}/healthz`, status: 200, ms: expect.any(Number) });
    await expectNothingMore('probes');
  });
});

/** Where boto3 comes from: undefined without Python, the stand-in of tests/support/python without boto3 that knows AWS_ENDPOINT_URL_SQS. */
const python = await (async () => {
  const version = 'import boto3; assert tuple(map(int, boto3.__version__.split(".")[:2])) >= (1, 28)';
  const runs = (script: string) =>
    output('python3', ['-c', script]).then(
      () => true,
      () => false,
    );
  if (!(await runs(''))) return undefined;
  return (await runs(version)) ? 'boto3' : 'stand-in';
})();
if (python === undefined) console.warn('The Python producer is NOT tested: there is no python3.');
if (python === 'stand-in')
  console.warn('The Python producer is tested with a stand-in: there is no boto3 of 1.28 or newer.');

describe.skipIf(python === undefined)('producers/space.py', () => {
  test('publishes what it saw', async () => {
    const script = 'import json, sys, space; space.handler(json.loads(sys.argv[1]), None)';
    const paths = [
      join(EXAMPLES, 'producers'),
      ...(python === 'boto3' ? [] : [join(SERVICE_DIR, 'tests/support/python')]),
    ];
    await output('python3', ['-c', script, JSON.stringify(MINUTE)], {
      env: {
        ...producing,
        PYTHONPATH: paths.join(':'),
        PYTHONDONTWRITEBYTECODE: '1',
        WATCHED_PATH: tmpdir(),
      },
    });

    const event = await firstOf('space');
    expect(event).toMatchObject({ vid: 1, id: `space@${MINUTE.time}`, key: tmpdir() });
    expect(event?.data).toEqual({
      path: tmpdir(),
      usedMiB: expect.any(Number),
      totalMiB: expect.any(Number),
    });
  });
});

describe('@doorbell/producer', () => {
  const FOUR = [
    { data: 1 },
    { data: 'zwölf', key: 'door-3' },
    { data: null, id: 'own' },
    { data: { a: [1] } },
  ];

  test('by the queue: a run of a schedule that is repeated publishes once', async () => {
    const sqs = sqsClient();
    const sink = queueSink({ queueUrl: producing.INGEST_QUEUE_URL ?? '', client: sqs });
    const run = scheduled({ producer: new Producer({ sink }), channel: 'package-queue' }, () => FOUR);
    await run(MINUTE);
    await run(MINUTE);
    sqs.destroy();

    const events = await eventsUpTo(offline.served, 'package-queue', 4);
    expect(events.map(({ data }) => data)).toEqual(FOUR.map(({ data }) => data));
    expect(events.map(({ id }) => id)).toEqual([
      `minute@${MINUTE.time}.0`,
      `minute@${MINUTE.time}.1`,
      'own',
      `minute@${MINUTE.time}.3`,
    ]);
    expect(events[1]?.key).toBe('door-3');
    await expectNothingMoreBehind('package-queue', 4);
  });

  test('by HTTP: what is published again under its ids is there once', async () => {
    const producer = new Producer({ sink: httpSink({ url: offline.url, token: offline.token }) });
    const many = Array.from({ length: 230 }, (_, i) => ({ data: i, id: `reading-${i}` }));
    await producer.publishAll('package-http', many);
    await producer.publishAll('package-http', many);
    await producer.publish('package-http', 'end');

    const events = await eventsUpTo(offline.served, 'package-http', 231);
    expect(events.map(({ data }) => data)).toEqual([...many.map(({ data }) => data), 'end']);
  });

  test('by HTTP: a refusal is told, and nothing is published', async () => {
    const producer = new Producer({ sink: httpSink({ url: offline.url, token: 'none' }) });

    await expect(producer.publish('package-refused', 1)).rejects.toMatchObject({ retryable: false });
  });
});

describe.skipIf(python === undefined)('python/doorbell_producer.py', () => {
  const MAIN = `
import json, os, sys
from doorbell_producer import HttpSink, Producer, QueueSink, SinkError, scheduled
run = json.loads(sys.argv[1])
queue = Producer(QueueSink())
@scheduled(queue, "python-queue")
def handler(event, context):
    return [{"data": 1, "expect": "PT15M"}, {"data": "zwölf", "key": "door-3"}]
handler(run, None)
handler(run, None)
http = Producer(HttpSink(os.environ["DOORBELL_URL"], lambda: os.environ["DOORBELL_TOKEN"]))
http.publish_all("python-http", ({"data": i, "id": f"reading-{i}"} for i in range(120)))
http.publish("python-http", {"end": True}, key="k")
try:
    Producer(HttpSink(os.environ["DOORBELL_URL"], "none")).publish("python-http", 1)
except SinkError as error:
    print(error.retryable, error.published)
`;

  test('publishes by the queue and by HTTP, and a repeated run once', async () => {
    const paths = [
      join(SERVICE_DIR, 'packages/producer/python'),
      ...(python === 'boto3' ? [] : [join(SERVICE_DIR, 'tests/support/python')]),
    ];
    const said = await output('python3', ['-c', MAIN, JSON.stringify(MINUTE)], {
      env: {
        ...producing,
        PYTHONPATH: paths.join(':'),
        PYTHONDONTWRITEBYTECODE: '1',
        DOORBELL_URL: offline.url,
        DOORBELL_TOKEN: offline.token,
      },
    });

    expect(said.trim()).toBe('False 0');
    const queued = await eventsUpTo(offline.served, 'python-queue', 2);
    expect(queued.map(({ id, key, data }) => ({ id, key, data }))).toEqual([
      { id: `minute@${MINUTE.time}.0`, key: undefined, data: 1 },
      { id: `minute@${MINUTE.time}.1`, key: 'door-3', data: 'zwölf' },
    ]);
    await expectNothingMoreBehind('python-queue', 2);
    const events = await eventsUpTo(offline.served, 'python-http', 121);
    expect(events.map(({ data }) => data)).toEqual([...range(0, 119), { end: true }]);
  });
});

describe('consumer/consume.mjs', () => {
  const consume = (channel: string): Running =>
    start(process.execPath, [join(EXAMPLES, 'consumer/consume.mjs'), channel, 'billing'], {
      DOORBELL_URL: offline.url,
      DOORBELL_TOKEN: offline.token,
    });
  const vidsOf = (consumer: Running) => consumer.lines().map((line) => (JSON.parse(line) as Event).vid);

  /** The consumer's place: its cursor is there from its first poll on. */
  async function following(channel: string): Promise<void> {
    const known = async () => {
      const response = await offline.served.request(`/v1/channels/${channel}/clients`);
      const { clients } = (await response.json()) as { clients: readonly ClientInfo[] };
      return clients.some(({ client }) => client === 'billing');
    };
    await vi.waitUntil(known, { timeout: WAIT_MS, interval: 50 });
  }

  test('handles every event in order, and again what it had in hand when it was killed', async () => {
    await publish(offline.served, 'orders', { data: 'before anybody follows' });
    const first = consume('orders');
    await following('orders');
    await publish(offline.served, 'orders', numbered(2, 11));
    await first.printed(10);
    await first.end('SIGKILL');
    await publish(offline.served, 'orders', numbered(12, 21));

    const second = consume('orders');
    await second.printed(10);
    const last = async () => vidsOf(second).at(-1) === 21;
    await vi.waitUntil(last, { timeout: WAIT_MS, interval: 50 });

    expect(await second.end('SIGTERM')).toBe(0);
    expect(vidsOf(first)).toEqual(range(2, 11));
    const again = vidsOf(second)[0] ?? 0;
    expect(again).toBeLessThanOrEqual(12);
    expect(vidsOf(second)).toEqual(range(again, 21));
  });

  test('repeats nothing after a stop that was asked for', async () => {
    await publish(offline.served, 'calm', { data: 1 });
    const first = consume('calm');
    await following('calm');
    await publish(offline.served, 'calm', { data: 2 });
    await first.printed(1);
    expect(await first.end('SIGTERM')).toBe(0);
    await publish(offline.served, 'calm', { data: 3 });

    const second = consume('calm');
    await second.printed(1);
    await second.end('SIGTERM');

    expect([vidsOf(first), vidsOf(second)]).toEqual([[2], [3]]);
  });

  test('tries again while the server is away, and ends when its token is refused', async () => {
    const file = join(EXAMPLES, 'consumer/consume.mjs');
    const nowhere = { DOORBELL_URL: `http://127.0.0.1:${await freePort()}`, DOORBELL_TOKEN: 'x' };
    const lost = start(process.execPath, [file], nowhere);
    await vi.waitUntil(() => lost.errors().includes('again in'), { timeout: WAIT_MS });
    expect(await lost.end('SIGTERM')).toBe(0);

    const refused = start(process.execPath, [file], { DOORBELL_URL: offline.url, DOORBELL_TOKEN: 'x' });
    expect(await refused.ended()).toBe(1);
    expect(refused.errors()).toMatch(/^401: /);
  });
});
