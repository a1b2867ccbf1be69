/** What a block will hold, and where each batch then stands. */

import { describe, expect, test } from 'vitest';
import { firstBlock, planBlock } from '../../../lib/log/append/append-plan.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { newEventsFor } from '../../support/memory/world.ts';

const batch = (...ids: readonly string[]) => ({ events: newEventsFor(ids), hasProducerIds: true });
const batchOf = (size: number) => batch(...Array.from({ length: size }, (_, i) => `id-${i}`));
const batchOfBytes = (bytes: number) => ({
  events: [{ id: 'a', data: '', json: '', bytes }],
  hasProducerIds: false,
});
const stateWith = (head: number, ids: Readonly<Record<string, number>>) => ({
  head,
  ids: new Map(Object.entries(ids).map(([id, vid]) => [id, { vid, at: 0 }])),
});

describe('firstBlock', () => {
  test.each([
    { what: 'nobody waits', waiting: [], taken: 0 },
    { what: 'all fit', waiting: [batchOf(60), batchOf(39), batchOf(1)], taken: 3 },
    {
      what: 'the second does not fit, though the third would',
      waiting: [batchOf(60), batchOf(41), batchOf(1)],
      taken: 1,
    },
    { what: 'the first fills it', waiting: [batchOfBytes(LIMITS.blockBytes), batchOfBytes(1)], taken: 1 },
  ])('takes $taken from the front when $what', ({ waiting, taken }) => {
    expect(firstBlock(waiting)).toEqual(waiting.slice(0, taken));
  });
});

describe('planBlock', () => {
  test('numbers new drafts from the head on, batch by batch', () => {
    const { events, places } = planBlock(stateWith(7, {}), [batch('a', 'b'), batch('c')]);

    expect(events).toEqual(newEventsFor(['a', 'b', 'c']));
    expect(places.map(({ answer }) => answer)).toEqual([
      { first: 8, last: 9, count: 2, duplicates: 0 },
      { first: 10, last: 10, count: 1, duplicates: 0 },
    ]);
  });

  test('leaves out what is in the log, or earlier in the block, and says where it stands', () => {
    const { events, places } = planBlock(stateWith(7, { a: 3 }), [batch('a', 'b'), batch('b', 'a')]);

    expect(events).toEqual(newEventsFor(['b']));
    expect(places.map(({ answer }) => answer)).toEqual([
      { first: 3, last: 8, count: 1, duplicates: 1 },
      { first: 3, last: 8, count: 0, duplicates: 2 },
    ]);
  });

  test('compares no ids of a batch that has none of a producer', () => {
    const { events } = planBlock(stateWith(7, { a: 3 }), [{ ...batch('a'), hasProducerIds: false }]);

    expect(events).toEqual(newEventsFor(['a']));
  });
});
