/** The ingest queue, its function as Lambda runs it, and its dead-letter queue; all on emulators. */

import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toRecord } from '../../local/serverless/sqs-poller.ts';
import { dataOf, eventsUpTo, poll, range } from '../support/http/http.ts';
import { sendToIngest, takeAll } from '../support/stack/ingest-queues.ts';
import { environmentOf, startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

let stack: Stack;
let handler: (event: SQSEvent) => Promise<SQSBatchResponse>;
beforeAll(async () => {
  stack = await startStack();
  stack.lead(process.env);
  Object.assign(process.env, environmentOf(stack), { POWERTOOLS_LOG_LEVEL: 'SILENT' });
  ({ handler } = await import('../../functions/ingest.ts'));
});
afterAll(() => stack.stop());

const send = (group: string, body: unknown) => sendToIngest(stack, group, body);

/** Takes everything off the ingest queue, as one batch that Lambda would hand over. The emulator gives one message per group at a time. */
async function batch(): Promise<SQSEvent> {
  const arn = stack.references.IngestQueue?.attributes.Arn ?? '';
  const messages = await takeAll(stack, 'IngestQueue');
  return { Records: messages.map((message) => toRecord(message, { queueArn: arn, region: 'us-east-1' })) };
}

/** What was put aside, and why. */
async function moved(): Promise<ReadonlyArray<{ readonly body: string; readonly reason: string }>> {
  return (await takeAll(stack, 'IngestDeadQueue')).map(({ Body = '', MessageAttributes }) => ({
    body: Body,
    reason: MessageAttributes?.reason?.StringValue ?? '',
  }));
}

test('messages of each channel are published in the order in which they were sent', async () => {
  for (const i of range(1, 5)) {
    await send('left', { channel: 'left', data: `left ${i}` });
    await send('right', { channel: 'right', events: [{ data: `right ${i}a` }, { data: `right ${i}b` }] });
  }

  const answer = await handler(await batch());

  expect(answer).toEqual({ batchItemFailures: [] });
  const { app } = startProcess(stack);
  const rights = range(1, 5).flatMap((i) => [`right ${i}a`, `right ${i}b`]);
  expect(dataOf(await eventsUpTo(app, 'left', 5))).toEqual(range(1, 5).map((i) => `left ${i}`));
  expect(dataOf(await eventsUpTo(app, 'right', 10))).toEqual(rights);
});

test('a sleeping poll gets what is sent to the queue', async () => {
  const held = poll(startProcess(stack).app, 'awaited', { maxvid: 0 });
  await send('awaited', { channel: 'awaited', id: 'a', data: null });

  await handler(await batch());

  expect((await held).events).toMatchObject([{ vid: 1, id: 'a', data: null }]);
});

test('a batch that is delivered again adds nothing, wherever it runs', async () => {
  await send('again', { channel: 'again', data: 'without an id' });
  await send('again', { channel: 'again', id: 'own', data: 'with an id' });
  await send('again', { channel: 'again', events: [{ data: 1 }, { data: 1 }] });
  const event = await batch();

  await handler(event);
  await handler(event);

  const info = await startProcess(stack).app.request('/v1/channels/again');
  expect(await info.json()).toMatchObject({ head: 4 });
  const events = await eventsUpTo(startProcess(stack).app, 'again', 4);
  expect(dataOf(events)).toEqual(['without an id', 'with an id', 1, 1]);
});

test.each<readonly [name: string, group: string, body: unknown, reason: RegExp]>([
  ['is not JSON', 'bad', '{', /not JSON/],
  ['is no object', 'bad', '[]', /object/],
  ['names no channel', 'bad', { data: 1 }, /channel/],
  ['names a bad channel', 'bad', { channel: 'a b', data: 1 }, /channel/],
  ['names another channel than its group', 'bad', { channel: 'good', data: 1 }, /MessageGroupId/],
  ['has no data', 'bad', { channel: 'bad' }, /data/],
  ['has an unknown member', 'bad', { channel: 'bad', data: 1, vid: 1 }, /vid/],
  ['has a member that no queue would take', 'bad', '{"channel":"bad","data":1,"a\\u0001\\uffff":1}', /a\?\?/],
  ['has an endless member', 'bad', { channel: 'bad', data: 1, ['m'.repeat(2_000)]: 1 }, /^m{100}… /],
  ['says its channel twice', 'bad', '{"channel":"bad","channel":"bad","data":1}', /^message must not say/],
  [
    'has an id twice',
    'bad',
    '{"channel":"bad","events":[{"id":"a","id":"b","data":1}]}',
    /^events\[0\] must not/,
  ],
  ['says a name twice', 'bad', '{"channel":"bad","data":{"a":1,"a":2}}', /^data must not say a name twice/],
  ['has data beside events', 'bad', { channel: 'bad', data: 1, events: [{ data: 1 }] }, /data/],
  ['has no events', 'bad', { channel: 'bad', events: [] }, /events/],
  ['has a bad event among good ones', 'bad', { channel: 'bad', events: [{ data: 1 }, {}] }, /events\[1\]/],
])('a message that %s is put aside with the reason', async (_, group, body, reason) => {
  await send(group, body);

  const answer = await handler(await batch());

  expect(answer).toEqual({ batchItemFailures: [] });
  const [aside, ...others] = await moved();
  expect(aside?.body).toBe(typeof body === 'string' ? body : JSON.stringify(body));
  expect(aside?.reason).toMatch(reason);
  expect(others).toEqual([]);
  expect((await startProcess(stack).app.request('/v1/channels/bad')).status).toBe(404);
});

test('a message that leaves no room for a reason is put aside without one', async () => {
  const body = 'x'.repeat(1024 * 1024);
  await send('bad', body);

  const answer = await handler(await batch());

  expect(answer).toEqual({ batchItemFailures: [] });
  expect(await moved()).toEqual([{ body, reason: '' }]);
});

test('a message that is put aside holds up nobody, not even its own channel', async () => {
  await send('mixed', { channel: 'mixed', data: 'before' });
  await send('mixed', 'not JSON');
  await send('mixed', { channel: 'mixed', data: 'after' });
  await send('calm', { channel: 'calm', data: 'beside' });

  await handler(await batch());

  const { app } = startProcess(stack);
  expect(dataOf(await eventsUpTo(app, 'mixed', 2))).toEqual(['before', 'after']);
  expect(dataOf(await eventsUpTo(app, 'calm', 1))).toEqual(['beside']);
  expect(await moved()).toHaveLength(1);
});
