/** Mailboxes of dead processes are swept; a process that was only frozen opens a new one and loses nothing. */

import { CreateQueueCommand, DeleteQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sweep } from '../../lib/wakeup/mailbox-sweep.ts';
import { dataOf, poll, publish } from '../support/http/http.ts';
import { startCountedProcess } from '../support/stack/calls.ts';
import { startLeapingProcess } from '../support/stack/leaping-process.ts';
import { environmentOf, startProcess } from '../support/stack/process.ts';
import { known, mailboxOf, QUEUE_LAG } from '../support/stack/queues.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { armsOn, scan } from '../support/stack/tables.ts';

const MINUTE_MS = 60_000;
/** A registration is good for 15 minutes. */
const LEASE_MS = 15 * MINUTE_MS;

let stack: Stack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.stop());

async function mailboxes(): Promise<readonly string[]> {
  const QueueNamePrefix = environmentOf(stack).MAILBOX_PREFIX;
  const { QueueUrls = [] } = await stack.clients.sqs.send(new ListQueuesCommand({ QueueNamePrefix }));
  return QueueUrls;
}

async function registered(): Promise<number> {
  return (await scan(stack, 'WAITERS_TABLE')).filter(({ channel }) => channel?.S === '#mailboxes').length;
}

/** A sweep by a process whose clock is `ms` ahead. */
function sweepAfter(ms: number): Promise<number> {
  const { clock, sweep: ports } = startLeapingProcess(stack);
  clock.leap(ms);
  return sweep(ports);
}

/** Polls once without sleeping, so that the process has a mailbox; resolves with its address once SQS knows it. */
async function openMailbox(process: Pick<ReturnType<typeof startProcess>, 'app' | 'poll'>): Promise<string> {
  await publish(startProcess(stack).app, 'opening', { data: 'x' });
  await poll(process.app, 'opening', { maxvid: 0 });
  return mailboxOf(stack, process);
}

async function makeQueue(QueueName: string): Promise<void> {
  const { sqs } = stack.clients;
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
  await known(sqs, QueueUrl);
}

test('a process opens one mailbox, however many polls it holds', async () => {
  const { app } = startProcess(stack);

  await Promise.all(['a', 'b', 'c'].map((channel) => poll(app, channel, { maxvid: 0, wait: 1 })));

  await expect.poll(mailboxes, QUEUE_LAG).toHaveLength(1);
  expect(await registered()).toBe(1);
});

test('a mailbox is swept once its registration has run out, and not before', async () => {
  await openMailbox(startProcess(stack));

  expect(await sweepAfter(0)).toBe(0);
  expect(await sweepAfter(LEASE_MS - MINUTE_MS)).toBe(0);
  await expect.poll(mailboxes, QUEUE_LAG).toHaveLength(1);
  expect(await sweepAfter(LEASE_MS + MINUTE_MS)).toBe(1);
  await expect.poll(mailboxes, QUEUE_LAG).toEqual([]);
  expect(await registered()).toBe(0);
});

test('a queue that nobody has registered is swept', async () => {
  const QueueName = `${environmentOf(stack).MAILBOX_PREFIX}orphan`;
  await makeQueue(QueueName);
  await expect.poll(mailboxes, QUEUE_LAG).toHaveLength(1);

  expect(await sweepAfter(0)).toBe(1);
  await expect.poll(mailboxes, QUEUE_LAG).toEqual([]);
});

test('queues of others are left alone', async () => {
  const mine = environmentOf(stack).MAILBOX_PREFIX ?? '';
  const QueueNamePrefix = mine.replace('mailbox-', '');
  const all = async () =>
    (await stack.clients.sqs.send(new ListQueuesCommand({ QueueNamePrefix }))).QueueUrls;
  await makeQueue(`${QueueNamePrefix}somebody-elses`);
  await expect.poll(all, QUEUE_LAG).toHaveLength(3);
  const before = await all();

  await sweepAfter(LEASE_MS * 2);

  expect(await all()).toEqual(before);
});

