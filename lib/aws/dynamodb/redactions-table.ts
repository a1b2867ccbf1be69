/** Taking the data of an event out of its block, in DynamoDB: the item is changed where it still says what was read, or read again. */

import {
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { PushError } from '../../errors.ts';
import { entriesJson, type NewEvent } from '../../log/block.ts';
import type { Redacted, Redactions } from '../../log/ports.ts';
import { withoutData } from '../../log/redact.ts';
import { calling, holds } from '../errors.ts';
import { blockOf, type ItemBlock, type PartsRef } from './block-items.ts';
import { BlockParts } from './block-parts.ts';
import type { EventsTableOptions } from './events-table.ts';
import { type Item, number, text } from './items.ts';

/** Others take data out of the same block at the same time. */
const TRIES = 10;
/** Items removed at once. */
const SOME = 25;

export class RedactionsTable implements Redactions {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #parts: BlockParts;

  constructor({ client, table }: EventsTableOptions) {
    this.#client = client;
    this.#table = table;
    this.#parts = new BlockParts({ client, table });
  }

  async redact(log: string, vid: number): Promise<Redacted | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const item = await this.#across(log, vid);
      const block = item && blockOf(item);
      if (!block || block.last < vid) return undefined;
      const [whole = block] = await this.#parts.whole(log, [block]);
      const entry = whole.entries[vid - block.first];
      const events = withoutData(whole.entries, vid - block.first);
      if (!entry || !events) return undefined;
      if (entry.redacted || (await this.#change(log, item, block, events)))
        return entry.key === undefined ? {} : { key: entry.key };
    }
    throw new PushError('unavailable', `Event ${vid} could not be redacted now. Try again.`);
  }

  async eraseBelow(log: string, first: number): Promise<boolean> {
    const query = new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: 'channel = :channel AND vid < :first',
      ExpressionAttributeValues: { ':channel': { S: log }, ':first': { N: String(first) } },
      // The newest first, behind which the own item and the parts of blocks stand.
      ScanIndexForward: false,
      ProjectionExpression: 'vid',
      ConsistentRead: true,
      Limit: SOME,
    });
    const { Items = [], LastEvaluatedKey } = await calling('DynamoDB', this.#client.send(query));
    const vids = Items.map((item) => number(item, 'vid')).filter((vid) => vid !== 0);
    await Promise.all(vids.map((vid) => this.#delete(log, vid)));
    return LastEvaluatedKey !== undefined;
  }

  async unlist(channel: string): Promise<void> {
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: { channel: { S: channel }, vid: { N: '0' } },
      UpdateExpression: 'REMOVE kind',
      ConditionExpression: 'attribute_exists(vid)',
    });
    await holds(calling('DynamoDB', this.#client.send(update)));
  }

  async #delete(log: string, vid: number): Promise<void> {
    const key = { channel: { S: log }, vid: { N: String(vid) } };
    await calling('DynamoDB', this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: key })));
  }

  async #change(log: string, item: Item, block: ItemBlock, events: readonly NewEvent[]): Promise<boolean> {
    const { parts: before } = block;
    // Under another name than those that are read at the same time.
    const token = `${block.token}~${numberOfRedacted(events)}`;
    const parts = await this.#parts.put(log, { ...block, events, token });
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: { channel: { S: log }, vid: { N: String(block.first) } },
      ...changeOf(item, events, parts, before),
    });
    const isChanged = await holds(calling('DynamoDB', this.#client.send(update)));
    const unused = isChanged ? before : parts;
    if (unused) await this.#parts.remove(log, unused);
    return isChanged;
  }

  async #across(log: string, vid: number): Promise<Item | undefined> {
    const query = new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: 'channel = :channel AND vid BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':channel': { S: log },
        ':from': { N: '1' },
        ':to': { N: String(vid) },
      },
      ScanIndexForward: false,
      Limit: 1,
      ConsistentRead: true,
    });
    return (await calling('DynamoDB', this.#client.send(query))).Items?.[0];
  }
}

function changeOf(
  item: Item,
  events: readonly NewEvent[],
  parts: PartsRef | undefined,
  before: PartsRef | undefined,
) {
  const put = parts ? ', parts = :parts' : '';
  const remove = before && !parts ? ' REMOVE parts' : '';
  return {
    UpdateExpression: `SET events = :events${put}${remove}`,
    ConditionExpression: before ? 'parts = :before' : 'events = :before',
    ExpressionAttributeValues: {
      ':events': { S: parts ? '[]' : entriesJson(events) },
      ':before': { S: text(item, before ? 'parts' : 'events') },
      ...(parts ? { ':parts': { S: JSON.stringify(parts) } } : {}),
    },
  };
}

/** Of a block from which data are taken one after the other, each time another. */
function numberOfRedacted(events: readonly NewEvent[]): number {
  return events.filter(({ redacted }) => redacted).length;
}
