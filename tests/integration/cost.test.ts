/** The meter counts what is called, its units are DynamoDB's, and docs/evidence/cost.md says what it finds. */

import { readFileSync } from 'node:fs';
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ASSUMPTIONS } from '../../bench/cost/assumptions.ts';
import { total } from '../../bench/cost/bill.ts';
import { direct, hiddenPage, shared } from '../../bench/cost/doorbell.ts';
import { CAUGHT_UP, type Metered, meter } from '../../bench/cost/metering.ts';
import { billStates, statesTable } from '../../bench/cost/states.ts';
import {
  charts,
  fitsTable,
  meteredTable,
  pricesTable,
  reasonsTable,
  TYPICAL,
  totalsTable,
} from '../../bench/cost/tables.ts';
import { READ_UNIT_BYTES, unitsOf } from '../../bench/cost/units.ts';
import { watched, watchingTable } from '../../bench/cost/watching.ts';
import { MONTH_HOURS } from '../../bench/cost/workload.ts';
import { observeCalls } from '../../lib/aws/call-observer.ts';
import { documentPath, sectionOf } from '../support/repo/documents.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

let stack: Stack;
let metered: Metered;
beforeAll(async () => {
  stack = await startStack('local');
  metered = await meter(stack, TYPICAL.eventBytes);
});
afterAll(() => stack.stop());

test('an idle poll, a delivery, a publish and a doorbell are metered as the calls that they are', () => {
  expect(metered.idlePoll.calls).toEqual({ 'PutItem waiters': 1, 'Query events': 1, ReceiveMessage: 1 });
  expect(metered.idlePollWithCursor.calls).toEqual({ ...metered.idlePoll.calls, 'UpdateItem cursors': 1 });
  expect(metered.delivery.calls).toEqual({ DeleteMessageBatch: 1 });
  expect(metered.catchUp.calls).toEqual({ 'Query events': 2 });
  expect(metered.publish.calls).toEqual({ 'PutItem events': 1, 'Query waiters': 1 });
  expect(metered.ring.calls).toEqual({ SendMessage: 1 });
});

test('a quiet reader who waits directly costs less than 30 cents a month, and a hidden page less than 10', () => {
  const quiet = { ...TYPICAL, clients: 100, channels: 1, eventsPerSecond: 1 / 600, cursors: false };
  const { lines } = direct({ ...quiet, hours: MONTH_HOURS }, metered);

  expect(total({ name: 'each', lines }) / quiet.clients).toBeLessThan(0.3);
  expect(total(hiddenPage(metered))).toBeLessThan(0.1);
});

test('a quiet reader who shares a poll that is held for 55 s costs less than 15 cents a month, with its part of the origin', () => {
  const quiet = { ...TYPICAL, channels: 1, eventsPerSecond: 1 / 600, cursors: false, hours: MONTH_HOURS };
  const bill = shared(quiet, metered, { ...ASSUMPTIONS, sharedHold: 55 });

  expect(total(bill) / quiet.clients).toBeLessThan(0.1);
});

test('bytes of events are in the answer and in the block', () => {
  const [event, empty] = [metered.eventAnswerBytes, metered.emptyAnswerBytes];

  expect(event - empty).toBeGreaterThan(TYPICAL.eventBytes);
  expect(event - empty).toBeLessThan(TYPICAL.eventBytes + 200);
  expect(metered.blockBytes).toBeGreaterThan(TYPICAL.eventBytes);
});

test('who is behind pays for the events that the answer brings, and for the newest block', () => {
  const answered = Math.ceil((CAUGHT_UP * metered.blockBytes) / READ_UNIT_BYTES);

  expect(metered.catchUp.units.readUnits).toBeLessThanOrEqual(answered + 1);
});

test('a large event costs units by its size', async () => {
  const own = await startStack('local');
  const large = await meter(own, 10_000).finally(() => own.stop());

  expect(large.publish.units.writeUnits).toBe(10);
  // A block of more than 8 KiB is read once; then its head tells that there is nothing newer.
  expect(large.idlePoll.units.readUnits).toBe(2);
  expect(large.ring.units.sqsRequests).toBe(1);
});

