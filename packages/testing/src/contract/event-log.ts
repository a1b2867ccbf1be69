/** The contract of `EventLog`. */

import { expect, test } from 'vitest';
import { type Block, eventsAfter, newEvent } from '../../../../lib/log/block.ts';
import type { EventLog, NewBlock } from '../../../../lib/log/ports.ts';
import { LIMITS } from '../../../../lib/protocol/doorbell.ts';
import { newBlock } from './blocks.ts';
import { describeImplementation, fresh, type Implementation, type Stores } from './implementation.ts';

const T0 = Date.parse('2026-01-01T00:00:00.000Z');

/** A block of `count` events at `first`; everything else can be told. */
function block(first: number, count: number, more: Partial<NewBlock> = {}): NewBlock {
  const drafts = Array.from({ length: count }, (_, i) => newEvent(`id-${first + i}`, { place: first + i }));
  return newBlock(first, more.events ?? drafts, { at: new Date(T0).toISOString(), token: fresh(), ...more });
}

/** Blocks of these sizes, one after the other from vid 1 on. */
async function fill(log: EventLog, channel: string, ...sizes: readonly number[]): Promise<void> {
  let first = 1;
  for (const size of sizes) {
    await log.append(channel, block(first, size));
    first += size;
  }
}

const spans = (blocks: readonly Block[]) => blocks.map(({ first, last }) => [first, last]);

