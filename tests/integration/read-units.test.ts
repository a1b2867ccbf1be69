/**
 * What reads of the log are billed as: by what they need, not by how long the channel is. Units as `bench/cost/units.ts` has them, which
 * cost.test.ts holds to DynamoDB's own.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { add, NOTHING, type Units, unitsOf } from '../../bench/cost/units.ts';
import { observeCalls } from '../../lib/aws/call-observer.ts';
import { EventsTable } from '../../lib/aws/dynamodb/events-table.ts';
import { eventsAfter, newEvent } from '../../lib/log/block.ts';
import { newBlock } from '../../packages/testing/src/contract/blocks.ts';
import { range } from '../support/http/http.ts';
import { environmentOf, freshClients } from '../support/stack/process.ts';
import { GROUND, type Stack, startStack } from '../support/stack/stack.ts';

const T0 = Date.parse('2026-01-01T00:00:00.000Z');
/** Names, numbers and times of a block's row, and the ids of its events: 41 bytes each at most. */
const ROW_BYTES = 200;
const ENTRY_BYTES = 41;
const UNIT = 4096;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** The log, and what reading it was billed as. */
function meteredLog() {
  const { dynamo: client, sqs } = freshClients(stack);
  sqs.destroy();
  let units: Units = NOTHING;
  let calls = 0;
  observeCalls(client, (call) => (ended) => {
    calls++;
    units = add(units, unitsOf(call, ended));
  });
  const log = new EventsTable({ client, table: environmentOf(stack).EVENTS_TABLE ?? '' });
  const metered = async <T>(read: Promise<T>) => {
    const answer = await read;
    const taken = { answer, readUnits: units.readUnits, calls };
    units = NOTHING;
    calls = 0;
    return taken;
  };
  /** Blocks of so many events of so many bytes, one a second. */
  const fill = async (channel: string, sizes: readonly number[], bytes: number, first = 1) => {
    let vid = first;
    for (const [i, size] of sizes.entries()) {
      const events = range(vid, vid + size - 1).map((at) => newEvent(`${at}`, 'x'.repeat(bytes - 2)));
      await log.append(channel, newBlock(vid, events, { at: new Date(T0 + i * 1_000).toISOString() }));
      vid += size;
    }
    units = NOTHING;
    calls = 0;
  };
  return { log, metered, fill };
}

const blocksOf = (count: number, size: number) => Array.from({ length: count }, () => size);
/** The most that so many blocks of so many events may be billed as. */
const most = (blocks: number, events: number, bytes: number) =>
  Math.ceil((blocks * ROW_BYTES + events * (bytes + ENTRY_BYTES)) / UNIT);

test.for([
  {
    what: 'full blocks',
    sizes: blocksOf(60, 100),
    bytes: 100,
    limit: 500,
    needs: { blocks: 5, events: 500 },
  },
  {
    what: 'full blocks, few asked',
    sizes: blocksOf(60, 100),
    bytes: 100,
    limit: 10,
    needs: { blocks: 1, events: 100 },
  },
  {
    what: 'blocks of one event',
    sizes: blocksOf(300, 1),
    bytes: 100,
    limit: 100,
    needs: { blocks: 100, events: 100 },
  },
  { what: 'large events', sizes: blocksOf(6, 1), bytes: 250_000, limit: 2, needs: { blocks: 2, events: 2 } },
  {
    what: 'more large events than an answer holds',
    sizes: blocksOf(9, 1),
    bytes: 250_000,
    limit: 500,
    // moto ends a page before the item that passes 1,000,000 bytes (docs/evidence/emulators.md).
    needs: GROUND === 'second' ? { blocks: 3, events: 3 } : { blocks: 5, events: 5 },
  },
])('a page of $what costs what it holds', async ({ what, sizes, bytes, limit, needs }) => {
  const { log, metered, fill } = meteredLog();
  const channel = what.replaceAll(/[ ,]+/g, '-');
  await fill(channel, sizes, bytes);

  const { answer, readUnits, calls } = await metered(log.read(channel, 0, limit));

  expect(answer.at(-1)?.last).toBe(needs.events);
  expect(calls).toBe(1);
  expect(readUnits).toBeLessThanOrEqual(most(needs.blocks, needs.events, bytes));
});

test('a place inside a block costs that block and what follows it', async () => {
  const { log, metered, fill } = meteredLog();
  await fill('inside', blocksOf(60, 100), 100);

  const { answer, readUnits, calls } = await metered(log.read('inside', 150, 100));

  expect(answer.flatMap((one) => eventsAfter(one, 150)).length).toBeGreaterThanOrEqual(100);
  expect(calls).toBe(2);
  expect(readUnits).toBeLessThanOrEqual(most(1, 100, 100) * 2);
});

test('after numbers that were passed over, what comes next is looked for once', async () => {
  const { log, metered, fill } = meteredLog();
  await fill('gap', [1], 100);
  await log.append('gap', newBlock(2, [], { last: 5_000 }));
  await fill('gap', blocksOf(60, 100), 100, 5_001);

  const { answer, readUnits, calls } = await metered(log.read('gap', 1, 100));

  expect(answer.map(({ first }) => first)).toEqual([2, 5_001]);
  expect(calls).toBe(2);
  expect(readUnits).toBeLessThanOrEqual(1 + most(1, 100, 100));
});

test('before the oldest block that is left, what comes next is looked for once', async () => {
  const { log, metered, fill } = meteredLog();
  await fill('expired', blocksOf(60, 100), 100, 90_001);

  const { answer, readUnits } = await metered(log.read('expired', 0, 200));

  expect(answer.map(({ first }) => first)).toEqual([90_001, 90_101]);
  expect(readUnits).toBeLessThanOrEqual(1 + 2 * most(1, 100, 100));
});

test('the newest end costs its newest block, however long the channel is', async () => {
  const { log, metered, fill } = meteredLog();
  await fill('end', blocksOf(60, 100), 100);

  const { answer, readUnits } = await metered(log.read('end', 6_000, 500));

  expect(answer).toEqual([]);
  expect(readUnits).toBeLessThanOrEqual(2 + most(1, 100, 100));
});

test.for([
  { seconds: 5, blocks: 5, looked: 8 },
  { seconds: 30, blocks: 30, looked: 40 },
])('a look at the last $seconds s costs little more than those', async ({ seconds, blocks, looked }) => {
  const { log, metered, fill } = meteredLog();
  const channel = `last-${seconds}`;
  await fill(channel, blocksOf(200, 1), 1_000);

  const { answer, readUnits } = await metered(log.since(channel, T0 + (200 - seconds) * 1_000));

  expect(answer.length).toBe(blocks);
  expect(readUnits).toBeLessThanOrEqual(most(looked, looked, 1_000) + 1);
});
