/**
 * States in DynamoDB: an item for each key. Partition key `channel`, which has the epoch too, sort key `key`: by UTF-8, so by code point. How far a channel
 * is folded stands in a partition of its own. Neither a channel nor an epoch has a `#`.
 */

import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { parseJson } from '../../runtime/json.ts';
import type { Clock } from '../../runtime/ports.ts';
import { compareKeys } from '../../state/keys.ts';
import {
  type FoldedStates,
  type KeyChange,
  type KeyRange,
  type Look,
  NO_LOOK,
  type StateEntry,
  type StateErasure,
  type StatePage,
} from '../../state/ports.ts';
import { calling, holds } from '../errors.ts';
import { type Item, number, optionalNumber, optionalText, text, ttl } from './items.ts';

/** How long a deleted key is remembered: far longer than any run of a fold may last. */
const DELETED_MS = 24 * 3_600_000;
const FOLDED = 'folded';
/** Items removed at once. */
const ERASED = 25;
/** Of no channel. */
const LOOK = { channel: { S: '#look' }, key: { S: 'after' } };

export interface StatesTableOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Pick<Clock, 'now'>;
}

export class StatesTable implements FoldedStates, StateErasure {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Pick<Clock, 'now'>;

  constructor({ client, table, clock }: StatesTableOptions) {
    this.#client = client;
    this.#table = table;
    this.#clock = clock;
  }

