/** The streams of a table with a list of them, for copying all of it. Apart from `StreamsTable`: the functions need no list, and load fewer bytes without. */

import { type DynamoDBClient, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import type { StreamListing } from '../../log/ports.ts';
import type { Producer } from '../../log/writers.ts';
import { calling } from '../errors.ts';
import type { EventsTableOptions } from './events-table.ts';
import { type Item, text } from './items.ts';
import { producerOf, producersOf } from './stream-items.ts';
import { StreamsTable } from './streams-table.ts';

export class ListedStreams extends StreamsTable implements StreamListing {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(options: EventsTableOptions) {
    super(options);
    this.#client = options.client;
    this.#table = options.table;
  }

  /** Reads the whole table. */
  async *names(): AsyncIterable<string> {
    const scan = {
      TableName: this.#table,
      FilterExpression: 'vid = :own AND attribute_exists(streamRecord)',
      ExpressionAttributeValues: { ':own': { N: '0' } },
      ProjectionExpression: 'channel',
      ConsistentRead: true,
    };
    for await (const { Items = [] } of paginateScan({ client: this.#client }, scan))
      yield* Items.map((item) => text(item, 'channel'));
  }

  async producers(log: string): Promise<readonly Producer[]> {
    return calling('DynamoDB', this.#producers(log));
  }

  async #producers(log: string): Promise<readonly Producer[]> {
    const query = {
      TableName: this.#table,
      KeyConditionExpression: 'channel = :channel',
      ExpressionAttributeValues: { ':channel': { S: producersOf(log) } },
      ConsistentRead: true,
    };
    const items: Item[] = [];
    for await (const { Items = [] } of paginateQuery({ client: this.#client }, query)) items.push(...Items);
    return items.map(producerOf);
  }
}
