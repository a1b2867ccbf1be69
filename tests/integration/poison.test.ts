/** Messages that cannot be published, at once or after five tries, and their way back: `npm run redrive` as a person runs it. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Message } from '@aws-sdk/client-sqs';
import { test as bare, describe, expect } from 'vitest';
import { ingest } from '../../lib/publish/ingest.ts';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { breakCalls } from '../support/http/aws-faults.ts';
import { dataOf, eventsUpTo, numbered, range } from '../support/http/http.ts';
import { track } from '../support/memory/world.ts';
import {
  giveBack,
  queueUrl,
  receive,
  remove,
  sendToIngest,
  takeAll,
} from '../support/stack/ingest-queues.ts';
import { startLeapingProcess } from '../support/stack/leaping-process.ts';
import { freshClients, startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { WAIT_MS } from '../support/time/limits.ts';

/** serverless.yml: IngestQueue.RedrivePolicy.maxReceiveCount. */
const TRIES = 5;
const DEADLINE_MS = 10_000;
/** For tests that run commands, one after the other. */
const COMMANDS = { timeout: WAIT_MS * 4 };

/** Each has queues of its own. */
const test = bare.extend<{ stack: Stack }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs.
  stack: async ({}, use) => {
    const stack = await startStack();
    await use(stack);
    await stack.stop();
  },
});

type Ingest = Parameters<typeof ingest>[0];

/** One batch, as Lambda hands it over: what was taken is removed, the rest comes again. Resolves with how many came. */
async function turn(stack: Stack, ports: Ingest): Promise<number> {
  const messages = await receive(stack, 'IngestQueue');
  const failed = await ingest(ports, messages.map(toMessage));
  for (const message of messages) {
    if (failed.has(message.MessageId ?? '')) await giveBack(stack, message);
    else await remove(stack, 'IngestQueue', message);
  }
  return messages.length;
}

/** Turns until the queue is empty. */
async function pollDry(stack: Stack, ports: Ingest): Promise<void> {
  while ((await turn(stack, ports)) > 0);
}

const toMessage = ({ MessageId = '', Body = '', Attributes }: Message) => ({
  id: MessageId,
  group: Attributes?.MessageGroupId ?? '',
  body: Body,
});

