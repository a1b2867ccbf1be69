/** What is kept of streams beside their logs: in the events table, under keys of their own. A record stands in its name's own item. */

import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Doomed, Fork, StreamStore } from '../../log/ports.ts';
import type { StreamRecord } from '../../log/stream-record.ts';
import type { Producer } from '../../log/writers.ts';
import { calling, holds } from '../errors.ts';
import type { EventsTableOptions } from './events-table.ts';
import { type Item, number } from './items.ts';
import {
  DOOMED,
  doomedKey,
  doomedOf,
  dueBound,
  forkOf,
  forksOf,
  numberOf,
  producerOf,
  producersOf,
  streamValues,
} from './stream-items.ts';

/** Items deleted, and logs listed, at once. */
const SOME = 25;

export class StreamsTable implements StreamStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor({ client, table }: EventsTableOptions) {
    this.#client = client;
    this.#table = table;
  }

  async swap(name: string, version: number | undefined, record: StreamRecord): Promise<boolean> {
    const values = streamValues((version ?? 0) + 1, record);
    if (version === undefined && (await this.#putRecord(name, record, values))) return true;
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: keyOf(name, 0),
      UpdateExpression: 'SET streamRecord = :record, streamVersion = :version',
      ConditionExpression:
        version === undefined
          ? 'attribute_exists(epoch) AND attribute_not_exists(streamVersion)'
          : 'streamVersion = :before',
      ExpressionAttributeValues:
        version === undefined ? values : { ...values, ':before': { N: String(version) } },
    });
    return holds(calling('DynamoDB', this.#client.send(update)));
  }

  async producer(log: string, id: string): Promise<Producer | undefined> {
    const item = await this.#get(producersOf(log), numberOf(id));
    return item && producerOf(item);
  }

  async keepProducer(log: string, { id, epoch, seq }: Producer): Promise<void> {
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: keyOf(producersOf(log), numberOf(id)),
      UpdateExpression: 'SET producer = :producer, producerEpoch = :epoch, producerSeq = :seq',
      ConditionExpression:
        'attribute_not_exists(vid) OR producerEpoch < :epoch OR producerEpoch = :epoch AND producerSeq < :seq',
      ExpressionAttributeValues: {
        ':producer': { S: id },
        ':epoch': { N: String(epoch) },
        ':seq': { N: String(seq) },
      },
    });
    // One that is further stays.
    await holds(calling('DynamoDB', this.#client.send(update)));
  }

  async addFork(log: string, fork: Fork): Promise<void> {
    await this.#put(forksOf(log), numberOf(fork.log), { name: { S: fork.name }, log: { S: fork.log } });
  }

  async removeFork(log: string, fork: Fork): Promise<void> {
    await this.#delete(forksOf(log), numberOf(fork.log));
  }

  async forks(log: string): Promise<readonly Fork[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const page = await this.#query(forksOf(log), Number.MAX_SAFE_INTEGER, undefined, start);
      items.push(...page.items);
      start = page.next;
    } while (start);
    return items.map(forkOf);
  }

  async doom(doomed: Doomed): Promise<void> {
    const { log, name, due } = doomed;
    const item = { log: { S: log }, name: { S: name }, due: { N: String(due) } };
    await this.#put(DOOMED, doomedKey(doomed), item);
  }

  async doomed(now: number): Promise<readonly Doomed[]> {
    const { items } = await this.#query(DOOMED, dueBound(now + 1) - 1, SOME);
    return items.map(doomedOf);
  }

  async spare(doomed: Doomed): Promise<void> {
    await this.#delete(DOOMED, doomedKey(doomed));
  }

  async purge(log: string): Promise<boolean> {
    return (await this.#purge(log)) || (await this.#purge(producersOf(log)));
  }

  /** Removes some of a partition's items. True when there were any. */
  async #purge(partition: string): Promise<boolean> {
    const { items } = await this.#query(partition, Number.MAX_SAFE_INTEGER, SOME);
    await Promise.all(items.map((item) => this.#delete(partition, number(item, 'vid'))));
    return items.length > 0;
  }

  /** Of a name without any item. */
  async #putRecord(name: string, { stamp }: StreamRecord, values: Item): Promise<boolean> {
    const { ':record': streamRecord, ':version': streamVersion } = values;
    if (!streamRecord || !streamVersion) throw new Error('a record without its values');
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: {
        ...keyOf(name, 0),
        epoch: { S: String(stamp) },
        reserved: { N: '0' },
        streamRecord,
        streamVersion,
      },
      ConditionExpression: 'attribute_not_exists(vid)',
    });
    return holds(calling('DynamoDB', this.#client.send(put)));
  }

  async #get(partition: string, vid: number): Promise<Item | undefined> {
    const get = new GetItemCommand({
      TableName: this.#table,
      Key: keyOf(partition, vid),
      ConsistentRead: true,
    });
    return (await calling('DynamoDB', this.#client.send(get))).Item;
  }

  async #put(partition: string, vid: number, item: Item): Promise<void> {
    const put = new PutItemCommand({ TableName: this.#table, Item: { ...keyOf(partition, vid), ...item } });
    await calling('DynamoDB', this.#client.send(put));
  }

  async #delete(partition: string, vid: number): Promise<void> {
    const remove = new DeleteItemCommand({ TableName: this.#table, Key: keyOf(partition, vid) });
    await calling('DynamoDB', this.#client.send(remove));
  }

  /** Items up to a number, also those of parts, which stand below 0. */
  async #query(partition: string, upTo: number, limit?: number, start?: Item) {
    const query = new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: 'channel = :channel AND vid <= :upTo',
      ExpressionAttributeValues: { ':channel': { S: partition }, ':upTo': { N: String(upTo) } },
      ConsistentRead: true,
      ...(limit === undefined ? {} : { Limit: limit }),
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const { Items = [], LastEvaluatedKey } = await calling('DynamoDB', this.#client.send(query));
    return { items: Items, next: LastEvaluatedKey };
  }
}

function keyOf(channel: string, vid: number): Item {
  return { channel: { S: channel }, vid: { N: String(vid) } };
}
