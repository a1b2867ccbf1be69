/** The registry of mailboxes: items of the waiters table under a key of their own. */

import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { MailboxRegistry, Registration } from '../../wakeup/ports.ts';
import { calling, holds } from '../errors.ts';
import { number, text } from './items.ts';
import { queryAll, type WaitersTableOptions } from './waiters-table.ts';

/** Not a channel name: `#` is not allowed there. */
const REGISTER = '#mailboxes';

export class MailboxRegistryTable implements MailboxRegistry {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor({ client, table }: WaitersTableOptions) {
    this.#client = client;
    this.#table = table;
  }

  async add(name: string, until: number): Promise<void> {
    // No TTL: an entry leaves only after its queue has.
    const item = { ...key(name), until: { N: String(until) } };
    await calling('DynamoDB', this.#client.send(new PutItemCommand({ TableName: this.#table, Item: item })));
  }

  async renew(name: string, until: number): Promise<boolean> {
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: key(name),
      UpdateExpression: 'SET #until = :until',
      ConditionExpression: 'attribute_exists(mailbox) AND attribute_not_exists(retired)',
      ExpressionAttributeNames: { '#until': 'until' },
      ExpressionAttributeValues: { ':until': { N: String(until) } },
    });
    return holds(calling('DynamoDB', this.#client.send(update)));
  }

  async fence({ name, until }: Registration): Promise<boolean> {
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: key(name),
      UpdateExpression: 'SET retired = :yes',
      ConditionExpression: '#until = :until',
      ExpressionAttributeNames: { '#until': 'until' },
      ExpressionAttributeValues: { ':until': { N: String(until) }, ':yes': { BOOL: true } },
    });
    return holds(calling('DynamoDB', this.#client.send(update)));
  }

  async remove(name: string): Promise<void> {
    await calling(
      'DynamoDB',
      this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: key(name) })),
    );
  }

  async list(): Promise<readonly Registration[]> {
    const items = await queryAll(this.#client, this.#table, REGISTER);
    return items.map((item) => ({
      name: text(item, 'mailbox'),
      until: number(item, 'until'),
      fenced: item.retired?.BOOL === true,
    }));
  }
}

function key(name: string) {
  return { channel: { S: REGISTER }, mailbox: { S: name } };
}
