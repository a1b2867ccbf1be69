/** Reading DynamoDB items: attribute values into numbers and strings, or a clear error when an item is not what Doorbell wrote. */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

/** The `kind` of a channel's own item. No other item has one, so that the index of channels holds nothing else. */
export const CHANNEL_KIND: AttributeValue = { S: 'channel' };

export function text(item: Item, name: string): string {
  const value = optionalText(item, name);
  if (value === undefined) throw new Error(`attribute ${name} is missing or not a string`);
  return value;
}

export function optionalText(item: Item, name: string): string | undefined {
  return item[name]?.S;
}

export function number(item: Item, name: string): number {
  const value = optionalNumber(item, name);
  if (value === undefined) throw new Error(`attribute ${name} is missing or not a number`);
  return value;
}

export function optionalNumber(item: Item, name: string): number | undefined {
  const value = item[name]?.N;
  return value === undefined ? undefined : Number(value);
}

/** TTL attributes are whole seconds since the Unix epoch (DynamoDB developer guide, "Using time to live"). */
export function ttl(ms: number): AttributeValue {
  return { N: String(Math.ceil(ms / 1000)) };
}
