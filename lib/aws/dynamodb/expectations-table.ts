/**
 * What was promised, in DynamoDB: items of the events table under keys of their own, so that whoever publishes needs no right on another table. A look's sort key is
 * its minute and the number of its channel's name, so a query has them in order.
 */

import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { ExpectationStore, Look, VersionedWatch, Watch } from '../../expectations/ports.ts';
import { parseJson } from '../../runtime/json.ts';
import { calling, holds } from '../errors.ts';
import type { EventsTableOptions } from './events-table.ts';
import { type Item, number, text } from './items.ts';
import { numberOf } from './stream-items.ts';

/** No name and no log is so. */
const LOOKS = '~looks';
const watchOf = (channel: string) => `${channel}~expected`;
const MINUTE_MS = 60_000;
/** As many as `numberOf` tells apart. A number of DynamoDB has 38 digits, and these have 24; none is ever read as a number here. */
const SLOTS = 2n ** 52n;

export class ExpectationsTable implements ExpectationStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor({ client, table }: EventsTableOptions) {
    this.#client = client;
    this.#table = table;
  }

  async noteLook(look: Look): Promise<void> {
    const item = { ...lookKey(look), name: { S: look.channel }, due: { N: String(look.due) } };
    await calling('DynamoDB', this.#client.send(new PutItemCommand({ TableName: this.#table, Item: item })));
  }

  async dueLooks(now: number, limit: number): Promise<readonly Look[]> {
    const looks: Look[] = [];
    let start: Item | undefined;
    do {
      const query = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'channel = :channel AND vid < :upTo',
        ExpressionAttributeValues: {
          ':channel': { S: LOOKS },
          ':upTo': { N: String(boundOf(now + MINUTE_MS)) },
        },
        ConsistentRead: true,
        Limit: limit - looks.length,
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      const { Items = [], LastEvaluatedKey } = await calling('DynamoDB', this.#client.send(query));
      looks.push(...Items.map((item) => ({ channel: text(item, 'name'), due: number(item, 'due') })));
      start = LastEvaluatedKey;
    } while (start && looks.length < limit);
    return looks;
  }

  async dropLook(look: Look): Promise<void> {
    const remove = new DeleteItemCommand({ TableName: this.#table, Key: lookKey(look) });
    await calling('DynamoDB', this.#client.send(remove));
  }

  async watch(channel: string): Promise<VersionedWatch | undefined> {
    const get = new GetItemCommand({ TableName: this.#table, Key: watchKey(channel), ConsistentRead: true });
    const { Item } = await calling('DynamoDB', this.#client.send(get));
    return Item && { version: number(Item, 'version'), watch: parseJson(text(Item, 'watch')) as Watch };
  }

  async saveWatch(channel: string, version: number | undefined, watch: Watch): Promise<boolean> {
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: {
        ...watchKey(channel),
        version: { N: String((version ?? 0) + 1) },
        watch: { S: JSON.stringify(watch) },
      },
      ConditionExpression: version === undefined ? 'attribute_not_exists(vid)' : 'version = :version',
      ...(version === undefined ? {} : { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
    });
    return holds(calling('DynamoDB', this.#client.send(put)));
  }

  async forgetWatch(channel: string): Promise<void> {
    const remove = new DeleteItemCommand({ TableName: this.#table, Key: watchKey(channel) });
    await calling('DynamoDB', this.#client.send(remove));
  }
}

/** Below the keys of all looks of that minute and of later ones. */
function boundOf(ms: number): bigint {
  return BigInt(Math.max(0, Math.floor(ms / MINUTE_MS))) * SLOTS;
}

function lookKey({ channel, due }: Look): Item {
  return { channel: { S: LOOKS }, vid: { N: String(boundOf(due) + BigInt(numberOf(channel))) } };
}

function watchKey(channel: string): Item {
  return { channel: { S: watchOf(channel) }, vid: { N: '0' } };
}
