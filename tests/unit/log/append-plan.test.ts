/** What a block will hold, and where each batch then stands. */

import { describe, expect, test } from 'vitest';
import { firstBlock, idsToCompare, planBlock } from '../../../lib/log/append/append-plan.ts';
import type { NewEvent } from '../../../lib/log/block.ts';
import { MAX_PRODUCERS } from '../../../lib/log/writers.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { newEventsFor } from '../../support/memory/world.ts';

const batch = (...ids: readonly string[]) => ({ events: newEventsFor(ids), hasProducerIds: true });
const batchOf = (size: number) => ({
  events: newEventsFor(Array.from({ length: size }, (_, i) => `id-${i}`)),
  hasProducerIds: true,
});
const batchOfBytes = (bytes: number) => ({
  events: [{ id: 'a', data: '', json: '', bytes }],
  hasProducerIds: false,
});
const stateWith = (head: number, ids: Readonly<Record<string, number>>) => ({
  head,
  ids: new Map(Object.entries(ids).map(([id, vid]) => [id, { vid, at: 0 }])),
  queueMark: undefined,
});

describe('firstBlock', () => {
  test('takes no more producers than stand on a block, and any number of batches of these', () => {
    const of = (id: string, seq: number) => ({
      events: newEventsFor([`${id}${seq}`]),
      hasProducerIds: false,
      write: { life: 'e1', producer: { id, epoch: 0, seq } },
    });
    const waiting = Array.from({ length: 2 * MAX_PRODUCERS }, (_, i) => of(`p${i % MAX_PRODUCERS}`, i));

    expect(firstBlock([...waiting, of('other', 0), of('p0', 99)])).toEqual(waiting);
  });

  test.each([
    { what: 'nobody waits', waiting: [], taken: 0 },
    { what: 'all fit', waiting: [batchOf(60), batchOf(39), batchOf(1)], taken: 3 },
    {
      what: 'the second does not fit, though the third would',
      waiting: [batchOf(60), batchOf(41), batchOf(1)],
      taken: 1,
    },
    {
      what: 'the first alone is more than a call has room for',
      waiting: [batchOf(200_000), batchOf(1)],
      taken: 1,
    },
    { what: 'the first fills it', waiting: [batchOfBytes(LIMITS.blockBytes), batchOfBytes(1)], taken: 1 },
  ])('takes $taken from the front when $what', ({ waiting, taken }) => {
    expect(firstBlock(waiting)).toEqual(waiting.slice(0, taken));
  });
});

describe('a publisher of some keys', () => {
  const keyed = (id: string, key: string | undefined, own?: string) => ({
    events: newEventsFor([id]).map((one) => (key === undefined ? one : { ...one, key })),
    hasProducerIds: true,
    ...(own === undefined ? {} : { isOwn: (of: string | undefined) => of === own }),
  });
  const state = (key?: string) => ({
    head: 7,
    ids: new Map([['x', { vid: 3, at: 0, ...(key === undefined ? {} : { key }) }]]),
    queueMark: undefined,
  });

  test.each([['k1'], [undefined]])('is refused an id that stands under %s, and told no vid', (key) => {
    const { events, places } = planBlock(state(key), [keyed('x', 'k2', 'k2')], 0);

    expect(events).toEqual([]);
    expect(places).toMatchObject([{ foreignId: 'x', answer: { first: 0, last: 0, count: 0 } }]);
  });

  test('is told of a duplicate of its own keys', () => {
    const { places } = planBlock(state('k2'), [keyed('x', 'k2', 'k2')], 0);

    expect(places).toMatchObject([{ answer: { first: 3, last: 3, count: 0, duplicates: 1 } }]);
  });

  test('is refused an id that comes in the same block under another key, and its neighbours are not', () => {
    const batches = [
      keyed('y', 'k1', 'k1'),
      keyed('y', 'k2', 'k2'),
      keyed('z', 'k3', 'k3'),
      keyed('y', 'k4'),
    ];
    const { events, places } = planBlock(state(), batches, 0);

    expect(events.map(({ id, key }) => [id, key])).toEqual([
      ['y', 'k1'],
      ['z', 'k3'],
    ]);
    expect(places.map(({ foreignId }) => foreignId)).toEqual([undefined, 'y', undefined, undefined]);
    expect(places[3]?.answer).toEqual({ first: 8, last: 8, count: 0, duplicates: 1 });
  });
});

describe('planBlock', () => {
  test('numbers new drafts from the head on, batch by batch', () => {
    const { events, places } = planBlock(stateWith(7, {}), [batch('a', 'b'), batch('c')], 0);

    expect(events).toEqual(newEventsFor(['a', 'b', 'c']));
    expect(places.map(({ answer }) => answer)).toEqual([
      { first: 8, last: 9, count: 2, duplicates: 0 },
      { first: 10, last: 10, count: 1, duplicates: 0 },
    ]);
  });

  test('leaves out what is in the log, or earlier in the block, and says where it stands', () => {
    const { events, places } = planBlock(stateWith(7, { a: 3 }), [batch('a', 'b'), batch('b', 'a')], 0);

    expect(events).toEqual(newEventsFor(['b']));
    expect(places.map(({ answer }) => answer)).toEqual([
      { first: 3, last: 8, count: 1, duplicates: 1 },
      { first: 3, last: 8, count: 0, duplicates: 2 },
    ]);
  });

  test('compares no ids of a batch that has none of a producer', () => {
    const { events } = planBlock(stateWith(7, { a: 3 }), [{ ...batch('a'), hasProducerIds: false }], 0);

    expect(events).toEqual(newEventsFor(['a']));
  });

  test('leaves out what the mark of the queue has, and moves the mark to the last event', () => {
    const mark = { queue: 'q', sequence: '5', count: 1, at: 1_000 };
    const queued = (id: string, sequence: string) => ({
      ...newEventsFor([id])[0],
      place: { queue: 'q', sequence, index: 0, sentAt: 900 },
    });
    const events = [queued('a', '5'), queued('b', '6')] as readonly NewEvent[];
    const state = { head: 7, ids: undefined, queueMark: mark };

    const plan = planBlock(state, [{ events, hasProducerIds: false }], 2_000);

    expect(idsToCompare(state, [{ events, hasProducerIds: false }])).toEqual([]);
    expect(idsToCompare(state, [{ events, hasProducerIds: true }])).toEqual(['b']);
    expect(plan.events.map(({ id }) => id)).toEqual(['b']);
    expect(plan.places[0]?.answer).toEqual({ first: 7, last: 8, count: 1, duplicates: 1 });
    expect(plan.queueMark).toBe('1 q 6 1 2000');
  });
});
