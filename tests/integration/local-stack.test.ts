/** The local stack itself: made from serverless.yml, kept over a restart, held by one process, and pumping as Lambda does. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, expect, test } from 'vitest';
import { holderOf } from '../../local/data-dir-lock.ts';
import { createResources } from '../../local/emulators/resources.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { pollQueue } from '../../local/serverless/sqs-poller.ts';

const running: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function start(dataDir?: string): Promise<LocalStack> {
  const stack = await startLocalStack(dataDir === undefined ? {} : { dataDir });
  running.push(stack.stop);
  return stack;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'doorbell-'));
  running.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('the local stack makes the declared tables and queues, and tells functions where they are', async () => {
  const { clients, environment, references } = await start();

  const env = environment('ingest');
  const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: env.EVENTS_TABLE }));
  expect(Table?.KeySchema?.map(({ AttributeName }) => AttributeName)).toEqual(['channel', 'vid']);
  expect(env.DEAD_LETTER_QUEUE_URL).toMatch(/^http:.*ingest-dead\.fifo$/);
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: references.IngestQueue?.ref, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({ FifoQueue: 'true', VisibilityTimeout: '60' });
  expect(JSON.parse(Attributes?.RedrivePolicy ?? '')).toEqual({
    deadLetterTargetArn: references.IngestDeadQueue?.attributes.Arn,
    maxReceiveCount: 5,
  });
});

test('the local stack keeps its tables over a restart', async () => {
  const dataDir = await folder();
  const item = { channel: { S: 'doors' }, vid: { N: '1' } };
  const first = await startLocalStack({ dataDir });
  const { EVENTS_TABLE: TableName } = first.environment('publish');
  await first.clients.dynamodb.send(new PutItemCommand({ TableName, Item: item }));
  await first.stop();

  const second = await start(dataDir);

  const { Item } = await second.clients.dynamodb.send(new GetItemCommand({ TableName, Key: item }));
  expect(Item).toEqual(item);
});

test('endpoints.json names the server once it is announced, never the one of a killed process, and goes with the stack', async () => {
  const dataDir = await folder();
  const endpoints = async () => JSON.parse(await readFile(join(dataDir, 'endpoints.json'), 'utf8'));
  await writeFile(join(dataDir, 'endpoints.json'), '{"url":"http://127.0.0.1:1"}');

  const stack = await start(dataDir);
  const before = await endpoints();
  await stack.announce('http://127.0.0.1:4000');
  const after = await endpoints();
  await stack.stop();

  const { sqsEndpoint, dynamodbEndpoint } = stack.emulators;
  expect(before).toEqual({ sqsEndpoint, dynamodbEndpoint });
  expect(after).toEqual({ url: 'http://127.0.0.1:4000', sqsEndpoint, dynamodbEndpoint });
  await expect(endpoints()).rejects.toThrow('ENOENT');
  expect((await readdir(dataDir)).filter((name) => name.startsWith('endpoints'))).toEqual([]);
});

test('the local stack refuses a table that is older than its index, and says what to do', async () => {
  const { service, clients } = await start();
  const { EventsTable } = service.resources.Resources;
  const TableName = 'older';
  await clients.dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'channel', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'channel', KeyType: 'HASH' }],
    }),
  );
  const older = { Type: 'AWS::DynamoDB::Table', Properties: { ...EventsTable?.Properties, TableName } };

  await expect(createResources({ EventsTable: older }, clients)).rejects.toThrow(/npm run reset/);
});

/** Sends a message for each body, all of one group. */
async function sendAll({ clients, references }: LocalStack, bodies: readonly string[]): Promise<void> {
  for (const MessageBody of bodies) {
    const ids = { MessageGroupId: 'doors', MessageDeduplicationId: MessageBody };
    await clients.sqs.send(
      new SendMessageCommand({ QueueUrl: references.IngestQueue?.ref, MessageBody, ...ids }),
    );
  }
}

async function receiveOne({ clients, references }: LocalStack): Promise<Message | undefined> {
  const QueueUrl = references.IngestQueue?.ref;
  const receive = new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'] });
  return (await clients.sqs.send(receive)).Messages?.[0];
}

async function deleteOne({ clients, references }: LocalStack, message: Message | undefined): Promise<void> {
  const QueueUrl = references.IngestQueue?.ref;
  await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
}

test('what was sent to the ingest queue outlives a kill, in order, under its ids', async () => {
  const [dataDir, copy] = [await folder(), await folder()];
  const first = await start(dataDir);
  await sendAll(first, ['1', '2', '3', '4']);
  await deleteOne(first, await receiveOne(first));
  const inHand = await receiveOne(first);

  // What a kill would leave: the files as they are now.
  await cp(join(dataDir, 'sqs'), join(copy, 'sqs'), { recursive: true });
  const second = await start(copy);

  // Sent before: SQS would not take it a second time.
  await sendAll(second, ['2']);
  const received: Array<Message | undefined> = [];
  for (let i = 0; i < 4; i++) {
    received.push(await receiveOne(second));
    if (received[i]) await deleteOne(second, received[i]);
  }
  expect(received.map((message) => message?.Body)).toEqual(['2', '3', '4', undefined]);
  expect(received[0]?.MessageId).toBe(inHand?.MessageId);
  expect(received[0]?.Attributes?.ApproximateReceiveCount).toBe('2');
});

test('the local stack refuses a data folder that is in use, and says by whom', async () => {
  const dataDir = await folder();
  const stack = await start(dataDir);

  await expect(startLocalStack({ dataDir })).rejects.toThrow(
    new RegExp(`in use by process ${process.pid}\\b`),
  );

  await stack.stop();
  expect(await holderOf(dataDir)).toBeUndefined();
});

test('survives a caller that hangs up', async () => {
  const { clients, environment } = await start();
  const key = { channel: { S: 'doors' }, vid: { N: '1' } };
  const get = () => new GetItemCommand({ TableName: environment('poll').EVENTS_TABLE, Key: key });
  const hangUp = new AbortController();

  const cut = clients.dynamodb.send(get(), { abortSignal: hangUp.signal });
  setImmediate(() => hangUp.abort());

  await expect(cut).rejects.toThrow();
  expect((await clients.dynamodb.send(get())).Item).toBeUndefined();
});

test('deletes from the queue exactly what the function took', async () => {
  const { clients, references, service } = await start();
  const { ref: queueUrl = '', attributes } = references.IngestQueue ?? {};
  for (const group of ['good', 'bad']) {
    await clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: group,
        MessageGroupId: group,
        MessageDeduplicationId: group,
      }),
    );
  }
  const stopping = new AbortController();
  const events: SQSEvent[] = [];
  const failures: unknown[] = [];

  const pumped = pollQueue(
    {
      sqs: clients.sqs,
      queueUrl,
      queueArn: attributes?.Arn ?? '',
      region: service.provider.region,
      batchSize: 10,
      partialFailures: true,
      invoke: async (event) => {
        events.push(event);
        // The batch in hand is settled even so.
        stopping.abort();
        const bad = event.Records.filter(({ body }) => body === 'bad');
        return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
      },
      onError: (error) => failures.push(error),
    },
    stopping.signal,
  );
  await pumped;

  expect(failures).toEqual([]);
  const [record] = events.flatMap(({ Records }) => Records);
  expect(record).toMatchObject({ body: 'good', eventSource: 'aws:sqs', eventSourceARN: attributes?.Arn });
  expect(record?.attributes).toMatchObject({ MessageGroupId: 'good', ApproximateReceiveCount: '1' });
  const left = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
  expect((await clients.sqs.send(left)).Attributes).toMatchObject({
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '1',
  });
});