/** Reads on and on, as a reader does, until an answer is empty. */
async function readAll(log: EventLog, channel: string, limit: number): Promise<number[]> {
  const vids: number[] = [];
  for (;;) {
    const after = vids.at(-1) ?? 0;
    const blocks = await log.read(channel, after, limit);
    if (blocks.length === 0) return vids;
    vids.push(...blocks.flatMap((one) => eventsAfter(one, after)).map(({ vid }) => vid));
  }
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

export function eventLogContract(implementation: Implementation<Stores>): void {
  describeImplementation('EventLog', implementation, (ports) => {
    test('gives keys back, and none to an event without one', async () => {
      const { log } = ports();
      const channel = fresh();
      const events = [newEvent('a', 1, 'door „3“'), newEvent('b', null, '__proto__'), newEvent('c', 2)];

      await log.append(channel, block(1, 0, { events }));

      const read = await log.read(channel, 0, 10);
      expect(read.flatMap((one) => eventsAfter(one, 0)).map(({ key }) => key)).toEqual([
        'door „3“',
        '__proto__',
        undefined,
      ]);
    });

    test('gives a block back as it was appended', async () => {
      const { log } = ports();
      const channel = fresh();
      const drafts = [
        newEvent('a', { text: 'Tür „Süd“ 🚪' }),
        newEvent('b', null),
        newEvent('c', [1, 'two', false]),
      ];
      const written = block(1, 0, { events: drafts, token: 'token-1' });

      const outcome = await log.append(channel, written);

      expect(outcome).toBe('appended');
      expect(await log.last(channel)).toMatchObject({
        first: 1,
        last: 3,
        epoch: 'e1',
        at: written.at,
        token: 'token-1',
        entries: [
          { id: 'a', data: { text: 'Tür „Süd“ 🚪' } },
          { id: 'b', data: null },
          { id: 'c', data: [1, 'two', false] },
        ],
      });
    });

    test('gives the mark of the queue back as it came, or has none', async () => {
      const { log } = ports();
      const channel = fresh();
      await log.append(channel, block(1, 1));
      await log.append(channel, block(2, 1, { queueMark: '1 q 18849496460467696128 3 1767225600000' }));

      const marks = (await log.read(channel, 0, 10)).map(({ queueMark }) => queueMark);

      expect(marks[0]).toBeUndefined();
      expect([undefined, '1 q 18849496460467696128 3 1767225600000']).toContain(marks[1]);
      expect((await log.last(channel))?.queueMark).toBe(marks[1]);
    });

    test('has nothing in a channel that nobody has written to', async () => {
      const { log } = ports();
      const channel = fresh();

      const found = [await log.last(channel), await log.read(channel, 0, 10), await log.since(channel, 0)];

      expect(found).toEqual([undefined, [], []]);
    });

    test('keeps channels apart', async () => {
      const { log } = ports();
      const [one, other] = [fresh(), fresh()];

      await log.append(one, block(1, 2));

      expect(await log.read(other, 0, 10)).toEqual([]);
    });

    test('leaves a block alone that stands where another one is to go', async () => {
      const { log } = ports();
      const channel = fresh();
      await log.append(channel, block(1, 1, { token: 'first', events: [newEvent('mine', 1)] }));

      const outcome = await log.append(channel, block(1, 3, { token: 'second' }));

      expect(outcome).toBe('conflict');
      const blocks = await log.read(channel, 0, 10);
      expect(blocks).toHaveLength(1);
      expect(blocks[0]).toMatchObject({ token: 'first', last: 1, entries: [{ id: 'mine', data: 1 }] });
    });

    test('gives one number to one of many writers, and that one writes its whole block', async () => {
      const { log } = ports();
      const channel = fresh();
      const blocks = upTo(8).map((size) => block(1, size, { token: `writer-${size}` }));

      const outcomes = await Promise.all(blocks.map((one) => log.append(channel, one)));

      expect(outcomes.filter((outcome) => outcome === 'appended')).toHaveLength(1);
      const winner = blocks[outcomes.indexOf('appended')];
      const standing = await log.last(channel);
      expect(standing?.token).toBe(winner?.token);
      expect(standing?.entries).toHaveLength(winner?.events.length ?? 0);
    });

    test('answers a repeated append with a conflict with its own token', async () => {
      const { log } = ports();
      const channel = fresh();
      const written = block(1, 2);
      await log.append(channel, written);

      const outcome = await log.append(channel, written);

      expect(outcome).toBe('conflict');
      expect((await log.last(channel))?.token).toBe(written.token);
    });

    test('finds the newest block by number, not by text', async () => {
      const { log } = ports();
      const channel = fresh();
      await fill(log, channel, 8, 1, 1, 90);

      const last = await log.last(channel);

      expect(last).toMatchObject({ first: 11, last: 100 });
    });

    test('sees every append that has returned', async () => {
      const { log } = ports();
      const channel = fresh();
      const seen: Array<number | undefined> = [];

      for (const vid of upTo(10)) {
        await log.append(channel, block(vid, 1));
        seen.push((await log.last(channel))?.last, (await log.read(channel, vid - 1, 10))[0]?.last);
      }

      expect(seen).toEqual(upTo(10).flatMap((vid) => [vid, vid]));
    });

    test('reads ascending and contiguous', async () => {
      const { log } = ports();
      const channel = fresh();
      await fill(log, channel, 3, 1, 5, 2);

      const blocks = await log.read(channel, 0, 100);

      expect(spans(blocks)).toEqual([
        [1, 3],
        [4, 4],
        [5, 9],
        [10, 11],
      ]);
    });

    test.for([
      { after: 3, from: 4, what: 'the block after a place between two blocks' },
      { after: 4, from: 4, what: 'the block that reaches across the place' },
      { after: 7, from: 4, what: 'a block of which only the last event is above the place' },
      { after: 8, from: 9, what: 'the newest block' },
    ])('begins with $what', async ({ after, from }) => {
      const { log } = ports();
      const channel = fresh();
      await fill(log, channel, 3, 5, 1);

      const blocks = await log.read(channel, after, 100);

      expect(blocks[0]?.first).toBe(from);
      expect(blocks.at(-1)?.last).toBe(9);
    });

    test('finds the block across the place when a block is as long as it may be', async () => {
      const { log } = ports();
      const channel = fresh();
      await fill(log, channel, LIMITS.blockEvents, LIMITS.blockEvents);

      const [last, all] = [await log.read(channel, 199, 10), await log.read(channel, 1, 500)];

      expect(spans(last)).toEqual([[101, 200]]);
      expect(spans(all)).toEqual([
        [1, 100],
        [101, 200],
      ]);
    });

    test.for([9, 10, 5000])('reads nothing after %i where 9 is the newest', async (after) => {
      const { log } = ports();
      const channel = fresh();
      await fill(log, channel, 3, 5, 1);

      const blocks = await log.read(channel, after, 100);

      expect(blocks).toEqual([]);
    });

    test.for([1, 3, 4, 250])('has at least %i events at hand when that many are asked for', async (limit) => {
      const { log } = ports();
      const channel = fresh();
      await fill(log, channel, 1, 2, 100, 1, 100, 100);

      const blocks = await log.read(channel, 0, limit);

      expect(blocks.flatMap((one) => eventsAfter(one, 0)).length).toBeGreaterThanOrEqual(limit);
    });

    test('counts only events above the place towards the limit', async () => {
      const { log } = ports();
      const channel = fresh();
      await fill(log, channel, 10, 10);

      const blocks = await log.read(channel, 9, 5);

      expect(blocks.flatMap((one) => eventsAfter(one, 9)).length).toBeGreaterThanOrEqual(5);
    });

    test.for([1, 7, 1000])('reaches every event when it is read on with limit %i', async (limit) => {
      const { log } = ports();
      const channel = fresh();
      await fill(log, channel, 4, 1, 30, 1, 1, 13);

      const vids = await readAll(log, channel, limit);

      expect(vids).toEqual(upTo(50));
    });

    test('stops soon after 1 MiB and reaches the rest when it is read on', async () => {
      const { log } = ports();
      const channel = fresh();
      const large = 'x'.repeat(250 * 1024);
      for (const vid of upTo(9))
        await log.append(channel, block(vid, 0, { events: [newEvent(`${vid}`, large)] }));

      const once = await log.read(channel, 0, 1000);
      const all = await readAll(log, channel, 1000);

      // Where a page of DynamoDB ends, within 1 MiB, is not the same on every ground.
      expect(once.length).toBeGreaterThanOrEqual(3);
      expect(once.length).toBeLessThanOrEqual(5);
      expect(all).toEqual(upTo(9));
    });

    test.for([
      { after: 0, limit: 1, spans: [[1, 10]] },
      {
        after: 0,
        limit: 12,
        spans: [
          [1, 10],
          [11, 12],
        ],
      },
      {
        after: 5,
        limit: 6,
        spans: [
          [1, 10],
          [11, 12],
        ],
      },
      {
        after: 10,
        limit: 3,
        spans: [
          [11, 12],
          [13, 13],
        ],
      },
    ])(
      'takes no block that cannot be needed: $limit after $after',
      async ({ after, limit, spans: expected }) => {
        const { log } = ports();
        const channel = fresh();
        await fill(log, channel, 10, 2, 1, 10, 10);

        const blocks = await log.read(channel, after, limit);

        expect(spans(blocks)).toEqual(expected);
      },
    );

    test.for([1, 10, 5000])(
      'finds what comes after numbers that were passed over, with limit %i',
      async (limit) => {
        const { log } = ports();
        const channel = fresh();
        await log.append(channel, block(1, 1));
        await log.append(channel, block(2, 0, { last: 1000 }));
        await log.append(channel, block(1001, 0, { last: 3000 }));
        for (const vid of [3001, 3002]) await log.append(channel, block(vid, 1));

        for (const after of [1, 2, 1500, 2999]) {
          const blocks = await log.read(channel, after, limit);
          const vids = blocks.flatMap((one) => eventsAfter(one, after)).map(({ vid }) => vid);
          expect(vids[0]).toBe(3001);
        }
        expect(await readAll(log, channel, limit)).toEqual([1, 3001, 3002]);
      },
    );

    test('reads on over numbers that were passed over, and no further than it must', async () => {
      const { log } = ports();
      const channel = fresh();
      await log.append(channel, block(1, 5));
      await log.append(channel, block(6, 0, { last: 1000 }));
      for (const vid of [1001, 1002, 1003]) await log.append(channel, block(vid, 1));

      const blocks = await log.read(channel, 3, 4);

      expect(spans(blocks).slice(0, 3)).toEqual([
        [1, 5],
        [6, 1000],
        [1001, 1001],
      ]);
    });

    test('reads on from where the oldest blocks are gone', async () => {
      const { log } = ports();
      const channel = fresh();
      for (const vid of [70_001, 70_002, 70_003]) await log.append(channel, block(vid, 1));

      expect((await log.read(channel, 0, 2)).map(({ first }) => first)).toEqual([70_001, 70_002]);
      expect((await log.read(channel, 500, 1)).map(({ first }) => first)).toEqual([70_001]);
    });

    test('tells the newest block above a place, or that there is none', async () => {
      const { log } = ports();
      const channel = fresh();
      await fill(log, channel, 3, 5, 1);

      const found = await Promise.all([0, 3, 8, 9].map((after) => log.last(channel, after)));

      expect(found.map((one) => one?.first)).toEqual([9, 9, 9, undefined]);
    });

    test('keeps a block of the largest size, whatever its ids hold', async () => {
      const { log } = ports();
      const channel = fresh();
      // The longest ids, of characters that JSON writes in six bytes each.
      const id = (i: number) => `${String(i).padStart(3, '0')}${'\u0001'.repeat(LIMITS.idLength - 3)}`;
      const data = 'x'.repeat(LIMITS.blockBytes / LIMITS.blockEvents - 3);
      const drafts = upTo(LIMITS.blockEvents).map((i) => newEvent(id(i), data));

      const outcome = await log.append(channel, block(1, 0, { events: drafts }));

      expect(outcome).toBe('appended');
      expect((await log.last(channel))?.entries.at(-1)).toEqual({ id: id(100), data });
    });

    test('tells which blocks were appended at a moment or later, ascending', async () => {
      const { log } = ports();
      const channel = fresh();
      for (const vid of upTo(4)) {
        await log.append(channel, block(vid, 1, { at: new Date(T0 + vid * 1000).toISOString() }));
      }

      const blocks = await log.since(channel, T0 + 2000);

      expect(spans(blocks)).toEqual([
        [2, 2],
        [3, 3],
        [4, 4],
      ]);
    });

    test('tells every block since a moment, across more than 1 MiB', async () => {
      const { log } = ports();
      const channel = fresh();
      const large = 'x'.repeat(250 * 1024);
      for (const vid of upTo(6))
        await log.append(channel, block(vid, 0, { events: [newEvent(`${vid}`, large)] }));

      const [all, none] = [await log.since(channel, T0), await log.since(channel, T0 + 1)];

      expect(all.map(({ first }) => first)).toEqual(upTo(6));
      expect(none).toEqual([]);
    });
  });
}
