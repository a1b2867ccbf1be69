/**
 * The channels by name, from an index that holds their own items only: no other item has the attribute `kind`, so the index is as large as
 * there are channels, and a channel enters it with the write that begins its life. One partition takes 1,000 new channels a second.
 */

import { type DynamoDBClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Directory } from '../../log/ports.ts';
import { calling } from '../errors.ts';
import { CHANNEL_KIND, text } from './items.ts';

/** As serverless.yml names it. */
const INDEX = 'channels';

export interface ChannelIndexOptions {
  readonly client: DynamoDBClient;
  /** The table of events. */
  readonly table: string;
}

export class ChannelIndex implements Directory {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor({ client, table }: ChannelIndexOptions) {
    this.#client = client;
    this.#table = table;
  }

  async channels(from: string, to: string, limit: number): Promise<readonly string[]> {
    return calling('DynamoDB', this.#names(from, to, limit));
  }

  async #names(from: string, to: string, limit: number): Promise<readonly string[]> {
    // DynamoDB takes no empty string for a key, in a condition either.
    const [range, lowest] =
      from === '' ? ['channel <= :to', {}] : ['channel BETWEEN :from AND :to', { ':from': { S: from } }];
    const query: QueryCommandInput = {
      TableName: this.#table,
      IndexName: INDEX,
      KeyConditionExpression: `kind = :kind AND ${range}`,
      ExpressionAttributeValues: { ':kind': CHANNEL_KIND, ':to': { S: to }, ...lowest },
      Limit: limit,
    };
    const names: string[] = [];
    for await (const { Items = [] } of paginateQuery({ client: this.#client }, query)) {
      names.push(...Items.map((item) => text(item, 'channel')));
      if (names.length >= limit) break;
    }
    return names.slice(0, limit);
  }
}
