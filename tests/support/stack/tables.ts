/** The stack's tables from outside: everything that stands in them, and the accidents that may befall them. */

import {
  type AttributeValue,
  DeleteItemCommand,
  DeleteTableCommand,
  PutItemCommand,
  paginateScan,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { createResources } from '../../../local/emulators/resources.ts';
import { environmentOf } from './process.ts';
import type { Stack } from './stack.ts';

type Item = Record<string, AttributeValue>;

const TABLES = ['EVENTS_TABLE', 'CURSORS_TABLE', 'WAITERS_TABLE', 'STATES_TABLE'] as const;
type Table = (typeof TABLES)[number];

/** Every item of one table, in key order. */
export async function scan(stack: Stack, table: Table): Promise<readonly Item[]> {
  const input = { TableName: nameOf(stack, table), ConsistentRead: true };
  const items: Item[] = [];
  for await (const page of paginateScan({ client: stack.clients.dynamodb }, input))
    items.push(...(page.Items ?? []));
  return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Every item of every table. */
export async function scanAll(stack: Stack): Promise<Readonly<Record<Table, readonly Item[]>>> {
  const entries = await Promise.all(TABLES.map(async (table) => [table, await scan(stack, table)] as const));
  return Object.fromEntries(entries) as Record<Table, readonly Item[]>;
}

/** How many mailboxes are armed on the channel. */
export async function armsOn(stack: Stack, channel: string): Promise<number> {
  const items = await scan(stack, 'WAITERS_TABLE');
  return items.filter((item) => item.channel?.S === channel).length;
}

/** Deletes the channel's blocks whose last vid is at most `upTo`, as their TTL would. */
export async function expireBlocks(stack: Stack, channel: string, upTo: number): Promise<void> {
  const blocks = (await scan(stack, 'EVENTS_TABLE')).filter(
    (item) => item.channel?.S === channel && item.vid?.N !== '0' && Number(item.last?.N) <= upTo,
  );
  await Promise.all(
    blocks.map((block) => remove(stack, 'EVENTS_TABLE', { channel: block.channel, vid: block.vid })),
  );
}

/** Lets the channel's blocks expire, and deletes only the one at `vid`: TTL keeps no order. */
export async function expireAllTakeOne(stack: Stack, channel: string, vid: number): Promise<void> {
  const blocks = (await scan(stack, 'EVENTS_TABLE')).filter(
    (item) => item.channel?.S === channel && item.vid?.N !== '0',
  );
  for (const block of blocks) {
    if (Number(block.vid?.N) === vid) {
      await remove(stack, 'EVENTS_TABLE', { channel: block.channel, vid: block.vid });
    } else {
      const Item = { ...block, expires: { N: '1' } };
      await stack.clients.dynamodb.send(
        new PutItemCommand({ TableName: nameOf(stack, 'EVENTS_TABLE'), Item }),
      );
    }
  }
}

/** Deletes the client's cursor, as its TTL would. */
export async function expireCursor(stack: Stack, channel: string, client: string): Promise<void> {
  await remove(stack, 'CURSORS_TABLE', { channel: { S: channel }, client: { S: client } });
}

/** Drops tables, all of them unless told otherwise; resolves once they are gone. */
export async function dropTables(stack: Stack, tables: readonly Table[] = TABLES): Promise<void> {
  const { dynamodb } = stack.clients;
  await Promise.all(
    tables.map(async (table) => {
      const TableName = nameOf(stack, table);
      await dynamodb.send(new DeleteTableCommand({ TableName }));
      await waitUntilTableNotExists({ client: dynamodb, maxWaitTime: 120, minDelay: 1 }, { TableName });
    }),
  );
}

/** Drops tables, all of them unless told otherwise, and makes them anew, empty. */
export async function remakeTables(stack: Stack, tables: readonly Table[] = TABLES): Promise<void> {
  await dropTables(stack, tables);
  await createResources(stack.service.resources.Resources, stack.clients);
}

async function remove(
  stack: Stack,
  table: Table,
  key: Record<string, AttributeValue | undefined>,
): Promise<void> {
  const Key = key as Item;
  await stack.clients.dynamodb.send(new DeleteItemCommand({ TableName: nameOf(stack, table), Key }));
}

function nameOf(stack: Stack, table: Table): string {
  return environmentOf(stack)[table] ?? '';
}
