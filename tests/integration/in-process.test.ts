/** An emulator in this process, called without a socket, answers as over one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import {
  CreateTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { clientsOf, type Emulators, nearbyDynamodb, startEmulators } from '../../local/emulators.ts';
import { inProcess } from '../../local/in-process.ts';

const REGION = 'eu-west-1';
const TABLE = 'nearby';

let emulators: Emulators;
let overSockets: ReturnType<typeof clientsOf>;

beforeAll(async () => {
  emulators = await startEmulators();
  overSockets = clientsOf(emulators, REGION);
  await overSockets.dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [{ AttributeName: 'name', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const describe = new DescribeTableCommand({ TableName: TABLE });
  await vi.waitUntil(async () => (await overSockets.dynamodb.send(describe)).Table?.TableStatus === 'ACTIVE');
});

afterAll(async () => {
  overSockets.dynamodb.destroy();
  overSockets.sqs.destroy();
  await emulators.stop();
});

test('what is put without a socket is read over one, whatever its letters', async () => {
  const item = { name: { S: 'Tür 3 \u{1f6aa}' }, count: { N: '7' } };
  await nearbyDynamodb(emulators, REGION).send(new PutItemCommand({ TableName: TABLE, Item: item }));

  const get = new GetItemCommand({ TableName: TABLE, Key: { name: item.name }, ConsistentRead: true });
  const { Item } = await overSockets.dynamodb.send(get);

  expect(Item).toEqual(item);
});

test('a condition that does not hold, and a table that is not there, are told by the same errors', async () => {
  const client = nearbyDynamodb(emulators, REGION);
  const put = (table: string) =>
    client.send(
      new PutItemCommand({
        TableName: table,
        Item: { name: { S: 'once' } },
        ConditionExpression: 'attribute_not_exists(#name)',
        ExpressionAttributeNames: { '#name': 'name' },
      }),
    );
  await put(TABLE);

  await expect(put(TABLE)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  await expect(put('elsewhere')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('an aborted call does not wait for its answer', async () => {
  const silent = handlerOf(createServer(() => undefined));
  const abort = new AbortController();
  const call = silent.handle({ method: 'POST', path: '/', headers: {} }, { abortSignal: abort.signal });
  abort.abort();

  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  await expect(
    silent.handle({ method: 'POST', path: '/', headers: {} }, { abortSignal: abort.signal }),
  ).rejects.toMatchObject({ name: 'AbortError' });
});

test('names of headers come in small letters, both ways', async () => {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('X-Seen', String(request.headers['x-amz-target']));
    response.statusCode = 202;
    response.end('done');
  });
  const { response } = await handlerOf(server).handle({
    method: 'POST',
    path: '/',
    headers: { 'X-Amz-Target': 'a' },
  });

  expect({ ...response, body: String(response.body) }).toEqual({
    statusCode: 202,
    headers: { 'x-seen': 'a' },
    body: 'done',
  });
});

interface Answer {
  readonly response: { readonly statusCode: number; readonly headers: unknown; readonly body: unknown };
}

/** The handler as the SDK calls it. */
function handlerOf(server: Parameters<typeof inProcess>[0]) {
  return inProcess(server) as { handle(call: unknown, options?: unknown): Promise<Answer> };
}
