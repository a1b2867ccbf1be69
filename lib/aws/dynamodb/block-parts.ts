/**
 * Blocks that are larger than an item may be (400 KB: DynamoDB, "Service quotas"). What they hold is put in parts first, below the numbers of the log;
 * then the block that names them is put, and makes all of them visible at once. Parts of a block that lost its number are deleted again; those
 * of a writer that died go with their log, or expire with it.
 */

import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { entriesJson, type LogBlock, NEVER } from '../../log/block.ts';
import type { NewBlock } from '../../log/ports.ts';
import { LIMITS } from '../../protocol/doorbell.ts';
import { parseJson } from '../../runtime/json.ts';
import { calling } from '../errors.ts';
import type { PartsRef } from './block-items.ts';
import { type Item, number, ttl } from './items.ts';
import { numberOf } from './stream-items.ts';

/** What the rest of an item takes (its keys, and who has written) is less than what is left. */
const PART_BYTES = 350 * 1024;

export interface PartsOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export class BlockParts {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor({ client, table }: PartsOptions) {
    this.#client = client;
    this.#table = table;
  }

  /** Puts what the block holds where that is too much for one item; says where it stands. */
  async put(channel: string, block: NewBlock): Promise<PartsRef | undefined> {
    const content = contentOf(block);
    if (content.byteLength <= PART_BYTES) return undefined;
    const count = Math.ceil(content.byteLength / PART_BYTES);
    const holds = block.bytes ? 'bytes' : 'events';
    const ref: PartsRef = { at: -numberOf(block.token), count, bytes: content.byteLength, holds };
    await Promise.all(
      vidsOf(ref).map((vid, i) => {
        const part = content.subarray(i * PART_BYTES, (i + 1) * PART_BYTES);
        const expires = block.expires === NEVER ? {} : { expires: ttl(block.expires) };
        const item = { channel: { S: channel }, vid: { N: String(vid) }, part: { B: part }, ...expires };
        const put = new PutItemCommand({ TableName: this.#table, Item: item });
        return calling('DynamoDB', this.#client.send(put));
      }),
    );
    return ref;
  }

  /** Takes them back. Where that fails they stay for nothing. */
  async remove(channel: string, ref: PartsRef): Promise<void> {
    const removals = vidsOf(ref).map((vid) => {
      const key = { channel: { S: channel }, vid: { N: String(vid) } };
      return this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: key }));
    });
    await Promise.allSettled(removals);
  }

  /**
   * Blocks with what they hold, as many as make some 1 MiB of parts, at least one. A block whose parts have expired before it holds nothing any
   * more: its numbers are passed over.
   */
  async whole(
    channel: string,
    blocks: ReadonlyArray<LogBlock & { readonly parts?: PartsRef }>,
  ): Promise<LogBlock[]> {
    const whole: LogBlock[] = [];
    let bytes = 0;
    for (const block of blocks) {
      const { parts, isBare: _, ...held } = block;
      if (parts && bytes > 0 && bytes + parts.bytes > LIMITS.answerBytes) return whole;
      bytes += parts?.bytes ?? 0;
      whole.push(parts ? { ...held, ...(await this.#content(channel, parts)) } : held);
    }
    return whole;
  }

  async #content(channel: string, ref: PartsRef): Promise<Partial<LogBlock>> {
    const items = await this.#items(channel, ref);
    if (items.length < ref.count) return {};
    const content = Buffer.concat(items.map(({ part }) => part?.B ?? new Uint8Array()));
    if (ref.holds === 'bytes') return { bytes: content };
    return { entries: parseJson(content.toString('utf8')) as LogBlock['entries'] };
  }

  /** In order: DynamoDB answers 1 MiB at once. */
  async #items(channel: string, { at, count }: PartsRef): Promise<readonly Item[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const query = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'channel = :channel AND vid BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':channel': { S: channel },
          ':from': { N: String(at) },
          ':to': { N: String(at + count - 1) },
        },
        ConsistentRead: true,
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      const { Items = [], LastEvaluatedKey } = await calling('DynamoDB', this.#client.send(query));
      items.push(...Items);
      start = LastEvaluatedKey;
    } while (start);
    return items.sort((a, b) => number(a, 'vid') - number(b, 'vid'));
  }
}

function contentOf({ bytes, events }: NewBlock): Uint8Array {
  return bytes ?? Buffer.from(entriesJson(events));
}

function vidsOf({ at, count }: PartsRef): readonly number[] {
  return Array.from({ length: count }, (_, i) => at + i);
}
