/**
 * The log and the channels' own items in DynamoDB. Partition key `channel`, sort key `vid`: a block under its first vid, the channel's
 * own item at 0. Blocks expire (TTL); the own item does not.
 */

import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { endsInGap, isGap, type LogBlock } from '../../log/block.ts';
import type { ChannelRecords, EventLog, Incarnation, NewBlock } from '../../log/ports.ts';
import { calling, holds } from '../errors.ts';
import { BIRTH_EXPIRES, blockOf, type ItemBlock, itemOf } from './block-items.ts';
import { BlockParts } from './block-parts.ts';
import { CHANNEL_KIND, type Item } from './items.ts';
import { incarnationOf } from './stream-items.ts';

/** One item, from the end. */
const NEWEST = { ScanIndexForward: false, Limit: 1 } as const;
/** Every block, and not the channel's own item. */
const WHOLE = { first: 1, last: Number.MAX_SAFE_INTEGER };
/** Blocks in the first page of a look back in time, and how much larger each further one is: a quiet channel's minutes are a few blocks. */
const FIRST_PAGE = 8;
const PAGE_GROWTH = 4;

export interface EventsTableOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export class EventsTable implements EventLog, ChannelRecords {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  readonly #parts: BlockParts;

  constructor({ client, table }: EventsTableOptions) {
    this.#client = client;
    this.#table = table;
    this.#parts = new BlockParts({ client, table });
  }

  async last(channel: string, after = 0): Promise<LogBlock | undefined> {
    const { Items } = await this.#query(channel, 'vid > :after', { ':after': after }, NEWEST);
    return Items?.[0] && blockOf(Items[0]);
  }

