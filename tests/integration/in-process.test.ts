/** An emulator in this process, called without a socket, answers as over one. */
import { createServer } from 'node:http';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
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

test('what the emulator is given is its own: what the caller does with it afterwards changes nothing', async () => {
  const item = { name: { S: 'given' }, count: { N: '1' } };
  const put = nearbyDynamodb(emulators, REGION).send(new PutItemCommand({ TableName: TABLE, Item: item }));
  item.count.N = '2';
  await put;

  const get = new GetItemCommand({ TableName: TABLE, Key: { name: item.name }, ConsistentRead: true });
  const { Item } = await overSockets.dynamodb.send(get);

  expect(Item?.count).toEqual({ N: '1' });
});

test('a refusal has its status and is of the SDK, so that the same code knows it', async () => {
  const server = createServer((_request, response) => {
    response.statusCode = 500;
    response.end('{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","Message":"broken"}');
  });
  const refused = inProcess(server)('GetItem', {});

  await expect(refused).rejects.toBeInstanceOf(DynamoDBServiceException);
  await expect(refused).rejects.toMatchObject({
    name: 'InternalServerError',
    message: 'broken',
    $fault: 'server',
    $metadata: { httpStatusCode: 500 },
  });
});
