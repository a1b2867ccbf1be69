/**
 * What one idle check of the log costs in read units, by event size: the newest block alone (as `EventsTable.last` reads it), beside a query of
 * the 100 keys before `maxvid` with a filter. Read units follow from item sizes, so the emulator's figures are AWS's.
 */

import {
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { startLocalStack } from '../local/emulators/stack.ts';
import { machine } from './figures.ts';

const EVENTS = 200;
const SIZES = [200, 2_000, 10_000, 100_000];

const stack = await startLocalStack();
const client: DynamoDBClient = stack.clients.dynamodb;
const { EVENTS_TABLE: table = '' } = stack.environment('poll');

async function consumed(
  input: Omit<QueryCommandInput, 'TableName'>,
): Promise<{ units: number; pages: number }> {
  let units = 0;
  let pages = 0;
  let start: QueryCommandInput['ExclusiveStartKey'];
  do {
    const page = {
      TableName: table,
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
      ...input,
    } as const;
    const answer = await client.send(
      new QueryCommand({ ...page, ...(start ? { ExclusiveStartKey: start } : {}) }),
    );
    units += answer.ConsumedCapacity?.CapacityUnits ?? 0;
    pages++;
    start = input.Limit ? undefined : answer.LastEvaluatedKey;
  } while (start);
  return { units, pages };
}

console.log(machine());
console.log('event bytes   newest block: units   100 keys before: units  pages');
for (const bytes of SIZES) {
  const channel = { S: `size-${bytes}` };
  for (let vid = 1; vid <= EVENTS; vid++) {
    const Item = {
      channel,
      vid: { N: String(vid) },
      last: { N: String(vid) },
      events: { S: 'x'.repeat(bytes) },
    };
    await client.send(new PutItemCommand({ TableName: table, Item }));
  }
  const newest = await consumed({
    KeyConditionExpression: 'channel = :channel AND vid >= :one',
    ExpressionAttributeValues: { ':channel': channel, ':one': { N: '1' } },
    ScanIndexForward: false,
    Limit: 1,
  });
  const before = await consumed({
    KeyConditionExpression: 'channel = :channel AND vid > :from',
    FilterExpression: '#last > :maxvid',
    ExpressionAttributeNames: { '#last': 'last' },
    ExpressionAttributeValues: {
      ':channel': channel,
      ':from': { N: String(EVENTS - 100) },
      ':maxvid': { N: String(EVENTS) },
    },
  });
  const cells = [
    String(bytes).padStart(11),
    String(newest.units).padStart(22),
    String(before.units).padStart(24),
    String(before.pages).padStart(6),
  ];
  console.log(cells.join(' '));
}
await stack.stop();
