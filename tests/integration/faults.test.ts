/** Parts that fail for a while cost time, never an event, and never append one twice. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ingest } from '../../lib/publish/ingest.ts';
import { breakCalls, type Call } from '../support/http/aws-faults.ts';
import {
  dataOf,
  eventsPath,
  eventsUpTo,
  numbered,
  poll,
  posting,
  problem,
  publish,
  range,
  vids,
} from '../support/http/http.ts';
import { expectProblemDocument } from '../support/http/problems.ts';
import { startLeapingProcess } from '../support/stack/leaping-process.ts';
import { freshClients, startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { scan } from '../support/stack/tables.ts';

/** How long a block is tried before its publishers are told to come again. */
const DEADLINE_MS = 10_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** A process whose calls fail where `fails` says so; its clock then leaps to the deadline, so that it gives up at once. */
function startRefused(fails: (call: Call) => boolean) {
  const clients = freshClients(stack);
  const process = startLeapingProcess(stack, clients);
  breakCalls(clients, (call) => {
    if (!fails(call)) return 'none';
    process.clock.leap(DEADLINE_MS);
    return 'refused';
  });
  return process;
}

/** A process for which the first call that `fails` picks fails, in the way given. */
function startOnce(fault: 'refused' | 'lost', fails: (call: Call) => boolean) {
  const clients = freshClients(stack);
  let done = false;
  breakCalls(clients, (call) => {
    if (done || !fails(call)) return 'none';
    done = true;
    return fault;
  });
  return startProcess(stack, { clients });
}

const message = (id: string, channel: string, from: number, to: number) => ({
  id,
  group: channel,
  body: JSON.stringify({ channel, events: numbered(from, to) }),
});

test.each(['refused', 'lost'] as const)('a write that is %s once is made once', async (fault) => {
  const channel = `once-${fault}`;
  const { app } = startOnce(fault, ({ name, vid = 0 }) => name === 'PutItem' && vid > 0);

  const first = await publish(app, channel, { data: 1 });
  const second = await publish(app, channel, { data: 2 });

  expect([first, second]).toMatchObject([
    { first: 1, count: 1 },
    { first: 2, count: 1 },
  ]);
  expect(dataOf(await eventsUpTo(startProcess(stack).app, channel, 2))).toEqual([1, 2]);
});

test('a channel whose own item could not be written at its birth is recorded with the next event', async () => {
  const { app } = startOnce('refused', ({ name, vid }) => name === 'PutItem' && vid === 0);

  await publish(app, 'birth', { data: 1 });
  await publish(app, 'birth', { data: 2 });

  const own = (await scan(stack, 'EVENTS_TABLE')).filter(
    ({ channel, vid }) => channel?.S === 'birth' && vid?.N === '0',
  );
  const { epoch } = await poll(startProcess(stack).app, 'birth', { maxvid: 0 });
  expect(own).toMatchObject([{ epoch: { S: epoch }, reserved: { N: '1000' } }]);
});

test('a log that cannot be written in time is a 503 that says when to come again', async () => {
  const { app } = startRefused(({ name }) => name === 'PutItem');

  const response = await app.request(eventsPath('refused'), posting({ data: 1 }));

  await expectProblemDocument(response.clone(), 503, 'unavailable');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await startProcess(stack).app.request('/v1/channels/refused')).status).toBe(404);
});

test('a long body that fails half-way says how many lines are in', async () => {
  const { app } = startRefused(({ vid = 0 }) => vid > 200);
  const lines = range(1, 350).join('\n');

  const response = await app.request(eventsPath('half'), posting(lines, 'application/x-ndjson'));

  await expectProblemDocument(response.clone(), 503, 'unavailable');
  expect(await problem(response)).toMatchObject({ appended: 200 });
  expect(dataOf(await eventsUpTo(startProcess(stack).app, 'half', 200))).toEqual(range(1, 200));
});

test('a log that cannot be read is a 503 for its readers', async () => {
  const { app } = startRefused(({ name }) => name === 'Query');

  for (const path of [
    eventsPath('doors', { maxvid: 0 }),
    '/v1/events?cursor=doors:0',
    '/v1/channels/doors',
    '/healthz',
  ]) {
    const response = await app.request(path);
    await expectProblemDocument(response.clone(), 503, 'unavailable');
    expect(response.headers.has('retry-after')).toBe(true);
  }
});

test('an event whose doorbell could not be sent is delivered all the same', async () => {
  const { app: reader } = startProcess(stack);
  const publisher = startOnce('refused', ({ name }) => name === 'SendMessage');
  await publish(publisher.app, 'unrung', { data: 1 });
  const held = poll(reader, 'unrung', { maxvid: 1, wait: 10 });

  await publish(publisher.app, 'unrung', { data: 2 });

  expect(dataOf((await held).events)).toEqual([2]);
});

test('a receive that fails once costs no event', async () => {
  const reader = startOnce('refused', ({ name }) => name === 'ReceiveMessage');
  const publisher = startProcess(stack);
  await publish(publisher.app, 'deaf', { data: 1 });
  const held = poll(reader.app, 'deaf', { maxvid: 1, wait: 10 });

  await publish(publisher.app, 'deaf', { data: 2 });

  expect(dataOf((await held).events)).toEqual([2]);
});

test('of ingested messages, a channel that cannot be written does not hold up another', async () => {
  const process = startRefused(({ channel }) => channel === 'stuck');

  const failed = await ingest(process.ingest, [
    message('s1', 'stuck', 1, 1),
    message('f1', 'free', 1, 1),
    message('s2', 'stuck', 2, 2),
  ]);

  expect([...failed].sort()).toEqual(['s1', 's2']);
  expect(dataOf(await eventsUpTo(startProcess(stack).app, 'free', 1))).toEqual([1]);
});

test('of ingested messages, those that are not wholly in the log come again and add only what is missing', async () => {
  const messages = [
    message('m1', 'pieces', 1, 60),
    message('m2', 'pieces', 61, 120),
    message('m3', 'pieces', 121, 180),
  ];
  // The first block holds 100 events: the second message is half in.
  const failed = await ingest(startRefused(({ vid = 0 }) => vid > 100).ingest, messages);

  const again = await ingest(
    startProcess(stack).ingest,
    messages.filter(({ id }) => failed.has(id)),
  );

  expect([...failed]).toEqual(['m2', 'm3']);
  expect([...again]).toEqual([]);
  const events = await eventsUpTo(startProcess(stack).app, 'pieces', 180);
  expect(vids(events)).toEqual(range(1, 180));
  expect(dataOf(events)).toEqual(range(1, 180));
});

test('a message that can neither be published nor put aside comes again', async () => {
  const clients = freshClients(stack);
  // In real time: what is published beside it has a deadline of its own.
  breakCalls(clients, ({ name }) => (name === 'SendMessage' ? 'refused' : 'none'));

  const failed = await ingest(startProcess(stack, { clients }).ingest, [
    { id: 'bad', group: 'aside', body: 'not JSON' },
    message('good', 'aside', 1, 1),
  ]);

  expect([...failed]).toEqual(['bad']);
});