test('the units are those that DynamoDB itself counts', async () => {
  const { dynamodb: client } = stack.connect();
  const { EVENTS_TABLE: TableName = '' } = stack.environment('poll');
  const counted: Array<{ own: number; told: number }> = [];
  observeCalls(client, (call) => (ended) => {
    const { writeUnits, readUnits } = unitsOf(call, ended);
    const { ConsumedCapacity } = ended.output as { ConsumedCapacity: { CapacityUnits: number } };
    counted.push({ own: writeUnits + readUnits, told: ConsumedCapacity.CapacityUnits });
  });

  await callAsDoorbellDoes(client, TableName);

  expect(counted.length).toBeGreaterThan(10);
  expect(counted.map(({ own }) => own)).toEqual(counted.map(({ told }) => told));
});

/** Every kind of call, with sizes on both sides of each step. */
async function callAsDoorbellDoes(client: DynamoDBClient, TableName: string): Promise<void> {
  const asked = { TableName, ReturnConsumedCapacity: 'TOTAL' } as const;
  const channel = { S: 'units' };
  // `channel` and its value, `vid` and a digit, `events`: 27 bytes beside the text.
  const sizes = [1, 997, 998, 4_069, 4_070, 9_000];
  for (const [i, bytes] of sizes.entries()) {
    const Item = { channel, vid: { N: String(i + 1) }, events: { S: 'x'.repeat(bytes) } };
    await client.send(new PutItemCommand({ ...asked, Item }));
    const Key = { channel, vid: { N: String(i + 1) } };
    await client.send(new GetItemCommand({ ...asked, Key, ConsistentRead: true }));
  }
  // A query that finds nothing is a unit on AWS, and nothing to the emulator: so none here.
  for (const from of [0, 3, 5]) {
    const query = {
      ...asked,
      KeyConditionExpression: 'channel = :channel AND vid > :from',
      ExpressionAttributeValues: { ':channel': channel, ':from': { N: String(from) } },
      ConsistentRead: true,
    };
    await client.send(new QueryCommand(query));
    await client.send(new QueryCommand({ ...query, ScanIndexForward: false, Limit: 1 }));
  }
  const update = {
    ...asked,
    Key: { channel, vid: { N: '9' } },
    UpdateExpression: 'SET epoch = :epoch',
    ExpressionAttributeValues: { ':epoch': { S: 'x'.repeat(900) } },
    ReturnValues: 'ALL_OLD' as const,
  };
  await client.send(new UpdateItemCommand(update));
  await client.send(new UpdateItemCommand(update));
}

test('docs/evidence/cost.md says what is metered and what that costs (npm run cost -- --write)', () => {
  expect(sectionOf('docs/evidence/cost.md', 'metered')).toBe(meteredTable(metered));
  expect(sectionOf('docs/evidence/cost.md', 'totals')).toBe(totalsTable(metered));
  expect(sectionOf('docs/evidence/cost.md', 'reasons')).toBe(
    reasonsTable({ ...TYPICAL, eventsPerSecond: 1 / 60 }, metered),
  );
  expect(sectionOf('docs/evidence/cost.md', 'prices')).toBe(pricesTable());
  expect(sectionOf('docs/evidence/cost.md', 'fits')).toBe(fitsTable(metered));
});

test('docs/evidence/cost.md says what states cost (npm run cost -- --write)', async () => {
  expect(sectionOf('docs/evidence/cost.md', 'states')).toBe(await statesTable());
  expect(sectionOf('docs/evidence/cost.md', 'watching')).toBe(watchingTable(await watched()));
});

test('a fold writes each key once, however many events it has, and a busy channel is folded each minute', async () => {
  const [quiet, busy, hot] = await billStates([
    { keys: 30, eventsPerSecond: 1 },
    { keys: 30, eventsPerSecond: 90 },
    { keys: 30, eventsPerSecond: 900 },
  ]);

  // How far is folded is a write, too.
  expect([quiet, busy, hot].map((bill) => bill?.fold.units.writeUnits)).toEqual([31, 31, 31]);
  expect([quiet, busy, hot].map((bill) => bill?.everyMinutes)).toEqual([5, 1, 1]);
  expect(busy?.writes).toBeCloseTo(5 * (quiet?.writes ?? 0));
});

test('the charts of docs/evidence/cost.md are drawn from the metered calls', () => {
  for (const [name, svg] of charts(metered))
    expect(readFileSync(documentPath(`docs/evidence/${name}`), 'utf8')).toBe(svg);
});
