/**
 * Each alarm on what functions and queues do is made to fire by the fault that it is for, with the built functions on emulators, and is quiet without the fault.
 * Lambda's own counts are made here as its documentation says; what is counted really happens.
 */

import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { WaitersTable } from '../../lib/aws/dynamodb/waiters-table.ts';
import { bundle } from '../../local/bundle/bundle.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { toRecord } from '../../local/serverless/sqs-poller.ts';
import type { Alarm, Sample } from '../support/alarms/alarm.ts';
import {
  type Alarms,
  counted,
  declaredAlarms,
  isFiring,
  lasting,
  MINUTE,
} from '../support/alarms/declared.ts';
import { printedDuring, RunningFunction } from '../support/alarms/functions.ts';
import { gatewayEvent } from '../support/http/gateway-event.ts';
import { posting } from '../support/http/http.ts';
import { giveBack, receive, remove, sendToIngest, takeAll } from '../support/stack/ingest-queues.ts';
import { WAIT_MS } from '../support/time/limits.ts';
import { until } from '../support/time/until.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
/** No table of this name: its deploy was wrong, or somebody has deleted it. */
const GONE = 'doorbell-of-nobody';
const CLOSED_PORT = 'http://127.0.0.1:9';

let stack: LocalStack;
let alarms: Alarms;
let authorization: string;
beforeAll(async () => {
  await bundle();
  stack = await startLocalStack();
  stack.lead(process.env);
  alarms = await declaredAlarms();
  const grants = { read: ['*'], write: ['*'], ttlS: 3_600, now: Date.now() };
  authorization = `Bearer ${await mint(SECRET, grants)}`;
}, 120_000);
afterAll(() => stack?.stop());
beforeEach(async () => {
  await takeAll(stack, 'IngestQueue');
  await takeAll(stack, 'IngestDeadQueue');
});

function environmentOf(name: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { sqsEndpoint, dynamodbEndpoint } = stack.emulators;
  return {
    ...stack.environment(name),
    DOORBELL_SECRET: SECRET,
    METRICS: 'all',
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    ...more,
  };
}

const running = (name: string, more: Readonly<Record<string, string>> = {}, reserved?: number) =>
  new RunningFunction(name, environmentOf(name, more), reserved);
/** One whose metrics are looked at. */
const printing = (name: string, more: Readonly<Record<string, string>> = {}) =>
  running(name, { ...more, POWERTOOLS_METRICS_DISABLED: 'false' });
/** Alarms that a fault has made to fire here. */
const fired = new Set<string>();

function fires(alarm: Alarm, samples: readonly Sample[]): boolean {
  const isOn = isFiring(alarm, samples);
  if (isOn) fired.add(alarm.AlarmName);
  return isOn;
}

const asked = (method: string, path: string, init: RequestInit = {}) =>
  gatewayEvent({ method, path, init }, { authorization });
const polled = (wait: number) => asked('GET', `/v1/channels/quiet/events?maxvid=0&wait=${wait}`);
const published = (channel: string) => asked('POST', `/v1/channels/${channel}/events`, posting({ data: 1 }));

async function times(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await act();
}

function alarmOf(id: string): Alarm {
  const alarm = alarms[id];
  if (!alarm) throw new Error(`serverless.yml has no ${id}`);
  return alarm;
}

/** What stands in the ingest queue is handed to the function, as Lambda does it: what it does not take stays. */
async function handOver(ingest: RunningFunction): Promise<void> {
  const queueArn = stack.references.IngestQueue?.attributes.Arn ?? '';
  const messages = await receive(stack, 'IngestQueue');
  const Records = messages.map((message) => toRecord(message, { queueArn, region: 'us-east-1' }));
  const answer = await ingest.invoke({ Records });
  const failed = new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  for (const message of messages) {
    if (answer && !failed.has(message.MessageId ?? '')) await remove(stack, 'IngestQueue', message);
    else await giveBack(stack, message);
  }
}

/** Seconds, `laterMs` from now; 0 where the queue is empty. */
async function oldestAge(laterMs: number): Promise<number> {
  const messages = await receive(stack, 'IngestQueue');
  for (const message of messages) await giveBack(stack, message);
  const sent = messages.map(({ Attributes }) => Number(Attributes?.SentTimestamp));
  return messages.length === 0 ? 0 : (Date.now() + laterMs - Math.min(...sent)) / 1_000;
}

async function deadLettersVisible(): Promise<number> {
  const { Attributes } = await stack.clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: stack.references.IngestDeadQueue?.ref,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
}

/** An address where DynamoDB says to everything that there are too many calls. */
async function throttlingTables(): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => void server.close() };
}

