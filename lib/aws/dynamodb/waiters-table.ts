/**
 * Arms and the register of mailboxes in DynamoDB. Partition key `channel`, sort key `mailbox`. The register is kept under a channel name
 * that no channel can have.
 */

import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { Arm, Waiters, WantedKeys } from '../../wakeup/ports.ts';
import { calling, holds } from '../errors.ts';
import { type Item, number, text, ttl } from './items.ts';

/** An arm counts by its `until`; TTL only tidies up, so it may come late (DynamoDB deletes within days) but never early. */
const TIDY_MS = 60_000;

export interface WaitersTableOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export class WaitersTable implements Waiters {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor({ client, table }: WaitersTableOptions) {
    this.#client = client;
    this.#table = table;
  }

  async arm(channel: string, { mailbox, nonce, turn, until, bare, wanted }: Arm): Promise<void> {
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: {
        channel: { S: channel },
        mailbox: { S: mailbox },
        nonce: { S: nonce },
        turn: { N: String(turn) },
        until: { N: String(until) },
        expires: ttl(until + TIDY_MS),
        ...(bare ? { bare: { BOOL: true } } : {}),
        // As JSON, which has a place for each text that a key may be. DynamoDB's own texts are UTF-8.
        ...(wanted ? { wanted: { S: JSON.stringify(wanted) } } : {}),
      },
      ConditionExpression: 'attribute_not_exists(turn) OR turn <= :turn',
      ExpressionAttributeValues: { ':turn': { N: String(turn) } },
    });
    await holds(calling('DynamoDB', this.#client.send(put)));
  }

  async armed(channel: string): Promise<readonly Arm[]> {
    const items = await queryAll(this.#client, this.#table, channel);
    return items.map((item) => ({
      mailbox: text(item, 'mailbox'),
      nonce: text(item, 'nonce'),
      turn: number(item, 'turn'),
      until: number(item, 'until'),
      ...(item.bare?.BOOL ? { bare: true as const } : {}),
      ...wantedIn(item),
    }));
  }

  async disarm(channel: string, { mailbox, nonce }: Arm): Promise<void> {
    const remove = new DeleteItemCommand({
      TableName: this.#table,
      Key: { channel: { S: channel }, mailbox: { S: mailbox } },
      ConditionExpression: 'nonce = :nonce',
      ExpressionAttributeValues: { ':nonce': { S: nonce } },
    });
    await holds(calling('DynamoDB', this.#client.send(remove)));
  }
}

/** Nothing of an arm without it, or with one that another version has written otherwise: that is rung for every event. */
function wantedIn({ wanted }: Item): { readonly wanted?: WantedKeys } {
  if (wanted?.S === undefined) return {};
  try {
    const { hashes, prefixes }: Record<string, unknown> = Object(JSON.parse(wanted.S));
    return isListOf(hashes, isNumber) && isListOf(prefixes, isText) ? { wanted: { hashes, prefixes } } : {};
  } catch {
    return {};
  }
}

const isNumber = (one: unknown): one is number => typeof one === 'number';
const isText = (one: unknown): one is string => typeof one === 'string';

function isListOf<T>(given: unknown, isOne: (one: unknown) => one is T): given is readonly T[] {
  return Array.isArray(given) && given.every(isOne);
}

export async function queryAll(
  client: DynamoDBClient,
  table: string,
  channel: string,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const query = new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'channel = :channel',
      ExpressionAttributeValues: { ':channel': { S: channel } },
      ConsistentRead: true,
      ...(start ? { ExclusiveStartKey: start } : {}),
    });
    const page = await calling('DynamoDB', client.send(query));
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}
