/**
 * DynamoDB in memory, at the level of the SDK's commands: those that `lib/aws` sends, each done at once and whole. A read that does not ask
 * for consistency may get what stood there half a second ago. Anything that Doorbell does not use throws.
 */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { compare, holds, type Item, type Names, updated } from './memory-expressions.ts';

/** How old an eventually consistent read may be, in ms: AWS says "usually within one second or less". */
const STALE_MS = 500;
/** A query's page ends here (DynamoDB developer guide, "Paginating table query results"). */
const PAGE_BYTES = 1024 * 1024;

interface Row {
  readonly range: AttributeValue;
  /** Newest last; no item means deleted. */
  versions: Array<{ readonly at: number; readonly item: Item | undefined }>;
}

interface Table {
  readonly rangeKey: string;
  /** By partition key; ascending by sort key. */
  readonly partitions: Map<string, Row[]>;
}

/** The members of the commands' inputs that are looked at. */
export interface DynamoInput extends Names {
  readonly TableName: string;
  /** The one index there is: every item with a `kind`, by `channel`. */
  readonly IndexName?: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly ConsistentRead?: boolean;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
}

export interface DynamoOutput {
  readonly Item?: Item | undefined;
  readonly Items?: readonly Item[];
  readonly Attributes?: Item | undefined;
  readonly LastEvaluatedKey?: Item | undefined;
}

export class MemoryDynamo {
  readonly #clock: Clock;
  readonly #tables: ReadonlyMap<string, Table>;
  /** The most items that one page of a query holds. */
  readonly #pageItems: number;

