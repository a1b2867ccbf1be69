/** Dead letters from a bad message to the event that it should have been, over HTTP, on emulators of both queues. */

import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { deadLetterQueues } from '../../lib/compose/ingest.ts';
import type { DeadLetterInfo, DeadLettersAnswer } from '../../lib/protocol/doorbell.ts';
import { ingest, messageOf } from '../../lib/publish/ingest.ts';
import { toRecord } from '../../local/serverless/sqs-poller.ts';
import { posting, range } from '../support/http/http.ts';
import { receive, sendToIngest, takeAll } from '../support/stack/ingest-queues.ts';
import { environmentOf, startProcess, type TestProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
let stack: Stack;
let server: TestProcess;
beforeAll(async () => {
  stack = await startStack();
  server = startProcess(stack, { secret: SECRET });
});
afterAll(() => stack.stop());
beforeEach(async () => {
  await takeAll(stack, 'IngestQueue');
  await takeAll(stack, 'IngestDeadQueue');
});

const PATH = '/v1/dead-letters';

async function ask(path: string, init: RequestInit = {}, dead: readonly string[] = ['*']): Promise<Response> {
  const token = await mint(SECRET, { read: ['*'], write: ['*'], dead, ttlS: 60, now: Date.now() });
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  return server.app.request(path, { ...init, headers });
}

const list = async () => (await (await ask(PATH)).json()) as DeadLettersAnswer;

/** What Lambda does with all that stands in the ingest queue. */
async function runIngest(): Promise<void> {
  const queueArn = stack.references.IngestQueue?.attributes.Arn ?? '';
  for (;;) {
    const messages = await takeAll(stack, 'IngestQueue');
    if (messages.length === 0) return;
    const event: SQSEvent = {
      Records: messages.map((one) => toRecord(one, { queueArn, region: 'us-east-1' })),
    };
    const failed = await ingest(server.ingest, event.Records.map(messageOf));
    const answer: SQSBatchResponse = { batchItemFailures: [] };
    expect([...failed]).toEqual(answer.batchItemFailures);
  }
}

async function onlyDeadLetter(): Promise<DeadLetterInfo> {
  const { messages } = await list();
  expect(messages).toHaveLength(1);
  return messages[0] as DeadLetterInfo;
}

test('a bad message is seen with its reason, mended, sent back, and is the event that it should have been', async () => {
  await sendToIngest(stack, 'mended', '{"channel":"mended","dta":1}');
  await runIngest();

  const message = await onlyDeadLetter();
  expect(message).toMatchObject({
    channel: 'mended',
    reason: expect.stringMatching(/data|dta/),
    body: '{"channel":"mended","dta":1}',
    sentBack: 0,
  });
  expect(Math.abs(Date.parse(message.at ?? '') - Date.now())).toBeLessThan(60_000);
  const mending = { ...posting({ channel: 'mended', data: 1 }), method: 'PUT' };
  const { id } = (await (await ask(`${PATH}/${message.id}`, mending)).json()) as { id: string };
  expect(await onlyDeadLetter()).toMatchObject({ id, reason: null });
  const sent = await ask(`${PATH}/${id}`, { method: 'POST' });
  expect(await sent.json()).toEqual({ sent: 1, left: 0, done: true });
  expect(await list()).toEqual({ messages: [], unseen: 0 });

  await runIngest();

  const events = await (await ask('/v1/channels/mended/events?maxvid=0&wait=0')).json();
  expect(events).toMatchObject({ events: [{ vid: 1, id: message.id, data: 1 }] });
});

test('how often a message was sent back goes with it, also when it comes again', async () => {
  await sendToIngest(stack, 'often', '{"channel":"often","data":1}');
  const { ingestQueue } = deadLetterQueues(environmentOf(stack), server.common, server.clients) ?? {};
  await ingestQueue?.send('often', 'not JSON', 'once', 2);
  await runIngest();

  expect(await onlyDeadLetter()).toMatchObject({ channel: 'often', sentBack: 2 });

  // Marked by a redrive that cannot send it.
  const answer = await ask(PATH, { method: 'POST' });
  expect(await answer.json()).toEqual({ sent: 0, left: 1, done: true });
  expect(await onlyDeadLetter()).toMatchObject({ sentBack: 2, reason: 'The message is not JSON.' });
});

test('what is listed can be taken again at once, in its order', async () => {
  for (const i of range(1, 4)) await sendToIngest(stack, 'calm', `bad ${i}`);
  await sendToIngest(stack, 'other', 'bad');
  await runIngest();

  const first = await list();
  const again = await list();

  // The embedded emulator hands out one of a group, SQS up to ten.
  expect(new Set(first.messages.map(({ channel }) => channel))).toEqual(new Set(['calm', 'other']));
  expect(first.messages.length + first.unseen).toBe(5);
  expect(again).toEqual(first);
  const bodies = (await takeAll(stack, 'IngestDeadQueue')).map(({ Body }) => Body);
  expect(bodies.filter((body) => body !== 'bad')).toEqual(range(1, 4).map((i) => `bad ${i}`));
});

test('a letter that somebody else has in hand is counted and not found, and comes back', async () => {
  await sendToIngest(stack, 'held', 'bad');
  await runIngest();
  const { id } = await onlyDeadLetter();
  const { deadLetters } = deadLetterQueues(environmentOf(stack), server.common, server.clients) ?? {};
  const [held] = (await deadLetters?.receive()) ?? [];

  expect(await list()).toEqual({ messages: [], unseen: 1 });
  expect((await ask(`${PATH}/${id}`)).status).toBe(404);

  if (held) await deadLetters?.release(held);
  expect((await ask(`${PATH}/${id}`)).status).toBe(200);
});

test('a letter that is dropped is gone from the queue, and nothing is sent', async () => {
  await sendToIngest(stack, 'gone', 'bad');
  await runIngest();
  const { id } = await onlyDeadLetter();

  expect((await ask(`${PATH}/${id}`, { method: 'DELETE' })).status).toBe(204);

  expect(await list()).toEqual({ messages: [], unseen: 0 });
  expect(await receive(stack, 'IngestDeadQueue')).toEqual([]);
  expect(await receive(stack, 'IngestQueue')).toEqual([]);
});

test.each<readonly [string, RequestInit, number, string]>([
  ['is not JSON', { body: '{' }, 400, 'body'],
  ['is no message', { body: '[]' }, 400, 'body'],
  ['names its channel twice', { body: '{"channel":"a","channel":"b","data":1}' }, 400, 'message'],
  ['is packed', { body: '{}', headers: { 'content-encoding': 'gzip' } }, 415, 'content-encoding'],
  ['is text', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415, 'content-type'],
  ['is no UTF-8', { body: new Uint8Array([0x22, 0xff, 0x22]) }, 400, 'body'],
  ['is larger than any queue takes', { body: `"${'x'.repeat(1024 * 1024)}"` }, 413, 'body'],
])('a message that %s mends nothing', async (_, init, status, field) => {
  await sendToIngest(stack, 'spoiled', 'bad');
  await runIngest();
  const { id } = await onlyDeadLetter();
  const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string>) };

  const response = await ask(`${PATH}/${id}`, { ...init, headers, method: 'PUT' });

  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ field });
  expect(await onlyDeadLetter()).toMatchObject({ id, body: 'bad' });
});