  async read(channel: string, after: number, limit: number): Promise<readonly LogBlock[]> {
    const taken = await this.#between(channel, after + 1, after + limit);
    // Places are nearly always block ends, so the block that reaches across one is only looked for when something is missing in front.
    if (after > 0 && taken[0]?.first !== after + 1) {
      const across = await this.#lastUpTo(channel, after);
      if (across && across.last > after) taken.unshift(across);
    }
    let end = Math.max(after + limit, taken.at(-1)?.last ?? 0);
    // Numbers there were passed over or have expired, or the log ends before them: what comes next may stand anywhere.
    while (endsInGap(taken)) {
      const next = await this.#firstAfter(channel, end);
      if (!next) break;
      taken.push(next);
      end = next.last;
      if (!isGap(next)) taken.push(...(await this.#between(channel, next.last + 1, next.first + limit - 1)));
    }
    return taken.some(({ isBare }) => isBare) ? this.#parts.whole(channel, taken) : taken;
  }

  async since(channel: string, sinceMs: number, span = WHOLE): Promise<readonly LogBlock[]> {
    const blocks: LogBlock[] = [];
    let start: Item | undefined;
    let limit = FIRST_PAGE;
    do {
      const page = {
        ScanIndexForward: false,
        Limit: limit,
        ...(start ? { ExclusiveStartKey: start } : {}),
      };
      const { Items = [], LastEvaluatedKey } = await this.#query(
        channel,
        'vid BETWEEN :from AND :to',
        { ':from': span.first, ':to': span.last },
        page,
      );
      for (const item of Items) {
        const block = blockOf(item);
        if (Date.parse(block.at) < sinceMs) return blocks.reverse();
        blocks.push(block);
      }
      start = LastEvaluatedKey;
      limit *= PAGE_GROWTH;
    } while (start);
    return blocks.reverse();
  }

  async append(channel: string, block: NewBlock): Promise<'appended' | 'conflict'> {
    const parts = await this.#parts.put(channel, block);
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: itemOf(channel, block, parts),
      ConditionExpression: 'attribute_not_exists(vid)',
    });
    if (await holds(calling('DynamoDB', this.#client.send(put)))) return 'appended';
    if (!parts) return 'conflict';
    // Tried before, with an answer that was lost: what stands there is this block, and names these parts.
    const there = await this.#lastUpTo(channel, block.first);
    if (there?.token !== block.token) await this.#parts.remove(channel, parts);
    return 'conflict';
  }

  async get(channel: string): Promise<Incarnation | undefined> {
    const key = { channel: { S: channel }, vid: { N: '0' } };
    const get = new GetItemCommand({ TableName: this.#table, Key: key, ConsistentRead: true });
    const { Item } = await calling('DynamoDB', this.#client.send(get));
    return Item && incarnationOf(Item);
  }

  async begin(channel: string, { epoch, highWaterMark }: Incarnation): Promise<Incarnation> {
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: {
        channel: { S: channel },
        vid: { N: '0' },
        kind: CHANNEL_KIND,
        epoch: { S: epoch },
        reserved: { N: String(highWaterMark) },
        createdAt: { S: new Date().toISOString() },
      },
      ConditionExpression: 'attribute_not_exists(vid)',
    });
    if (await holds(calling('DynamoDB', this.#client.send(put)))) {
      await this.#letBirthExpire(channel);
      return { epoch, highWaterMark };
    }
    return (await this.get(channel)) ?? { epoch, highWaterMark };
  }

  async reserve(channel: string, epoch: string, upTo: number): Promise<boolean> {
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: { channel: { S: channel }, vid: { N: '0' } },
      // One that was begun before there was the index comes into it now.
      UpdateExpression: 'SET reserved = :upTo, kind = :kind',
      ConditionExpression: 'epoch = :epoch AND reserved < :upTo',
      ExpressionAttributeValues: {
        ':upTo': { N: String(upTo) },
        ':epoch': { S: epoch },
        ':kind': CHANNEL_KIND,
      },
    });
    if (await holds(calling('DynamoDB', this.#client.send(update)))) return true;
    const life = await this.get(channel);
    return life?.epoch === epoch && life.highWaterMark >= upTo;
  }

  /** If this is lost, one block is kept for good. */
  async #letBirthExpire(channel: string): Promise<void> {
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: { channel: { S: channel }, vid: { N: '1' } },
      UpdateExpression: `SET expires = ${BIRTH_EXPIRES} REMOVE ${BIRTH_EXPIRES}`,
      ConditionExpression: `attribute_exists(${BIRTH_EXPIRES})`,
    });
    await holds(calling('DynamoDB', this.#client.send(update)));
  }

  /** Blocks that begin from `first` to `to`: a page of DynamoDB, so 1 MiB at most. */
  async #between(channel: string, first: number, to: number): Promise<ItemBlock[]> {
    const blocks: ItemBlock[] = [];
    if (first > to) return blocks;
    let start: Item | undefined;
    do {
      const page = start ? { ExclusiveStartKey: start } : {};
      const range = { ':from': first, ':to': to };
      const { Items = [], LastEvaluatedKey } = await this.#query(
        channel,
        'vid BETWEEN :from AND :to',
        range,
        page,
      );
      blocks.push(...Items.map(blockOf));
      start = LastEvaluatedKey;
    } while (start && blocks.every(isGap));
    return blocks;
  }

  async #firstAfter(channel: string, vid: number): Promise<ItemBlock | undefined> {
    const { Items } = await this.#query(channel, 'vid > :after', { ':after': vid }, { Limit: 1 });
    return Items?.[0] && blockOf(Items[0]);
  }

  async #lastUpTo(channel: string, vid: number): Promise<ItemBlock | undefined> {
    const range = { ':from': 1, ':to': vid };
    const { Items } = await this.#query(channel, 'vid BETWEEN :from AND :to', range, NEWEST);
    return Items?.[0] && blockOf(Items[0]);
  }

  #query(channel: string, range: string, values: Record<string, number>, more: Partial<QueryCommandInput>) {
    const numbers = Object.entries(values).map(([name, value]) => [name, { N: String(value) }] as const);
    const query = new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: `channel = :channel AND ${range}`,
      ExpressionAttributeValues: { ':channel': { S: channel }, ...Object.fromEntries(numbers) },
      ConsistentRead: true,
      ...more,
    });
    return calling('DynamoDB', this.#client.send(query));
  }
}
