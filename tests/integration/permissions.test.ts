/**
 * Emulators let everybody do everything; AWS does not. Each operation runs here with clients that note their calls,
 * and every call must be granted by the role of the function that makes it in serverless.yml. The other way round,
 * a grant that no call needs is one too many.
 */
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CursorsTable } from '../../lib/aws/cursors-table.ts';
import { RegisterTable, WaitersTable } from '../../lib/aws/waiters-table.ts';
import { ingestQueue } from '../../lib/deps.ts';
import { ingest } from '../../lib/ingest.ts';
import { sweep } from '../../lib/sweep.ts';
import { covers, grantsOf, notingClients } from '../support/permissions.ts';
import { environmentOf, freshClients, startProcess, type TestProcess } from '../support/process.ts';
import { known, mailboxOf } from '../support/queues.ts';
import { type Stack, startStack } from '../support/stack.ts';

const NAMES = ['poll', 'publish', 'ingest', 'sweep', 'page', 'producer'];
const calls: Record<string, Set<string>> = Object.fromEntries(NAMES.map((name) => [name, new Set()]));
let stack: Stack;

/** What Lambda itself does in a function's name: writing its logs, and reading its queue. */
const LAMBDAS_OWN = /^logs:|^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes) .*-ingest\.fifo$/;

const EVENTS = 'http://test/v1/channels/doors/events';
const post = (body: string, type = 'application/json') => ({
  method: 'POST',
  body,
  headers: { 'content-type': type },
});

function processFor(name: string): TestProcess {
  return startProcess(stack, { clients: notingClients(stack, calls[name] ?? new Set()) });
}

/** An arm whose mailbox is gone: whoever rings it learns so, and removes it. */
async function leaveDeadArm(channel: string): Promise<void> {
  const { dynamo } = freshClients(stack);
  const waiters = new WaitersTable({ client: dynamo, table: environmentOf(stack).WAITERS_TABLE ?? '' });
  const mailbox = stack.references.IngestQueue?.ref.replace('ingest.fifo', 'mailbox-gone') ?? '';
  await waiters.arm(channel, { mailbox, nonce: 'n', turn: 1, until: Date.now() + 60_000 });
}

async function publishAll(): Promise<void> {
  const { app } = processFor('publish');
  await leaveDeadArm('doors');
  await app.request(EVENTS, post('{"data":1}'));
  // Past the first thousand the channel's own item is raised.
  await app.request(EVENTS, post('1\n'.repeat(1_001), 'application/x-ndjson'));
}

async function ingestAll(): Promise<void> {
  const process = processFor('ingest');
  await leaveDeadArm('alerts');
  const body = (channel: string, count: number) =>
    JSON.stringify({ channel, events: Array.from({ length: count }, (_, data) => ({ data })) });
  const messages = Array.from({ length: 11 }, (_, i) => ({
    id: `m${i}`,
    group: 'alerts',
    body: body('alerts', 100),
  }));
  await ingest(process.ingest, [...messages, { id: 'bad', group: 'alerts', body: 'not JSON' }]);
}

/** Two polls of one client, of which the second ends the first, and a third that a publish wakes. */
async function pollAll(): Promise<void> {
  const process = processFor('poll');
  const other = startProcess(stack);
  await mailboxOf(stack, other);
  await mailboxOf(stack, process);
  const held = other.app.request(`${EVENTS}?maxvid=1002&client=me&wait=5`);
  await until(async () => (await clientsOfDoors()) > 0);
  const woken = process.app.request(`${EVENTS}?maxvid=1002&client=me&wait=5`);
  expect(await (await held).json()).toMatchObject({ superseded: true });
  await startProcess(stack).app.request(EVENTS, post('{"data":2}'));
  expect(await (await woken).json()).toMatchObject({ maxvid: 1003 });
  await process.poll.deferred.flush();
  await process.app.request('http://test/v1/channels/empty/events?maxvid=0&wait=0');
  // A place that cannot be, which is taken back, and a cursor that stands there, which is moved.
  await process.app.request(`${EVENTS}?maxvid=9999&client=lost&wait=0`);
  const cursors = new CursorsTable({
    client: freshClients(stack).dynamo,
    table: environmentOf(stack).CURSORS_TABLE ?? '',
    keepMs: 60_000,
  });
  await cursors.visit('doors', 'lost', { maxvid: 9999 }, undefined, Date.now());
  expect((await process.app.request(`${EVENTS}?maxvid=0&client=lost&wait=0`)).status).toBe(200);
  // The mailbox's lease is renewed by polls that come much later; here at once.
  const register = new RegisterTable({
    client: process.clients.dynamo,
    table: environmentOf(stack).WAITERS_TABLE ?? '',
  });
  await register.renew(`${environmentOf(stack).MAILBOX_PREFIX}mine`, Date.now());
}

async function clientsOfDoors(): Promise<number> {
  const answer = await startProcess(stack).app.request('http://test/v1/channels/doors/clients');
  return ((await answer.json()) as { clients: unknown[] }).clients.length;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited 5 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function lookAtAll(): Promise<void> {
  const { app } = processFor('page');
  await app.request('http://test/v1/channels/doors');
  await app.request('http://test/v1/channels/empty');
  await app.request('http://test/v1/channels/doors/clients');
  await app.request('http://test/v1/channels/doors/clients/me', { method: 'DELETE' });
}

async function sweepAll(): Promise<void> {
  const { dynamo, sqs } = freshClients(stack);
  const QueueName = `${environmentOf(stack).MAILBOX_PREFIX}dead`;
  await new RegisterTable({ client: dynamo, table: environmentOf(stack).WAITERS_TABLE ?? '' }).enter(
    QueueName,
    1,
  );
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
  await known(sqs, QueueUrl);
  expect(await sweep(processFor('sweep').sweep)).toBe(1);
}

async function produce(): Promise<void> {
  const { sqs } = notingClients(stack, calls.producer ?? new Set());
  await ingestQueue(environmentOf(stack), { sqs }).send('host', '{}', 'id');
}

beforeAll(async () => {
  stack = await startStack();
  await publishAll();
  await ingestAll();
  await pollAll();
  await lookAtAll();
  await sweepAll();
  await produce();
});
afterAll(() => stack?.stop());

describe.each(NAMES)('%s', (name) => {
  test('is granted every call that it makes', () => {
    const grants = grantsOf(stack, name);

    expect(calls[name]?.size).toBeGreaterThan(0);
    expect([...(calls[name] ?? [])].filter((call) => !grants.some((grant) => covers(grant, call)))).toEqual(
      [],
    );
  });

  test('is granted nothing else', () => {
    const made = [...(calls[name] ?? [])];
    const unused = grantsOf(stack, name).filter((grant) => !made.some((call) => covers(grant, call)));

    expect(unused.filter((grant) => !LAMBDAS_OWN.test(grant))).toEqual([]);
  });
});