  async page(channel: string, epoch: string, range: KeyRange): Promise<StatePage> {
    // Before the entries: so that they have everything up to here, and perhaps more.
    const upTo = await this.foldedTo(channel, epoch);
    if (upTo === 0) return { upTo, entries: [], next: null };
    const partition = partitionOf(channel, epoch);
    return range.keys.length > 0
      ? { upTo, entries: await this.#named(partition, range), next: null }
      : { upTo, ...(await this.#next(partition, range)) };
  }

  async foldedTo(channel: string, epoch: string): Promise<number> {
    const item = await this.#get(foldedKey(channel, epoch));
    return item ? number(item, 'upTo') : 0;
  }

  async take(channel: string, epoch: string, { key, vid, entry }: KeyChange): Promise<void> {
    const content: Item = entry
      ? { id: { S: entry.id }, at: { S: entry.at }, data: { S: JSON.stringify(entry.data) } }
      : { expires: ttl(this.#clock.now() + DELETED_MS) };
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: {
        channel: { S: partitionOf(channel, epoch) },
        key: { S: key },
        vid: { N: String(vid) },
        ...content,
      },
      ConditionExpression: 'attribute_not_exists(vid) OR vid < :vid',
      ExpressionAttributeValues: { ':vid': { N: String(vid) } },
    });
    await holds(calling('DynamoDB', this.#client.send(put)));
  }

  async erase(channel: string, epoch: string, key: string, vid: number): Promise<void> {
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: {
        channel: { S: partitionOf(channel, epoch) },
        key: { S: key },
        vid: { N: String(vid) },
        expires: ttl(this.#clock.now() + DELETED_MS),
      },
      // Also where nothing is kept yet: a fold that has read the event may be about to write it.
      ConditionExpression: 'attribute_not_exists(vid) OR vid <= :vid',
      ExpressionAttributeValues: { ':vid': { N: String(vid) } },
    });
    await holds(calling('DynamoDB', this.#client.send(put)));
  }

  async eraseAll(channel: string, epoch: string): Promise<boolean> {
    const query = new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: 'channel = :channel',
      ExpressionAttributeValues: { ':channel': { S: partitionOf(channel, epoch) } },
      ConsistentRead: true,
      Limit: ERASED,
    });
    const { Items = [] } = await calling('DynamoDB', this.#client.send(query));
    const keys = Items.map((item) => ({
      channel: { S: text(item, 'channel') },
      key: { S: text(item, 'key') },
    }));
    const remove = (Key: Item) => new DeleteItemCommand({ TableName: this.#table, Key });
    await Promise.all(keys.map((key) => calling('DynamoDB', this.#client.send(remove(key)))));
    return Items.length > 0;
  }

  async foldTo(channel: string, epoch: string, upTo: number): Promise<void> {
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: foldedKey(channel, epoch),
      UpdateExpression: 'SET upTo = :upTo',
      ConditionExpression: 'attribute_not_exists(upTo) OR upTo < :upTo',
      ExpressionAttributeValues: { ':upTo': { N: String(upTo) } },
    });
    await holds(calling('DynamoDB', this.#client.send(update)));
  }

  async look(): Promise<Look> {
    const item = await this.#get(LOOK);
    if (!item) return NO_LOOK;
    const busy = (item.busy?.L ?? []).flatMap(({ S }) => S ?? []);
    return { after: optionalText(item, 'name') ?? '', begunAt: optionalNumber(item, 'begunAt') ?? 0, busy };
  }

  async noteLook({ after, begunAt, busy }: Look): Promise<void> {
    const content = {
      name: { S: after },
      begunAt: { N: String(begunAt) },
      busy: { L: busy.map((S) => ({ S })) },
    };
    const put = new PutItemCommand({ TableName: this.#table, Item: { ...LOOK, ...content } });
    await calling('DynamoDB', this.#client.send(put));
  }

  async #named(partition: string, { keys }: KeyRange): Promise<readonly StateEntry[]> {
    const names = [...new Set(keys)].sort(compareKeys);
    const items = await Promise.all(
      names.map((key) => this.#get({ channel: { S: partition }, key: { S: key } })),
    );
    return items.flatMap((item) => (item && entryOf(item)) ?? []);
  }

  /**
   * What one query reads, which is 1 MB at most: so a page is bounded work, however small its keys' data are and however many of them are deleted.
   */
  async #next(partition: string, { prefix, after }: KeyRange): Promise<Omit<StatePage, 'upTo'>> {
    const query: QueryCommandInput = {
      TableName: this.#table,
      ConsistentRead: true,
      ...conditionOf(partition, prefix, after),
    };
    const sent = this.#client.send(new QueryCommand(query));
    const { Items = [], LastEvaluatedKey } = await calling('DynamoDB', sent);
    const behind = Items.findIndex((item) => !text(item, 'key').startsWith(prefix));
    const found = behind < 0 ? Items : Items.slice(0, behind);
    const isEnd = behind >= 0 || !LastEvaluatedKey;
    return {
      entries: found.flatMap((item) => entryOf(item) ?? []),
      next: isEnd ? null : text(LastEvaluatedKey, 'key'),
    };
  }

  async #get(Key: Item): Promise<Item | undefined> {
    const get = new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true });
    return (await calling('DynamoDB', this.#client.send(get))).Item;
  }
}

/** From where the keys are read. Behind `after` a prefix ends where the first key has another beginning. */
function conditionOf(partition: string, prefix: string, after: string) {
  const from = after !== '' && compareKeys(after, prefix) >= 0 ? after : prefix;
  const range = from === '' ? '' : from === after ? ' AND #key > :from' : ' AND begins_with(#key, :from)';
  return {
    KeyConditionExpression: `channel = :channel${range}`,
    // A reserved word.
    ...(from === '' ? {} : { ExpressionAttributeNames: { '#key': 'key' } }),
    ExpressionAttributeValues: {
      ':channel': { S: partition },
      ...(from === '' ? {} : { ':from': { S: from } }),
    },
  };
}

function partitionOf(channel: string, epoch: string): string {
  return `${channel}#${epoch}`;
}

function foldedKey(channel: string, epoch: string): Item {
  return { channel: { S: `${partitionOf(channel, epoch)}#` }, key: { S: FOLDED } };
}

/** Undefined of a key that is deleted. */
function entryOf(item: Item): StateEntry | undefined {
  const data = optionalText(item, 'data');
  if (data === undefined) return undefined;
  return {
    key: text(item, 'key'),
    vid: number(item, 'vid'),
    id: text(item, 'id'),
    at: text(item, 'at'),
    data: parseJson(data),
  };
}
