/**
 * What AWS bills a call as. DynamoDB request units from item sizes
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html and CapacityUnitCalculations.html), SQS
 * requests from payload sizes (64 KB each, https://aws.amazon.com/sqs/pricing/). As far as Doorbell's calls go: no query has a filter or a
 * projection, so what is returned is what was read; items hold texts, numbers, booleans and bytes. Pure.
 */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Call, Ended } from '../../lib/aws/call-observer.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

export interface Units {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly sqsRequests: number;
}

export const NOTHING: Units = { writeUnits: 0, readUnits: 0, sqsRequests: 0 };

const WRITE_UNIT_BYTES = 1024;
export const READ_UNIT_BYTES = 4096;
const SQS_CHUNK_BYTES = 64 * 1024;

/** What one attempt is billed as. Throws for an operation of DynamoDB that Doorbell does not make. */
export function unitsOf({ operation, input, sentBytes }: Call, { output, receivedBytes }: Ended): Units {
  if (!('TableName' in input)) {
    const payload = Math.max(sentBytes, receivedBytes);
    return { ...NOTHING, sqsRequests: Math.max(1, Math.ceil(payload / SQS_CHUNK_BYTES)) };
  }
  const asked = input as DynamoInput;
  const answered: DynamoOutput = output ?? {};
  switch (operation) {
    case 'PutItem':
      return writing(itemBytes(asked.Item));
    case 'UpdateItem':
      return writing(Math.max(itemBytes(answered.Attributes), updatedBytes(asked)));
    case 'DeleteItem':
      return writing(itemBytes(answered.Attributes));
    case 'GetItem':
      return reading(itemBytes(answered.Item), asked.ConsistentRead);
    case 'Query':
      return reading(sum((answered.Items ?? []).map(itemBytes)), asked.ConsistentRead);
    default:
      throw new Error(`units of ${operation} are not known`);
  }
}

/** The size that DynamoDB counts: names and values, a number as a byte for each two digits and one more. */
export function itemBytes(item: Item = {}): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(value)));
}

export function add(a: Units, b: Units): Units {
  return {
    writeUnits: a.writeUnits + b.writeUnits,
    readUnits: a.readUnits + b.readUnits,
    sqsRequests: a.sqsRequests + b.sqsRequests,
  };
}

interface DynamoInput {
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ConsistentRead?: boolean;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeValues?: Item;
}

interface DynamoOutput {
  readonly Attributes?: Item;
  readonly Item?: Item;
  readonly Items?: readonly Item[];
}

function writing(bytes: number): Units {
  return { ...NOTHING, writeUnits: Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES)) };
}

function reading(bytes: number, consistent = false): Units {
  const units = Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
  return { ...NOTHING, readUnits: consistent ? units : units / 2 };
}

/** What the row is after the update, at least as far as the update says. */
function updatedBytes({ Key, UpdateExpression = '', ExpressionAttributeValues }: DynamoInput): number {
  return itemBytes(Key) + Buffer.byteLength(UpdateExpression) + itemBytes(ExpressionAttributeValues);
}

function valueBytes({ S, N, BOOL, B }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return numberBytes(N);
  if (BOOL !== undefined) return 1;
  if (B !== undefined) return B.byteLength;
  throw new Error('only texts, numbers, booleans and bytes are known');
}

function numberBytes(digits: string): number {
  const significant = digits.replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
  return Math.ceil(significant.length / 2) + 1 + (digits.startsWith('-') ? 1 : 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