test.each([
  [`${PATH}?limit=0`, 'limit'],
  [`${PATH}?limit=101`, 'limit'],
  [`${PATH}?channel=a%20b`, 'channel'],
  [`${PATH}?channel=a&channel=b`, 'channel'],
  [`${PATH}?all=1`, 'all'],
  [`${PATH}/m1?all=1`, 'all'],
  [`${PATH}/a%2fb`, 'letter'],
  [`${PATH}/${'x'.repeat(129)}`, 'letter'],
])('%s is refused with the field and its range', async (path, field) => {
  const response = await ask(path);

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ field, type: 'urn:doorbell:problem:bad-parameter' });
});

test('a server without an ingest queue says so to whoever has the claim, and to nobody else', async () => {
  const lone = startProcess(stack, { secret: SECRET, env: { INGEST_QUEUE_URL: '' } });
  const answer = async (dead: readonly string[]) => {
    const token = await mint(SECRET, { read: ['*'], write: ['*'], dead, ttlS: 60, now: Date.now() });
    const response = await lone.app.request(PATH, { headers: { authorization: `Bearer ${token}` } });
    return [response.status, ((await response.json()) as { detail: string }).detail];
  };

  expect(await answer(['*'])).toEqual([404, expect.stringContaining('no ingest queue')]);
  expect(await answer([])).toEqual([403, expect.any(String)]);
});
