/** The list of channels on a table that is older than it. */

import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EventsTable } from '../../lib/aws/dynamodb/events-table.ts';
import { environmentOf, startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('a channel that was begun before there was a list comes into it with its next thousand', async () => {
  const { app } = startProcess(stack);
  const client = stack.clients.dynamodb;
  const table = environmentOf(stack).EVENTS_TABLE ?? '';
  const item = { vid: { N: '0' }, epoch: { S: 'e' }, reserved: { N: '1000' } };
  await client.send(new PutItemCommand({ TableName: table, Item: { channel: { S: 'old' }, ...item } }));
  const listed = async () => (await app.request('/v1/channels')).json();
  expect(await listed()).toEqual({ channels: [], next: null });

  await new EventsTable({ client, table }).reserve('old', 'e', 2000);

  await vi.waitFor(
    async () => {
      expect(await listed()).toEqual({ channels: [{ channel: 'old' }], next: null });
    },
    { timeout: WAIT_MS },
  );
});
