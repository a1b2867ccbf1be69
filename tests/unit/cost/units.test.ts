/** What AWS bills a call as, by hand from its documentation. */

import { describe, expect, test } from 'vitest';
import { itemBytes, unitsOf } from '../../../bench/cost/units.ts';

const ANSWERED = { output: {}, receivedBytes: 0 };

function put(bytes: number) {
  // "a" and "b" are names of a byte each.
  const Item = { a: { S: 'x' }, b: { S: 'x'.repeat(bytes - 3) } };
  return unitsOf({ operation: 'PutItem', input: { TableName: 't', Item }, sentBytes: 0 }, ANSWERED);
}

function query(sizes: readonly number[], ConsistentRead: boolean) {
  const Items = sizes.map((bytes) => ({ a: { S: 'x'.repeat(bytes - 1) } }));
  const input = { TableName: 't', ConsistentRead };
  return unitsOf({ operation: 'Query', input, sentBytes: 0 }, { output: { Items }, receivedBytes: 0 });
}

const sqs = (sentBytes: number, receivedBytes = 0) =>
  unitsOf({ operation: 'SendMessage', input: {}, sentBytes }, { output: {}, receivedBytes }).sqsRequests;

describe('the size of an item', () => {
  test.each([
    [{ ab: { S: 'xyz' } }, 5],
    [{ ab: { S: 'ü' } }, 4],
    [{ n: { N: '7' } }, 3],
    [{ n: { N: '1234' } }, 4],
    [{ n: { N: '-1234' } }, 5],
    [{ n: { N: '1000000' } }, 3],
    [{ b: { BOOL: true } }, 2],
    [{}, 0],
  ])('%j is %i bytes', (item, bytes) => {
    expect(itemBytes(item)).toBe(bytes);
  });
});

describe('write units', () => {
  test.each([
    [3, 1],
    [1024, 1],
    [1025, 2],
    [256 * 1024, 256],
  ])('an item of %i bytes costs %i', (bytes, writeUnits) => {
    expect(put(bytes)).toEqual({ writeUnits, readUnits: 0, sqsRequests: 0 });
  });

  test('an update costs what the larger of the row before and after costs', () => {
    const Attributes = { a: { S: 'x'.repeat(1_500) } };
    const call = { operation: 'UpdateItem', input: { TableName: 't', Key: { a: { S: 'k' } } }, sentBytes: 0 };

    expect(unitsOf(call, ANSWERED).writeUnits).toBe(1);
    expect(unitsOf(call, { output: { Attributes }, receivedBytes: 0 }).writeUnits).toBe(2);
  });

  test('a write that was refused costs too', () => {
    const call = { operation: 'PutItem', input: { TableName: 't', Item: { a: { S: 'x' } } }, sentBytes: 0 };

    expect(unitsOf(call, { output: undefined, receivedBytes: 0 }).writeUnits).toBe(1);
  });
});

describe('read units', () => {
  test.each([
    [[], 1],
    [[4096], 1],
    [[4097], 2],
    // A query's items are added up before they are rounded.
    [[100, 100, 100], 1],
    [[2048, 2048, 1], 2],
  ])(
    'a consistent query of items of %j bytes costs %i, and half if it need not be consistent',
    (sizes, units) => {
      expect(query(sizes, true)).toEqual({ writeUnits: 0, readUnits: units, sqsRequests: 0 });
      expect(query(sizes, false).readUnits).toBe(units / 2);
    },
  );
});

test('an SQS call is a request for each 64 KB that go either way', () => {
  expect(sqs(0)).toBe(1);
  expect(sqs(65_536)).toBe(1);
  expect(sqs(65_537)).toBe(2);
  expect(sqs(100, 200_000)).toBe(4);
});

test('an operation that Doorbell does not make is not guessed at', () => {
  const call = { operation: 'BatchGetItem', input: { TableName: 't' }, sentBytes: 0 };

  expect(() => unitsOf(call, ANSWERED)).toThrow('units of BatchGetItem are not known');
});
