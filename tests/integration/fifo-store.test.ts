/** What stands in the embedded SQS's FIFO queues, on a disk that fails and on a file that was changed. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Damage } from '../../local/emulators/damage.ts';
import { clientsOf, type Emulators, startEmulators } from '../../local/emulators/emulators.ts';
import { MessageDb } from '../../local/emulators/message-db.ts';
import { range } from '../support/http/http.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let dataDir: string;
let emulators: Emulators | undefined;
let sqs: SQSClient;
let urls: Record<'queue' | 'dead', string>;
let said: string[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'doorbell-queues-'));
  said = [];
  vi.spyOn(console, 'error').mockImplementation((text) => void said.push(String(text)));
  await start();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stop();
  await rm(dataDir, { recursive: true });
});

async function start(): Promise<void> {
  emulators = await startEmulators({ dataDir });
  ({ sqs } = clientsOf(emulators, 'eu-west-1'));
  const dead = await made('dead.fifo', {});
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
  );
  const policy = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 1 };
  urls = { dead, queue: await made('queue.fifo', { RedrivePolicy: JSON.stringify(policy) }) };
}

async function stop(): Promise<void> {
  sqs.destroy();
  await emulators?.stop();
  emulators = undefined;
}

async function made(QueueName: string, more: Record<string, string>): Promise<string> {
  const Attributes = { FifoQueue: 'true', VisibilityTimeout: '0', ...more };
  return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
}

const send = (id: string, group = 'doors') =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: urls.queue,
      MessageBody: id,
      MessageGroupId: group,
      MessageDeduplicationId: id,
    }),
  );

async function receive(from: keyof typeof urls = 'queue', seconds = 30): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: urls[from],
      MaxNumberOfMessages: 10,
      VisibilityTimeout: seconds,
      WaitTimeSeconds: 0,
    }),
  );
  return Messages;
}

/** Everything in it, in order. */
async function drained(from: keyof typeof urls = 'queue'): Promise<readonly (string | undefined)[]> {
  const bodies: Array<string | undefined> = [];
  for (;;) {
    const messages = await receive(from);
    if (messages.length === 0) return bodies;
    for (const { Body, ReceiptHandle } of messages) {
      bodies.push(Body);
      await sqs.send(new DeleteMessageCommand({ QueueUrl: urls[from], ReceiptHandle }));
    }
  }
}

/** From now on SQLite's writes of this kind fail as on a full disk, until what is returned is called. */
function fillDisk(kind: RegExp): () => void {
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  const { run } = StatementSync.prototype;
  const writing = vi.spyOn(StatementSync.prototype, 'run').mockImplementation(function (
    this: StatementSync,
    ...args
  ) {
    if (kind.test(this.sourceSQL)) throw full;
    return run.apply(this, args as Parameters<typeof run>);
  });
  const opening = vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(() => {
    throw full;
  });
  return () => {
    writing.mockRestore();
    opening.mockRestore();
  };
}

const isUpAgain = () =>
  vi.waitUntil(() => said.some((text) => text.includes('can be written again')), { timeout: WAIT_MS });

test.each([
  ['counted', /counters/],
  ['kept', /INTO messages/],
])(
  'a message that could not be %s is refused, however often it is sent, and taken when there is room',
  async (_, kind) => {
    await send('before');
    const free = fillDisk(kind);
    // The SDK sends it three times.
    await expect(send('during')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    await expect(receive()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    expect(said).toEqual([expect.stringMatching(/sqs cannot be written: database or disk is full\. /)]);
    free();
    await isUpAgain();

    await send('during');
    await send('after');
    await stop();
    await start();
    expect(await drained()).toEqual(['before', 'during', 'after']);
    expect(said).toHaveLength(2);
  },
);

test('a message that could not be deleted comes again, and before those behind it', async () => {
  await send('first');
  await send('second');
  const [{ ReceiptHandle } = {}] = await receive();
  const free = fillDisk(/DELETE/);
  const deleting = sqs.send(new DeleteMessageCommand({ QueueUrl: urls.queue, ReceiptHandle }));
  await expect(deleting).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
  free();
  await isUpAgain();

  // It was received once, as often as it may be.
  expect(await drained()).toEqual(['second']);
  expect(await drained('dead')).toEqual(['first']);
});

test('a message that could not be moved to the dead-letter queue is not lost', async () => {
  await send('poison');
  await receive('queue', 0);
  const free = fillDisk(/INTO messages/);
  await expect(receive()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
  free();
  await isUpAgain();

  expect(await drained()).toEqual([]);
  await stop();
  await start();
  expect(await drained('dead')).toEqual(['poison']);
});

test('a message that is received while its count cannot be kept stays before those behind it', async () => {
  await send('first');
  await send('second');
  const free = fillDisk(/UPDATE/);
  expect((await receive()).map(({ Body }) => Body)).toEqual(['first']);
  await expect(receive()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
  free();
  await isUpAgain();

  expect(await drained()).toEqual(['first', 'second']);
});

test('one changed byte of the file is told at the start, or changes nothing', async () => {
  const sent = range(1, 12).map((i) => `${i} ${'x'.repeat(700)}`);
  for (const body of sent) await send(body);
  await stop();
  const folder = join(dataDir, 'sqs');
  const file = join(folder, 'messages.db');
  const sound = await readFile(file);
  const told: string[] = [];
  const silent: number[] = [];
  for (let at = 0; at < sound.length; at += 101) {
    const changed = Buffer.from(sound);
    changed[at] = (changed[at] ?? 0) ^ 0x20;
    await writeFile(file, changed);
    try {
      const db = new MessageDb(folder);
      const bodies = db.messagesOf('queue.fifo').map(({ message }) => JSON.parse(message).body);
      db.close();
      if (bodies.join() !== sent.join()) silent.push(at);
    } catch (error) {
      expect(error).toBeInstanceOf(Damage);
      told.push((error as Error).message);
    }
  }
  expect(silent).toEqual([]);
  expect(told.length).toBeGreaterThan(60);
  expect(told.join()).not.toContain('\n');
});

test('a file that was changed is named at the start, with what can be done', async () => {
  await send('kept');
  await stop();
  const file = join(dataDir, 'sqs', 'messages.db');
  const changed = await readFile(file);
  changed[changed.lastIndexOf('"kept"') + 1] = 'm'.charCodeAt(0);
  await writeFile(file, changed);

  await expect(start()).rejects.toThrow(/sqs is damaged: .*npm run reset/);
});

test('messages that were kept before there were checksums are there, and are checked from then on', async () => {
  await stop();
  const file = join(dataDir, 'sqs', 'messages.db');
  await rm(join(dataDir, 'sqs'), { recursive: true });
  await start();
  await send('kept');
  await stop();
  const db = new DatabaseSync(file);
  db.exec(
    'PRAGMA journal_mode = WAL; ALTER TABLE messages DROP COLUMN sum; ALTER TABLE counters DROP COLUMN sum;',
  );
  db.close();

  await start();
  await stop();
  const changed = await readFile(file);
  changed[changed.lastIndexOf('"kept"') + 1] = 'm'.charCodeAt(0);
  await writeFile(file, changed);
  await expect(start()).rejects.toThrow(/1 rows of messages do not fit their checksum/);
  changed[changed.lastIndexOf('"mept"') + 1] = 'k'.charCodeAt(0);
  await writeFile(file, changed);
  await start();
  expect(await drained()).toEqual(['kept']);
});
