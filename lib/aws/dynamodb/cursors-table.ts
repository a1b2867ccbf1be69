/** Cursors in DynamoDB. Partition key `channel`, sort key `client`, so that a channel's readers are one query away. */

import {
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Cursor, Cursors, Hold, Position } from '../../cursors/ports.ts';
import { calling, holds, isConditionFailed } from '../errors.ts';
import { type Item, number, optionalNumber, optionalText, text, ttl } from './items.ts';

export interface CursorsTableOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** How long a client may stay away before its cursor is forgotten, in ms. */
  readonly keepMs: number;
}

export class CursorsTable implements Cursors {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #keepMs: number;

  constructor({ client, table, keepMs }: CursorsTableOptions) {
    this.#client = client;
    this.#table = table;
    this.#keepMs = keepMs;
  }

  async visit(
    channel: string,
    client: string,
    seen: Position,
    hold: Hold | undefined,
    now: number,
  ): Promise<Cursor | undefined> {
    if (seen.maxvid === undefined) return this.#update(channel, client, {}, hold, now);
    try {
      return await this.#update(channel, client, seen, hold, now);
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      // An old acknowledgement, come late: the cursor stays where it is.
      return this.#update(channel, client, {}, hold, now);
    }
  }

  async move(channel: string, client: string, from: Position, to: Position): Promise<void> {
    const values: Item = {};
    /** Each of the two as its value is, or as missing. */
    const parts = (place: Position, prefix: string) =>
      (['maxvid', 'epoch'] as const).map((name) => {
        const value = place[name];
        if (value === undefined) return { name };
        const ref = `:${prefix}${name}`;
        values[ref] = name === 'maxvid' ? { N: String(value) } : { S: String(value) };
        return { name, ref };
      });
    const conditions = parts(from, 'from').map(({ name, ref }) =>
      ref ? `${name} = ${ref}` : `attribute_not_exists(${name})`,
    );
    const moves = parts(to, 'to');
    const set = moves.flatMap(({ name, ref }) => (ref ? [`${name} = ${ref}`] : []));
    const remove = moves.flatMap(({ name, ref }) => (ref ? [] : [name]));
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: { channel: { S: channel }, client: { S: client } },
      UpdateExpression: [
        ...(set.length > 0 ? [`SET ${set.join(', ')}`] : []),
        ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
      ].join(' '),
      ConditionExpression: ['attribute_exists(seenAt)', ...conditions].join(' AND '),
      ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
    });
    await holds(calling('DynamoDB', this.#client.send(update)));
  }

  async save(
    channel: string,
    client: string,
    place: Position,
    hold: Hold | undefined,
    now: number,
    known: Pick<Cursor, 'seenAt' | 'hold'>,
  ): Promise<boolean> {
    try {
      await this.#update(channel, client, place, hold, now, known);
      return true;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      await this.#raise(channel, client, place);
      return false;
    }
  }

  async list(channel: string): Promise<ReadonlyArray<Cursor & { readonly client: string }>> {
    const cursors: Array<Cursor & { client: string }> = [];
    let start: Item | undefined;
    do {
      const query = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'channel = :channel',
        ExpressionAttributeValues: { ':channel': { S: channel } },
        ConsistentRead: true,
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      const page = await calling('DynamoDB', this.#client.send(query));
      for (const item of page.Items ?? []) cursors.push({ client: text(item, 'client'), ...cursorOf(item) });
      start = page.LastEvaluatedKey;
    } while (start);
    return cursors;
  }

  async forget(channel: string, client: string): Promise<void> {
    const key = { channel: { S: channel }, client: { S: client } };
    await calling('DynamoDB', this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: key })));
  }

  async #update(
    channel: string,
    client: string,
    { maxvid, epoch }: Position,
    hold: Hold | undefined,
    now: number,
    known?: Pick<Cursor, 'seenAt' | 'hold'>,
  ): Promise<Cursor | undefined> {
    const set = ['seenAt = :now', 'expires = :expires'];
    const values: Item = { ':now': { N: String(now) }, ':expires': ttl(now + this.#keepMs) };
    const places: string[] = [];
    if (maxvid !== undefined) {
      set.push('maxvid = :maxvid');
      values[':maxvid'] = { N: String(maxvid) };
      places.push('attribute_not_exists(maxvid)', 'maxvid <= :maxvid');
      if (epoch !== undefined) {
        set.push('epoch = :epoch');
        values[':epoch'] = { S: epoch };
        places.push('attribute_not_exists(epoch)', 'epoch <> :epoch');
      }
    }
    if (hold) {
      set.push('mailbox = :mailbox', 'nonce = :nonce', 'heldUntil = :heldUntil');
      values[':mailbox'] = { S: hold.mailbox };
      values[':nonce'] = { S: hold.nonce };
      values[':heldUntil'] = { N: String(hold.until) };
    }
    const isBehind = hold?.behind === true;
    if (isBehind) {
      set.push('behind = :behind');
      values[':behind'] = { BOOL: true };
    }
    const remove = hold ? (isBehind ? [] : ['behind']) : ['mailbox', 'nonce', 'heldUntil', 'behind'];
    let condition = places.join(' OR ');
    if (known) {
      const asKnown = `seenAt = :seenAt AND ${known.hold ? 'nonce = :known' : 'attribute_not_exists(nonce)'}`;
      condition = places.map((one) => `${one} AND ${asKnown}`).join(' OR ') || asKnown;
      values[':seenAt'] = { N: String(known.seenAt) };
      if (known.hold) values[':known'] = { S: known.hold.nonce };
    }
    const input: UpdateItemCommandInput = {
      TableName: this.#table,
      Key: { channel: { S: channel }, client: { S: client } },
      UpdateExpression: `SET ${set.join(', ')}${remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : ''}`,
      ExpressionAttributeValues: values,
      ReturnValues: 'ALL_OLD',
      ...(condition === '' ? {} : { ConditionExpression: condition }),
    };
    const { Attributes } = await calling('DynamoDB', this.#client.send(new UpdateItemCommand(input)));
    return Attributes && 'seenAt' in Attributes ? cursorOf(Attributes) : undefined;
  }

  /** A row that stands nowhere, or does not know its life yet, takes that of the place: else the next one that names a life would begin it anew. */
  async #raise(channel: string, client: string, { maxvid, epoch }: Position): Promise<void> {
    if (maxvid === undefined) return;
    const nowhere =
      'attribute_exists(seenAt) AND attribute_not_exists(maxvid) AND attribute_not_exists(epoch)';
    const noLife = `${nowhere} OR maxvid <= :maxvid AND attribute_not_exists(epoch)`;
    const named = epoch !== undefined;
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: { channel: { S: channel }, client: { S: client } },
      UpdateExpression: named ? 'SET maxvid = :maxvid, epoch = :epoch' : 'SET maxvid = :maxvid',
      ConditionExpression: named ? `${noLife} OR maxvid <= :maxvid AND epoch = :epoch` : noLife,
      ExpressionAttributeValues: {
        ':maxvid': { N: String(maxvid) },
        ...(named ? { ':epoch': { S: epoch } } : {}),
      },
    });
    await holds(calling('DynamoDB', this.#client.send(update)));
  }
}

function cursorOf(item: Item): Cursor {
  const maxvid = optionalNumber(item, 'maxvid');
  const epoch = optionalText(item, 'epoch');
  const mailbox = optionalText(item, 'mailbox');
  return {
    seenAt: number(item, 'seenAt'),
    ...(maxvid === undefined ? {} : { maxvid }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(mailbox === undefined
      ? {}
      : {
          hold: {
            mailbox,
            nonce: text(item, 'nonce'),
            until: number(item, 'heldUntil'),
            ...(item.behind?.BOOL ? { behind: true } : {}),
          },
        }),
  };
}