/** A process that cannot write to channel `stuck`, and gives up at once. */
function stuckProcess(stack: Stack): Ingest {
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

function redrive(stack: Stack, ...args: string[]): Promise<Run> {
  const env = { ...process.env };
  stack.lead(env);
  const all = ['local/redrive.ts', '--queue-url', queueUrl(stack, 'IngestQueue'), ...args];
  const node = join(SERVICE_DIR, 'node_modules/.bin/node');
  return new Promise((resolve) => {
    // One that does not end is told apart by its code.
    execFile(node, all, { cwd: SERVICE_DIR, env, timeout: WAIT_MS }, (error, stdout, stderr) => {
      const ended = error === null ? 0 : -1;
      resolve({ code: typeof error?.code === 'number' ? error.code : ended, output: stdout + stderr });
    });
  });
}

const headOf = async (stack: Stack, channel: string) =>
  ((await (await startProcess(stack).app.request(`/v1/channels/${channel}`)).json()) as { head?: number })
    .head;

describe.concurrent('on its way', COMMANDS, () => {
  test('a message that fails five times is given up, and those behind it and in other groups go on', async ({
    stack,
  }) => {
    const stuck = stuckProcess(stack);
    await sendToIngest(stack, 'stuck', { channel: 'stuck', data: 'held up' });
    await sendToIngest(stack, 'free', { channel: 'free', data: 'beside' });

    for (const _ of range(1, TRIES)) await turn(stack, stuck);
    await pollDry(stack, stuck);

    const [given, ...others] = await takeAll(stack, 'IngestDeadQueue');
    expect(given).toMatchObject({ Body: JSON.stringify({ channel: 'stuck', data: 'held up' }) });
    expect(given?.MessageAttributes?.reason).toBeUndefined();
    expect(others).toEqual([]);
    expect(await headOf(stack, 'free')).toBe(1);
    expect(await headOf(stack, 'stuck')).toBeUndefined();
  });

  test('what failed too often is sent back in order, and is published once', async ({ stack }) => {
    const stuck = stuckProcess(stack);
    const bodies = [{ data: 'one' }, { events: numbered(2, 3) }, { id: 'mine', data: 'four' }];
    for (const body of bodies) await sendToIngest(stack, 'stuck', { channel: 'stuck', ...body });
    await pollDry(stack, stuck);

    const { code, output } = await redrive(stack);
    await pollDry(stack, startProcess(stack).ingest);

    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining('3 sent back, 0 left'),
    });
    expect(output).toMatch(/group "stuck": it failed too often/);
    const events = await eventsUpTo(startProcess(stack).app, 'stuck', 4);
    expect(dataOf(events)).toEqual(['one', 2, 3, 'four']);
    expect(events[3]?.id).toBe('mine');
    expect(await takeAll(stack, 'IngestDeadQueue')).toEqual([]);
  });

  test('a message of which a part was in the log when it was given up adds only the rest when it is sent back', async ({
    stack,
  }) => {
    const clients = freshClients(stack);
    const half = startLeapingProcess(stack, clients);
    breakCalls(clients, ({ vid = 0 }) => {
      if (vid <= 100) return 'none';
      half.clock.leap(DEADLINE_MS);
      return 'refused';
    });
    await sendToIngest(stack, 'half', { channel: 'half', events: numbered(1, 150) });
    await pollDry(stack, half.ingest);
    expect(await headOf(stack, 'half')).toBe(100);

    await redrive(stack);
    await pollDry(stack, startProcess(stack).ingest);

    expect(dataOf(await eventsUpTo(startProcess(stack).app, 'half', 150))).toEqual(range(1, 150));
    expect(await headOf(stack, 'half')).toBe(150);
  });

  test('what can never be published stays, with its reason, and holds up nobody in its group', async ({
    stack,
  }) => {
    const stuck = stuckProcess(stack);
    for (const i of range(1, 12)) await sendToIngest(stack, 'stuck', `not JSON ${i}`);
    await sendToIngest(stack, 'stuck', { channel: 'stuck', data: 'good' });
    await pollDry(stack, stuck);

    const { code, output } = await redrive(stack);

    expect(output).toContain('1 sent back, 12 left');
    expect(output).toMatch(/left +\S+ group "stuck": The message is not JSON/);
    expect(output).not.toContain('not JSON 1');
    expect(code).toBe(3);
    await pollDry(stack, startProcess(stack).ingest);
    expect(await headOf(stack, 'stuck')).toBe(1);
    const left = await takeAll(stack, 'IngestDeadQueue');
    expect(left.map(({ Body }) => Body)).toEqual(range(1, 12).map((i) => `not JSON ${i}`));
    expect(left[0]?.MessageAttributes?.reason?.StringValue).toMatch(/not JSON/);
  });

  test('a dry run changes nothing, --max ends early, and --all sends back everything', async ({ stack }) => {
    const stuck = stuckProcess(stack);
    await sendToIngest(stack, 'stuck', { channel: 'stuck', data: 1 });
    await sendToIngest(stack, 'bad', 'not JSON');
    await pollDry(stack, stuck);

    const dry = await redrive(stack, '--dry-run');
    const none = await redrive(stack, '--max', '0');
    const all = await redrive(stack, '--all');

    expect([dry.code, none.code, all.code]).toEqual([3, 3, 0]);
    expect(dry.output).toContain('1 would go, 1 would stay');
    expect(none.output).toContain('0 sent back');
    expect(all.output).toContain('2 sent back, 0 left');
    expect(await takeAll(stack, 'IngestDeadQueue')).toEqual([]);
    expect(await takeAll(stack, 'IngestQueue')).toHaveLength(2);
  });

  test('--all goes round once, also when ingest puts aside again at once what it was sent', async ({
    stack,
  }) => {
    const { ingest: ports } = startProcess(stack);
    for (const i of range(1, 5)) await sendToIngest(stack, 'bad', `not JSON ${i}`);
    await pollDry(stack, ports);

    const running = track(redrive(stack, '--all'));
    while (!running.done) await turn(stack, ports);
    const { code, output } = await running.promise;
    await pollDry(stack, ports);

    // 0 where ingest was not fast enough for one to be seen again.
    expect([0, 3]).toContain(code);
    expect(output.match(/^sent back +\S+ group "bad": The message is not JSON/gm)).toHaveLength(5);
    // Each that ingest was fast enough to put aside again is told, and is one that is left.
    const back = output.match(/^came back /gm)?.length ?? 0;
    expect(output).toContain(`5 sent back, ${back} left`);
    const left = await takeAll(stack, 'IngestDeadQueue');
    expect(left.map(({ Body }) => Body).sort()).toEqual(range(1, 5).map((i) => `not JSON ${i}`));
  });

  test('messages that another run has in hand are told of', async ({ stack }) => {
    const { ingest: ports } = startProcess(stack);
    for (const group of ['a', 'b']) await sendToIngest(stack, group, 'not JSON');
    await pollDry(stack, ports);
    expect(await receive(stack, 'IngestDeadQueue')).toHaveLength(2);

    const { code, output } = await redrive(stack);

    expect(code).toBe(3);
    expect(output).toContain('0 sent back, 0 left');
    expect(output).toContain('about 2 are in the hands of another redrive');
  });

  test('--help says what there is', async ({ stack }) => {
    const { code, output } = await redrive(stack, '--help');

    expect(code).toBe(0);
    expect(output).toMatch(/^npm run redrive -- \[--stage NAME/);
    expect(output).toContain('--help');
  });

  test('a wrong command line says what is right', async ({ stack }) => {
    const { code, output } = await redrive(stack, '--stage', 'dev');

    expect(code).toBe(2);
    expect(output).toContain('npm run redrive -- [--stage NAME');
  });
});
