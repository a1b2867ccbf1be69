/**
 * Digests of ids in the table of events: partition key `<channel>#ids`, which no channel's name can be, sort key the last vid of the span. They expire
 * (TTL) long after anybody asks for them.
 */

import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { bytesOfHashes, hashesOfBytes } from '../../log/append/id-digest.ts';
import type { IdDigest, IdDigests } from '../../log/ports.ts';
import { calling } from '../errors.ts';
import type { EventsTableOptions } from './events-table.ts';
import { type Item, number, optionalNumber, text, ttl } from './items.ts';

/** What is asked for are minutes; a day's clocks may differ. */
const KEEP_MS = 24 * 3_600_000;
/** Of how the hashes are made and kept. Others are left alone: their spans are read in the log. */
const FORMAT = 1;
/** Digests in the first page, and how much larger each further one is: 4 KB each, and some seconds of a busy channel. */
const FIRST_PAGE = 8;
const PAGE_GROWTH = 4;

export class IdDigestsTable implements IdDigests {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor({ client, table }: EventsTableOptions) {
    this.#client = client;
    this.#table = table;
  }

  async since(channel: string, sinceMs: number): Promise<readonly IdDigest[]> {
    const digests: IdDigest[] = [];
    let start: Item | undefined;
    let limit = FIRST_PAGE;
    do {
      // Not strongly consistent, at half the price: a digest that is missed is a look at the log.
      const query = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'channel = :channel',
        ExpressionAttributeValues: { ':channel': partitionOf(channel) },
        ScanIndexForward: false,
        Limit: limit,
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      const { Items = [], LastEvaluatedKey } = await calling('DynamoDB', this.#client.send(query));
      for (const item of Items) {
        const digest = digestOf(item);
        if (!digest) continue;
        digests.push(digest);
        if (digest.at < sinceMs) return digests;
      }
      start = LastEvaluatedKey;
      limit *= PAGE_GROWTH;
    } while (start);
    return digests;
  }

  async keep(channel: string, { first, last, epoch, at, hashes }: IdDigest): Promise<void> {
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: {
        channel: partitionOf(channel),
        vid: { N: String(last) },
        first: { N: String(first) },
        epoch: { S: epoch },
        at: { N: String(at) },
        format: { N: String(FORMAT) },
        hashes: { B: bytesOfHashes(hashes) },
        expires: ttl(at + KEEP_MS),
      },
    });
    await calling('DynamoDB', this.#client.send(put));
  }
}

function partitionOf(channel: string) {
  return { S: `${channel}#ids` };
}

function digestOf(item: Item): IdDigest | undefined {
  const hashes = item.hashes?.B;
  if (optionalNumber(item, 'format') !== FORMAT || !hashes) return undefined;
  return {
    first: number(item, 'first'),
    last: number(item, 'vid'),
    epoch: text(item, 'epoch'),
    at: number(item, 'at'),
    hashes: hashesOfBytes(hashes),
  };
}