  /** `rangeKeys`: the sort key of each table; every partition key is `channel`. */
  constructor(
    clock: Clock,
    rangeKeys: Readonly<Record<string, string>>,
    pageItems: number = Number.POSITIVE_INFINITY,
  ) {
    this.#clock = clock;
    this.#pageItems = pageItems;
    this.#tables = new Map(
      Object.entries(rangeKeys).map(([name, rangeKey]) => [name, { rangeKey, partitions: new Map() }]),
    );
  }

  /** Does what the command says; throws what DynamoDB answers. */
  apply(command: string, input: DynamoInput): DynamoOutput {
    const table = this.#table(input.TableName);
    switch (command) {
      case 'GetItem':
        return { Item: this.#seen(find(table, input.Key), input) };
      case 'Query':
        return input.IndexName ? this.#queryIndex(table, input) : this.#query(table, input);
      case 'PutItem':
        return this.#write(table, input.Item, input, () => input.Item);
      case 'DeleteItem':
        return this.#write(table, input.Key, input, () => undefined);
      case 'UpdateItem':
        return this.#write(table, input.Key, input, (before) =>
          updated(before ?? { ...input.Key }, input.UpdateExpression ?? '', input),
        );
      default:
        throw new Error(`Doorbell does not send ${command}`);
    }
  }

  /** Deletes what has expired, as TTL does some time later. */
  tidy(): void {
    const now = this.#clock.now();
    for (const { partitions } of this.#tables.values()) {
      for (const rows of partitions.values()) {
        for (const row of rows) {
          const { expires } = newest(row) ?? {};
          if (expires && Number(expires.N) * 1000 < now) this.#set(row, undefined);
        }
      }
    }
  }

  /** Every item of the table that stands there now. */
  items(tableName: string): readonly Item[] {
    const rows = [...this.#table(tableName).partitions.values()].flat();
    return rows.map(newest).filter((item) => item !== undefined);
  }

  #write(
    table: Table,
    key: Item | undefined,
    input: DynamoInput,
    change: (before: Item | undefined) => Item | undefined,
  ): DynamoOutput {
    const row = find(table, key) ?? insert(table, key);
    const before = newest(row);
    if (!holds(input.ConditionExpression, before, input)) {
      const message = 'The conditional request failed';
      throw Object.assign(new Error(message), { name: 'ConditionalCheckFailedException' });
    }
    this.#set(row, change(before));
    return { Attributes: before };
  }

  #set(row: Row, item: Item | undefined): void {
    const at = this.#clock.now();
    const recent = row.versions.findLastIndex((version) => version.at <= at - STALE_MS);
    row.versions = [...row.versions.slice(Math.max(0, recent)), { at, item }];
  }

  #query(table: Table, input: DynamoInput): DynamoOutput {
    const { KeyConditionExpression, ExclusiveStartKey, Limit = Number.POSITIVE_INFINITY } = input;
    const channel = input.ExpressionAttributeValues?.[':channel']?.S ?? '';
    const back = input.ScanIndexForward === false;
    const rows = table.partitions.get(channel) ?? [];
    const start = ExclusiveStartKey?.[table.rangeKey];
    const items: Item[] = [];
    let bytes = 0;
    for (const row of back ? rows.toReversed() : rows) {
      if (start && compare(row.range, start) * (back ? -1 : 1) <= 0) continue;
      const item = this.#seen(row, input);
      if (!item || !holds(KeyConditionExpression, item, input)) continue;
      items.push(item);
      bytes += sizeOf(item);
      if (items.length < Math.min(Limit, this.#pageItems) && bytes < PAGE_BYTES) continue;
      const { channel: hash, [table.rangeKey]: range } = item;
      if (hash && range)
        return { Items: items, LastEvaluatedKey: { channel: hash, [table.rangeKey]: range } };
    }
    return { Items: items };
  }

  #queryIndex({ partitions }: Table, input: DynamoInput): DynamoOutput {
    if (input.ConsistentRead) throw new Error('an index knows no consistent read');
    const name = (item: Item | undefined) => item?.channel?.S ?? '';
    const rows = [...partitions.values()].flat();
    const items = rows.map((row) => this.#seen(row, input)).filter((item) => item !== undefined);
    const found = items.filter((item) => item.kind && holds(input.KeyConditionExpression, item, input));
    const left = found.filter((item) => name(item) > name(input.ExclusiveStartKey));
    const sorted = left.sort((a, b) => (name(a) < name(b) ? -1 : 1));
    const page = sorted.slice(0, Math.min(input.Limit ?? Number.POSITIVE_INFINITY, this.#pageItems));
    return { Items: page, LastEvaluatedKey: page.length < left.length ? page.at(-1) : undefined };
  }

  #seen(row: Row | undefined, { ConsistentRead }: DynamoInput): Item | undefined {
    if (!row || ConsistentRead) return row && newest(row);
    const asOf = this.#clock.now() - STALE_MS;
    return row.versions.findLast(({ at }) => at <= asOf)?.item;
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (!table) throw new Error(`there is no table ${name}`);
    return table;
  }
}

function newest(row: Row): Item | undefined {
  return row.versions.at(-1)?.item;
}

function find({ partitions, rangeKey }: Table, key: Item | undefined): Row | undefined {
  const range = key?.[rangeKey];
  const rows = partitions.get(key?.channel?.S ?? '');
  const row = range && rows?.[placeOf(rows, range)];
  return row && compare(row.range, range) === 0 ? row : undefined;
}

function insert({ partitions, rangeKey }: Table, key: Item | undefined): Row {
  const range = key?.[rangeKey];
  const channel = key?.channel?.S;
  if (!range || channel === undefined) throw new Error('an item without its keys');
  const rows = partitions.get(channel) ?? [];
  partitions.set(channel, rows);
  const row: Row = { range, versions: [] };
  rows.splice(placeOf(rows, range), 0, row);
  return row;
}

/** Where the first row is that does not come before this one. */
function placeOf(rows: readonly Row[], range: AttributeValue): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && compare(row.range, range) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** About what an item takes: names and values. */
function sizeOf(item: Item): number {
  let bytes = 0;
  for (const [name, { S = '', N = '' }] of Object.entries(item)) bytes += name.length + S.length + N.length;
  return bytes;
}
