/** Messages that cannot be published, at once or after five tries, and their way back: `npm run redrive` as a person runs it. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Message } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ingest } from '../../lib/ingest.ts';
import { SERVICE_DIR } from '../../local/service.ts';
import { breakCalls } from '../support/faults.ts';
import { dataOf, eventsUpTo, numbered, range } from '../support/http.ts';
import { giveBack, queueUrl, receive, remove, sendToIngest, takeAll } from '../support/ingest-queues.ts';
import { startLeapingProcess } from '../support/leaping.ts';
import { freshClients, startProcess } from '../support/process.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** serverless.yml: IngestQueue.RedrivePolicy.maxReceiveCount. */
const TRIES = 5;
const DEADLINE_MS = 10_000;

let stack: Stack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.stop());

type Ingest = Parameters<typeof ingest>[0];

/** One batch, as Lambda hands it over: what was taken is removed, the rest comes again. Resolves with how many came. */
async function turn(ports: Ingest): Promise<number> {
  const messages = await receive(stack, 'IngestQueue');
  const failed = await ingest(ports, messages.map(toMessage));
  for (const message of messages) {
    if (failed.has(message.MessageId ?? '')) await giveBack(stack, message);
    else await remove(stack, 'IngestQueue', message);
  }
  return messages.length;
}

/** Turns until the queue is empty. */
async function pumpDry(ports: Ingest): Promise<void> {
  while ((await turn(ports)) > 0);
}

const toMessage = ({ MessageId = '', Body = '', Attributes }: Message) => ({
  id: MessageId,
  group: Attributes?.MessageGroupId ?? '',
  body: Body,
});

/** A process that cannot write to channel `stuck`, and gives up at once. */
function stuckProcess(): Ingest {
  const clients = freshClients(stack);
  const process = startLeapingProcess(stack, clients);
  breakCalls(clients, ({ channel }) => {
    if (channel !== 'stuck') return 'none';
    process.clock.leap(DEADLINE_MS);
    return 'refused';
  });
  return process.ingest;
}

interface Run {
  readonly code: number;
  readonly output: string;
}

function redrive(...args: string[]): Promise<Run> {
  const env = { ...process.env };
  stack.lead(env);
  const all = ['local/redrive.ts', '--queue-url', queueUrl(stack, 'IngestQueue'), ...args];
  const node = join(SERVICE_DIR, 'node_modules/.bin/node');
  return new Promise((resolve) => {
    execFile(node, all, { cwd: SERVICE_DIR, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}

const headOf = async (channel: string) =>
  ((await (await startProcess(stack).app.request(`/v1/channels/${channel}`)).json()) as { head?: number })
    .head;

test('a message that fails five times is given up, and those behind it and in other groups go on', async () => {
  const stuck = stuckProcess();
  await sendToIngest(stack, 'stuck', { channel: 'stuck', data: 'held up' });
  await sendToIngest(stack, 'free', { channel: 'free', data: 'beside' });

  for (const _ of range(1, TRIES)) await turn(stuck);
  await pumpDry(stuck);

  const [given, ...others] = await takeAll(stack, 'IngestDeadQueue');
  expect(given).toMatchObject({ Body: JSON.stringify({ channel: 'stuck', data: 'held up' }) });
  expect(given?.MessageAttributes?.reason).toBeUndefined();
  expect(others).toEqual([]);
  expect(await headOf('free')).toBe(1);
  expect(await headOf('stuck')).toBeUndefined();
});

test('what failed too often is sent back in order, and is published once', async () => {
  const stuck = stuckProcess();
  const bodies = [{ data: 'one' }, { events: numbered(2, 3) }, { id: 'mine', data: 'four' }];
  for (const body of bodies) await sendToIngest(stack, 'stuck', { channel: 'stuck', ...body });
  await pumpDry(stuck);

  const { code, output } = await redrive();
  await pumpDry(startProcess(stack).ingest);

  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('3 sent back, 0 left') });
  expect(output).toMatch(/group "stuck": it failed too often/);
  const events = await eventsUpTo(startProcess(stack).app, 'stuck', 4);
  expect(dataOf(events)).toEqual(['one', 2, 3, 'four']);
  expect(events[3]?.id).toBe('mine');
  expect(await takeAll(stack, 'IngestDeadQueue')).toEqual([]);
});

test('a message of which a part was in the log when it was given up adds only the rest when it is sent back', async () => {
  const clients = freshClients(stack);
  const half = startLeapingProcess(stack, clients);
  breakCalls(clients, ({ vid = 0 }) => {
    if (vid <= 100) return 'none';
    half.clock.leap(DEADLINE_MS);
    return 'refused';
  });
  await sendToIngest(stack, 'half', { channel: 'half', events: numbered(1, 150) });
  await pumpDry(half.ingest);
  expect(await headOf('half')).toBe(100);

  await redrive();
  await pumpDry(startProcess(stack).ingest);

  expect(dataOf(await eventsUpTo(startProcess(stack).app, 'half', 150))).toEqual(range(1, 150));
  expect(await headOf('half')).toBe(150);
});

test('what can never be published stays, with its reason, and holds up nobody in its group', async () => {
  const stuck = stuckProcess();
  for (const i of range(1, 12)) await sendToIngest(stack, 'stuck', `not JSON ${i}`);
  await sendToIngest(stack, 'stuck', { channel: 'stuck', data: 'good' });
  await pumpDry(stuck);

  const { code, output } = await redrive();

  expect(output).toContain('1 sent back, 12 left');
  expect(output).toMatch(/left +\S+ group "stuck": The message is not JSON/);
  expect(output).not.toContain('not JSON 1');
  expect(code).toBe(3);
  await pumpDry(startProcess(stack).ingest);
  expect(await headOf('stuck')).toBe(1);
  const left = await takeAll(stack, 'IngestDeadQueue');
  expect(left.map(({ Body }) => Body)).toEqual(range(1, 12).map((i) => `not JSON ${i}`));
  expect(left[0]?.MessageAttributes?.reason?.StringValue).toMatch(/not JSON/);
});

test('a dry run changes nothing, --max ends early, and --all sends back everything', async () => {
  const stuck = stuckProcess();
  await sendToIngest(stack, 'stuck', { channel: 'stuck', data: 1 });
  await sendToIngest(stack, 'bad', 'not JSON');
  await pumpDry(stuck);

  const dry = await redrive('--dry-run');
  const none = await redrive('--max', '0');
  const all = await redrive('--all');

  expect([dry.code, none.code, all.code]).toEqual([3, 3, 0]);
  expect(dry.output).toContain('1 would go, 1 would stay');
  expect(none.output).toContain('0 sent back');
  expect(all.output).toContain('2 sent back, 0 left');
  expect(await takeAll(stack, 'IngestDeadQueue')).toEqual([]);
  expect(await takeAll(stack, 'IngestQueue')).toHaveLength(2);
});

test('a wrong command line says what is right', async () => {
  const { code, output } = await redrive('--stage', 'dev');

  expect(code).toBe(2);
  expect(output).toContain('npm run redrive -- [--stage NAME');
});