test('two sweeps at once do no harm', async () => {
  await openMailbox(startProcess(stack));
  await openMailbox(startProcess(stack));

  await Promise.all([sweepAfter(LEASE_MS + MINUTE_MS), sweepAfter(LEASE_MS + MINUTE_MS)]);

  await expect.poll(mailboxes, QUEUE_LAG).toEqual([]);
  expect(await registered()).toBe(0);
});

test('a process that polls now and then keeps its mailbox', async () => {
  const process = startLeapingProcess(stack);
  const mailbox = await openMailbox(process);

  for (let passed = 0; passed < LEASE_MS * 2; passed += 7 * MINUTE_MS) {
    process.clock.leap(7 * MINUTE_MS);
    await poll(process.app, 'opening', { maxvid: 0 });
    await poll(process.app, 'opening', { maxvid: 0, wait: 0 });
    expect(await sweepAfter(passed + 7 * MINUTE_MS)).toBe(0);
  }

  expect(await mailboxes()).toEqual([mailbox]);
});

test('a process that was frozen past its lease, but not swept, goes on with its mailbox', async () => {
  const process = startLeapingProcess(stack);
  await openMailbox(process);
  process.clock.leap(LEASE_MS + MINUTE_MS);

  await poll(process.app, 'opening', { maxvid: 0 });

  await expect.poll(mailboxes, QUEUE_LAG).toHaveLength(1);
  expect(await sweepAfter(LEASE_MS + MINUTE_MS)).toBe(0);
});

test('a process that was frozen and swept opens a new mailbox and loses nothing', async () => {
  const frozen = startLeapingProcess(stack);
  const publisher = startProcess(stack);
  await publish(publisher.app, 'doors', { data: 'before' });
  await poll(frozen.app, 'doors', { client: 'me', maxvid: 0 });
  const swept = await mailboxOf(stack, frozen);
  await sweepAfter(LEASE_MS + MINUTE_MS);
  await publish(publisher.app, 'doors', { data: 'meanwhile' });

  frozen.clock.leap(LEASE_MS + MINUTE_MS);
  const missed = await poll(frozen.app, 'doors', { client: 'me', maxvid: 1 });
  const held = poll(frozen.app, 'doors', { client: 'me', maxvid: 2 });
  await publish(publisher.app, 'doors', { data: 'after' });

  expect(dataOf(missed.events)).toEqual(['meanwhile']);
  expect(dataOf((await held).events)).toEqual(['after']);
  await expect.poll(mailboxes, QUEUE_LAG).toEqual([expect.not.stringMatching(`^${swept}$`)]);
});

test('a process whose mailbox vanishes before its lease ends opens a new one and loses nothing', async () => {
  const process = startLeapingProcess(stack);
  const publisher = startProcess(stack);
  const QueueUrl = await openMailbox(process);
  // Older than 2 s: a queue that is not there then is gone, not young.
  process.clock.leap(MINUTE_MS);
  await stack.clients.sqs.send(new DeleteQueueCommand({ QueueUrl }));

  const held = poll(process.app, 'doors', { maxvid: 0 });
  await expect
    .poll(async () => (await mailboxes()).filter((url) => url !== QueueUrl), QUEUE_LAG)
    .toHaveLength(1);
  await publish(publisher.app, 'doors', { data: 'first' });

  expect(dataOf((await held).events)).toEqual(['first']);
});

test('a publisher that rings a mailbox that is gone takes its arm away', async () => {
  const poller = startCountedProcess(stack);
  const publisher = startCountedProcess(stack);
  await publish(publisher.app, 'doors', { data: 1 });
  await poll(poller.app, 'doors', { maxvid: 0 });
  const QueueUrl = await mailboxOf(stack, poller);
  await stack.clients.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  expect(await armsOn(stack, 'doors')).toBe(1);

  await publish(publisher.app, 'doors', { data: 2 });

  expect(await armsOn(stack, 'doors')).toBe(0);
});