/** The tables, each of whose answers comes `delayMs` late. Items of the table `closed` may not be read. */
async function meddledTables() {
  const tables = new URL(stack.emulators.dynamodbEndpoint);
  const meddled = {
    url: '',
    delayMs: 0,
    closed: '',
    answered: [] as string[],
    stop: () => void server.close(),
  };
  const server = createServer(async (asking, response) => {
    const { method, headers, url: path } = asking;
    const target = String(headers['x-amz-target']);
    const body = await buffer(asking);
    const { TableName } = JSON.parse(body.toString()) as { readonly TableName?: string };
    if (TableName === meddled.closed && target.endsWith('.GetItem')) {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException' }));
      return;
    }
    const onward = send({ host: tables.hostname, port: tables.port, method, headers, path }, (answer) => {
      setTimeout(() => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
        meddled.answered.push(target);
      }, meddled.delayMs);
    });
    onward.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  meddled.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return meddled;
}

describe('an alarm on a function that fails', () => {
  test.each([
    ['PollErrorsAlarm', 'poll', () => polled(0), 'EVENTS_TABLE'],
    ['PublishErrorsAlarm', 'publish', () => published('errors'), 'WAITERS_TABLE'],
    ['PageErrorsAlarm', 'page', () => asked('GET', '/v1/channels'), 'CURSORS_TABLE'],
    ['IngestErrorsAlarm', 'ingest', () => ({ Records: [] }), 'DEAD_LETTER_QUEUE_URL'],
    ['TicketErrorsAlarm', 'ticket', () => ({ identitySource: ['a.b.c'] }), 'MAILBOX_PREFIX'],
  ])('%s fires when its deploy has lost a setting', async (id, name, event, setting) => {
    const [well, bad] = [running(name), running(name, { [setting]: '' })];
    await times(3, () => well.invoke(event()));
    await times(3, () => bad.invoke(event()));

    expect(well.errors).toEqual([0, 0, 0]);
    expect(fires(alarmOf(id), counted(alarmOf(id), well.errors))).toBe(false);
    expect(fires(alarmOf(id), counted(alarmOf(id), bad.errors))).toBe(true);
  });

  test('SweepErrorsAlarm and NoSweepAlarm fire when a sweep cannot read its table', async () => {
    const [well, bad] = [printing('sweep'), printing('sweep', { WAITERS_TABLE: GONE })];
    const printedWell = lasting(await printedDuring(() => well.invoke({})));
    const printedBad = lasting(await printedDuring(() => bad.invoke({})));
    const [errors, none] = [alarmOf('SweepErrorsAlarm'), alarmOf('NoSweepAlarm')];

    expect(fires(errors, counted(errors, well.errors))).toBe(false);
    expect(fires(none, printedWell)).toBe(false);
    expect(fires(errors, counted(errors, bad.errors))).toBe(true);
    expect(fires(none, printedBad)).toBe(true);
  });
});

test('FoldsFailedAlarm fires when the logs of channels cannot be read; the sweep itself comes to its end then', async () => {
  const alarm = alarmOf('FoldsFailedAlarm');
  const publish = running('publish');
  for (const channel of ['fold-1', 'fold-2', 'fold-3']) await publish.invoke(published(channel));
  const tables = await meddledTables();
  tables.closed = stack.environment('sweep').EVENTS_TABLE ?? '';
  const folding = (more: Readonly<Record<string, string>> = {}) =>
    printing('sweep', { STATE_LOOK_SECONDS: '0', ...more });
  const bad = folding({ AWS_ENDPOINT_URL_DYNAMODB: tables.url });
  const printedBad = lasting(await printedDuring(() => bad.invoke({})));
  const printedWell = lasting(await printedDuring(() => folding().invoke({})));

  expect(bad.errors).toEqual([0]);
  expect(fires(alarm, printedWell)).toBe(false);
  expect(fires(alarm, printedBad)).toBe(true);
  tables.stop();
}, 60_000);

test('PollThrottlesAlarm fires when more polls wait than may run at once', async () => {
  const alarm = alarmOf('PollThrottlesAlarm');
  const hold = async (poll: RunningFunction) => {
    await Promise.all([1, 2, 3].map(() => poll.invoke(polled(1))));
    return fires(alarm, counted(alarm, poll.throttles));
  };

  expect(await hold(running('poll', {}, 3))).toBe(false);
  expect(await hold(running('poll', {}, 2))).toBe(true);
});

test('ConcurrencyAlarm fires when as many functions run at once as its parameter says', async () => {
  // As if alarmConcurrency were 3.
  const alarm = { ...alarmOf('ConcurrencyAlarm'), Threshold: 3 };
  const hold = async (count: number) => {
    const poll = running('poll');
    await Promise.all(Array.from({ length: count }, () => poll.invoke(polled(1))));
    return fires(alarm, counted(alarm, poll.atOnce));
  };

  expect(await hold(2)).toBe(false);
  expect(await hold(3)).toBe(true);
  expect(alarmOf('ConcurrencyAlarm').Threshold).toBe(800);
});

test('DeadLettersAlarm fires when a message can never be published', async () => {
  const alarm = alarmOf('DeadLettersAlarm');
  const ingest = running('ingest');
  const firesAfter = async (body: string) => {
    await sendToIngest(stack, 'letters', body);
    await handOver(ingest);
    return fires(alarm, counted(alarm, [await deadLettersVisible()]));
  };

  expect(await firesAfter('{"channel":"letters","data":1}')).toBe(false);
  expect(await firesAfter('{')).toBe(true);
});

test('IngestAgeAlarm fires when ingest cannot write for five minutes; ingest itself has no error then', async () => {
  const alarm = alarmOf('IngestAgeAlarm');
  const firesWith = async (ingest: RunningFunction) => {
    await sendToIngest(stack, 'aging', '{"channel":"aging","data":1}');
    await handOver(ingest);
    expect(ingest.errors).toEqual([0]);
    return fires(alarm, counted(alarm, [await oldestAge(6 * MINUTE)]));
  };

  expect(await firesWith(running('ingest'))).toBe(false);
  expect(await firesWith(running('ingest', { EVENTS_TABLE: GONE }))).toBe(true);
}, 60_000);

test('ApiFaultsAlarm fires when a table is gone; the function itself has no error then', async () => {
  const alarm = alarmOf('ApiFaultsAlarm');
  const firesWith = async (page: RunningFunction) => {
    const faults: number[] = [];
    await times(10, async () => {
      const { statusCode = 500 } = (await page.invoke(asked('GET', '/v1/channels'))) ?? {};
      faults.push(statusCode >= 500 ? 1 : 0);
    });
    expect(page.errors).not.toContain(1);
    return fires(alarm, counted(alarm, faults));
  };

  expect(await firesWith(running('page'))).toBe(false);
  expect(await firesWith(running('page', { EVENTS_TABLE: GONE }))).toBe(true);
});

test('DoorbellsFailedAlarm fires when SQS cannot be reached by the function that publishes', async () => {
  const alarm = alarmOf('DoorbellsFailedAlarm');
  const { WAITERS_TABLE: table = '' } = stack.environment('publish');
  const waiters = new WaitersTable({ client: stack.clients.dynamodb, table });
  const mailbox = stack.references.IngestQueue?.ref.replace('ingest.fifo', 'mailbox-1') ?? '';
  const printed = (publish: RunningFunction) =>
    printedDuring(() =>
      times(10, async () => {
        await waiters.arm('rung', { mailbox, nonce: 'n', turn: Date.now(), until: Date.now() + MINUTE });
        await publish.invoke(published('rung'));
      }),
    );

  expect(fires(alarm, lasting(await printed(printing('publish'))))).toBe(false);
  const unreachable = printing('publish', { AWS_ENDPOINT_URL_SQS: CLOSED_PORT });
  expect(fires(alarm, lasting(await printed(unreachable)))).toBe(true);
}, 60_000);

test('ThrottledAlarm fires when DynamoDB throttles', async () => {
  const alarm = alarmOf('ThrottledAlarm');
  const throttling = await throttlingTables();
  const look = (page: RunningFunction): Promise<readonly Sample[]> =>
    printedDuring(() => times(4, () => page.invoke(asked('GET', '/v1/channels'))));

  expect(fires(alarm, lasting(await look(printing('page'))))).toBe(false);
  const throttled = printing('page', { AWS_ENDPOINT_URL_DYNAMODB: throttling.url });
  expect(fires(alarm, lasting(await look(throttled)))).toBe(true);
  throttling.stop();
}, 60_000);

test('SlowWakesAlarm fires when the table answers so late that a woken poll does', async () => {
  const alarm = alarmOf('SlowWakesAlarm');
  const tables = await meddledTables();
  const publish = running('publish');
  const samplesWith = async (channel: string, delayMs: number) => {
    const poll = printing('poll', { AWS_ENDPOINT_URL_DYNAMODB: tables.url });
    await publish.invoke(published(channel));
    return printedDuring(async () => {
      tables.delayMs = 0;
      tables.answered.length = 0;
      const held = poll.invoke(asked('GET', `/v1/channels/${channel}/events?maxvid=1&wait=20`));
      // It has armed and checked, and sleeps.
      await until(async () => tables.answered.some((target) => target.endsWith('.Query')), WAIT_MS);
      tables.delayMs = delayMs;
      // Blocks that no doorbell carries, more than the newest: so that the woken poll reads a page from the table.
      const lines = Array.from({ length: 4 }, () => `"${'x'.repeat(200_000)}"`).join('\n');
      const init = posting(lines, 'application/x-ndjson');
      await publish.invoke(asked('POST', `/v1/channels/${channel}/events`, init));
      await held;
    });
  };

  expect(fires(alarm, lasting(await samplesWith('prompt', 0)))).toBe(false);
  expect(fires(alarm, lasting(await samplesWith('late', 2_200)))).toBe(true);
  tables.stop();
}, 60_000);

test('each alarm of serverless.yml has fired here by its fault', () => {
  expect([...fired].sort()).toEqual(
    Object.values(alarms)
      .map(({ AlarmName }) => AlarmName)
      .sort(),
  );
});
