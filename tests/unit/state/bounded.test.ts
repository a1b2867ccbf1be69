/** A channel of 100,000 keys, and one of the largest values: what a run of the sweep and a page of the state cost at most, in DynamoDB's units. */

import { describe, expect, test } from 'vitest';
import { type Billed, BilledWorld } from '../../../bench/cost/billed-world.ts';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { newEvent } from '../../../lib/log/block.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { foldChannel, KEYS_A_FOLD, PAGES_A_TURN } from '../../../lib/state/fold-channel.ts';
import { readState } from '../../../lib/state/read-state.ts';

const CHANNEL = 'sensors';
const KEYS = 100_000;
/** A query reads 1 MB at most, in units of 4 KB; beside it there are small reads. */
const PAGE_READ_UNITS = 256 + 8;
/** The log is read in pages of 1 MiB. */
const TURN_READ_UNITS = (PAGES_A_TURN + 4) * PAGE_READ_UNITS;
/** What an answer has beside its entries. */
const AROUND_BYTES = 1_024;

type Said = readonly [key: string, data: unknown];

function setUp() {
  const world = new BilledWorld();
  const process = world.process();
  const say = async (events: readonly Said[]) => {
    for (let i = 0; i < events.length; i += LIMITS.blockEvents) {
      const made = events
        .slice(i, i + LIMITS.blockEvents)
        .map(([key, data], n) => newEvent(`${i + n}`, data, key));
      await process.appender.append(CHANNEL, made, false);
    }
  };
  let folded = 0;
  const fold = () =>
    world.bill(async () => {
      folded = (await foldChannel({ ...process, records: process.log }, CHANNEL, Number.POSITIVE_INFINITY))
        .events;
    });
  /** A page of the state, and what it cost. */
  const page = async (after: string) => {
    let answer: Awaited<ReturnType<typeof readState>> | undefined;
    const billed: Billed = await world.bill(async () => {
      answer = await readState(process, TRUSTED, CHANNEL, { prefix: '', after, keys: [] });
    });
    const { entries = [], next = null } = answer ?? {};
    return { billed, entries, next, bytes: Buffer.byteLength(JSON.stringify(answer)) };
  };
  return { world, process, say, fold, page, folded: () => folded };
}

const keyOf = (n: number) => `${'k'.repeat(LIMITS.keyLength - 6)}${String(n).padStart(6, '0')}`;

/** 100,000 keys that are folded, with an event of another key before them in the log. */
async function folded(data: (n: number) => unknown) {
  const set = setUp();
  await set.say([['first', 1]]);
  const [block] = await set.process.log.read(CHANNEL, 0, 1);
  const epoch = block?.epoch ?? '';
  for (let n = 0; n < KEYS; n++) {
    const value = data(n);
    const content =
      value === null
        ? { expires: { N: '9999999999' } }
        : { id: { S: `id-${n}` }, at: { S: block?.at ?? '' }, data: { S: JSON.stringify(value) } };
    const Item = { channel: { S: `${CHANNEL}#${epoch}` }, key: { S: keyOf(n) }, vid: { N: '1' }, ...content };
    set.world.dynamo.apply('PutItem', { TableName: 'states', Item });
  }
  await set.process.states.foldTo(CHANNEL, epoch, 1);
  return set;
}

describe('keys of 256 bytes', () => {
  test('are folded in bounded runs, a write for each, and then cost three small reads', async () => {
    const { say, fold, folded } = setUp();
    // More than a turn takes.
    const keys = 110_000;
    await say(Array.from({ length: keys }, (_, n): Said => [keyOf(n), 1]));
    const first = await fold();
    const firstEvents = folded();
    const second = await fold();
    const quiet = await fold();

    expect(firstEvents).toBeGreaterThan(40_000);
    // Each key's item is below 1 KB: a unit. After each part of them it is said how far is folded.
    expect(first.units.writeUnits).toBeGreaterThan(firstEvents);
    expect(first.units.writeUnits).toBeLessThanOrEqual(firstEvents + 1 + firstEvents / KEYS_A_FOLD);
    expect(first.units.readUnits).toBeLessThanOrEqual(TURN_READ_UNITS);
    expect(second.units.writeUnits).toBeGreaterThan(keys - firstEvents);
    expect(quiet.units).toMatchObject({ writeUnits: 0 });
    expect([quiet.calls, quiet.units.readUnits]).toEqual([3, 3]);
  }, 120_000);

  test('100,000 of them: each page of the state is a bounded read', async () => {
    const { page } = await folded(() => 1);

    for (const after of ['', keyOf(50_000), keyOf(97_000)]) {
      const { billed, entries, next, bytes } = await page(after);

      expect(entries.length).toBeGreaterThan(2_000);
      expect(bytes).toBeLessThanOrEqual(LIMITS.answerBytes + AROUND_BYTES);
      expect(billed.units.readUnits).toBeLessThanOrEqual(PAGE_READ_UNITS);
      // The head, how far is folded, and the keys.
      expect(billed.calls).toBeLessThanOrEqual(4);
      expect(next === null).toBe(after === keyOf(97_000));
    }
  });

  test('100,000 of them that are deleted but one: a page is no more to read, and leads on', async () => {
    const { page } = await folded((n) => (n === KEYS - 1 ? 'last' : null));
    const { billed, entries, next } = await page('');

    expect(entries).toEqual([]);
    expect(next).not.toBeNull();
    expect(billed.units.readUnits).toBeLessThanOrEqual(PAGE_READ_UNITS);
    expect((await page(keyOf(KEYS - 100))).entries.map(({ data }) => data)).toEqual(['last']);
  });
});

test('values of 256 KiB: a turn writes what 20 pages hold, and a page of the state is 1 MiB', async () => {
  const { say, fold, page } = setUp();
  const data = 'x'.repeat(LIMITS.eventBytes - 300);
  for (let n = 0; n < 110; n++) await say([[`large-${n}`, data]]);
  const first = await fold();
  await fold();
  const { billed, bytes, entries } = await page('');

  // A unit for each KB; at most five values are in a page of the log.
  expect(first.units.writeUnits).toBeLessThanOrEqual(PAGES_A_TURN * 5 * 260);
  expect(first.units.readUnits).toBeLessThanOrEqual(2 * TURN_READ_UNITS);
  expect(entries.length).toBeGreaterThanOrEqual(3);
  expect(bytes).toBeLessThanOrEqual(LIMITS.answerBytes + AROUND_BYTES);
  expect(billed.units.readUnits).toBeLessThanOrEqual(2 * PAGE_READ_UNITS);
}, 60_000);
