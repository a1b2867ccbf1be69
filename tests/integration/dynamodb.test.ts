/** DynamoDB in this process, called without a socket and over one. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CreateTableCommandInput,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { AbstractLevel } from 'abstract-level';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Dynamodb } from '../../local/emulators/dynamodb.ts';
import {
  clientsOf,
  type Emulators,
  nearbyDynamodb,
  startEmulators,
} from '../../local/emulators/emulators.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const REGION = 'eu-west-1';
const TABLE = 'nearby';
const SCHEMA: CreateTableCommandInput = {
  TableName: TABLE,
  AttributeDefinitions: [{ AttributeName: 'name', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
};

let emulators: Emulators;
let overSockets: ReturnType<typeof clientsOf>;

function call(operation: string, input: object): Promise<object> {
  if (!emulators.dynamodb) throw new Error('the embedded emulators have one');
  return emulators.dynamodb.call(operation, input);
}

/** With the table, which takes a moment to become active. */
async function withTable<T extends Pick<Dynamodb, 'call'>>(own: T): Promise<T> {
  await own.call('CreateTable', SCHEMA);
  const probe = { TableName: TABLE, Key: { name: { S: 'probe' } } };
  await vi.waitUntil(async () => own.call('GetItem', probe).catch(() => false), { timeout: WAIT_MS });
  return own;
}

beforeAll(async () => {
  emulators = await startEmulators();
  overSockets = clientsOf(emulators, REGION);
  await withTable({ call });
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

test('each call is told, and the SDK reads every page of an answer through it', async () => {
  const calls: string[] = [];
  const client = nearbyDynamodb(emulators, REGION, (operation) => calls.push(operation));
  for (const name of ['one', 'two', 'three'])
    await client.send(new PutItemCommand({ TableName: TABLE, Item: { name: { S: name } } }));

  const names: Array<string | undefined> = [];
  for await (const { Items = [] } of paginateScan({ client, pageSize: 1 }, { TableName: TABLE }))
    names.push(...Items.map(({ name }) => name?.S));

  expect(names).toEqual(expect.arrayContaining(['one', 'two', 'three']));
  expect(calls).toEqual(['PutItem', 'PutItem', 'PutItem', ...names.map(() => 'Scan'), 'Scan']);
});

test('what it is given stays as it was', async () => {
  const input = { TableName: TABLE, Key: { name: { S: 'nobody', N: undefined } }, Unknown: 1 };
  const before = structuredClone(input);
  await call('GetItem', input);

  expect(input).toStrictEqual(before);
});

test.each([
  ['in memory', () => undefined],
  ['on disk', () => mkdtempSync(join(tmpdir(), 'doorbell-'))],
])('%s a read leaves nothing open, whether it reads to the end or not', async (_, folder) => {
  const path = folder();
  const own = await withTable(await Dynamodb.open(path));
  const opened = vi.spyOn(AbstractLevel.prototype, 'attachResource');
  const closed = vi.spyOn(AbstractLevel.prototype, 'detachResource');
  for (const name of ['one', 'two', 'three'])
    await own.call('PutItem', { TableName: TABLE, Item: { name: { S: name } } });
  await own.call('Scan', { TableName: TABLE });
  await own.call('Scan', { TableName: TABLE, Limit: 1 });
  await own.call('ListTables', {});

  expect(opened).toHaveBeenCalled();
  await expect.poll(() => closed.mock.calls.length).toBe(opened.mock.calls.length);
  vi.restoreAllMocks();
  await own.close();
  if (path !== undefined) rmSync(path, { recursive: true });
});

test('an operation that it does not have is refused, and no file is looked for by its name', async () => {
  await expect(call('../cli', {})).rejects.toMatchObject({ name: 'UnknownOperationException' });
});

test('a store that fails is told of as DynamoDB tells it, and why on the standard error', async () => {
  const own = await withTable(await Dynamodb.open());
  const said = vi.spyOn(console, 'error').mockReturnValue();
  vi.spyOn(AbstractLevel.prototype, 'getSync').mockImplementation(() => {
    throw new Error('no space left');
  });
  const refused = own.call('GetItem', { TableName: TABLE, Key: { name: { S: 'one' } } });

  await expect(refused).rejects.toMatchObject({
    name: 'InternalServerError',
    $metadata: { httpStatusCode: 500 },
  });
  expect(said.mock.calls.flat()).toEqual(['The DynamoDB emulator failed: no space left']);
  vi.restoreAllMocks();
  await own.close();
});

test('a refusal has its status and is of the SDK, so that the same code knows it', async () => {
  const refused = call('PutItem', { TableName: TABLE, Item: {} });

  await expect(refused).rejects.toBeInstanceOf(DynamoDBServiceException);
  await expect(refused).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'One or more parameter values were invalid: Missing the key name in the item',
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
  });
});

describe('over HTTP', () => {
  const ask = async (operation: string, body: string) => {
    const headers = { 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const response = await fetch(emulators.dynamodbEndpoint, { method: 'POST', headers, body });
    return { status: response.status, body: await response.json() };
  };

  test.each([
    ['an operation that it does not know', 'Mistaken', '{}', 'UnknownOperationException'],
    ['a body that is no object', 'GetItem', 'null', 'SerializationException'],
    ['a body of more than 16 MiB', 'GetItem', `"${'x'.repeat(2 ** 24)}"`, 'SerializationException'],
    ['a body that is no JSON', 'GetItem', '{', 'SerializationException'],
    ['a type that is none', 'GetItem', '{"TableName":7}', 'SerializationException'],
    ['a parameter that is missing', 'GetItem', '{}', 'ValidationException'],
  ])('refuses %s', async (_, operation, body, __type) => {
    expect(await ask(operation, body)).toMatchObject({ status: 400, body: { __type } });
  });

  test('goes on when a caller hangs up in the middle of its request', async () => {
    const { hostname, port } = new URL(emulators.dynamodbEndpoint);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
    socket.destroy();
    await once(socket, 'close');

    expect(await ask('ListTables', '{}')).toMatchObject({ body: { TableNames: [TABLE] } });
  });
});

test('what is under way when it closes is done, and what comes later is refused', async () => {
  const own = await withTable(await Dynamodb.open());
  const item = { name: { S: 'last' } };
  const put = own.call('PutItem', { TableName: TABLE, Item: item });
  await own.close();

  await expect(put).resolves.toEqual({});
  await expect(own.call('ListTables', {})).rejects.toThrow();
});
