/** Digests: all ids of a span in 4 bytes each, the same in every process, and where spans end. */

import { describe, expect, test } from 'vitest';
import {
  bytesOfHashes,
  endsSpan,
  hashesOfBytes,
  hashOf,
  IdSpan,
  mayHold,
  type SpanBlock,
} from '../../../lib/log/append/id-digest.ts';
import type { IdDigest } from '../../../lib/log/ports.ts';
import { range } from '../../support/http/http.ts';

const idsFrom = (first: number, count: number) => range(first, first + count - 1).map((n) => `id-${n}`);

function block(first: number, count: number, eventLength = 100): SpanBlock {
  const entries = idsFrom(first, count).map((id) => ({ id, data: 0 }));
  const at = new Date(first * 1_000).toISOString();
  return { first, last: first + count - 1, at, entries, textLength: count * eventLength };
}

/** What the span has given for blocks of `size` events up to `last`. */
function digestsOf(span: IdSpan, size: number, last: number, eventLength?: number): IdDigest[] {
  const digests: IdDigest[] = [];
  for (let first = 1; first < last; first += size) {
    const digest = span.add(block(first, size, eventLength), 'e1');
    if (digest) digests.push(digest);
  }
  return digests;
}

test('the hash of an id is the same in every version: digests are kept', () => {
  expect(['', 'a', 'order-1', 'order-2', 'Tür 🚪'].map(hashOf)).toMatchInlineSnapshot(`
    [
      2872998923,
      444641715,
      2449496732,
      2010665664,
      1118980253,
    ]
  `);
});

test('hashes of ids that are alike are not: of 100,000 some 1.2 pairs may meet', () => {
  const hashes = new Set(range(1, 100_000).map((n) => hashOf(`order-${n}`)));

  expect(hashes.size).toBeGreaterThan(99_990);
});

test('a digest may hold every id of its span, and hardly any other', () => {
  const [digest] = digestsOf(new IdSpan(0), 100, 1_000);
  if (!digest) throw new Error('the span has not ended');

  expect(idsFrom(1, 1_000).every((id) => mayHold(digest, hashOf(id)))).toBe(true);
  expect(idsFrom(5_000, 10_000).filter((id) => mayHold(digest, hashOf(id))).length).toBeLessThan(3);
});

test('hashes are kept in 4 bytes each', () => {
  const hashes = Uint32Array.from([0, 1, 0x7fffffff, 0x80000000, 0xffffffff]);

  const bytes = bytesOfHashes(hashes);

  expect(bytes.length).toBe(20);
  expect(hashesOfBytes(bytes)).toEqual(hashes);
});

describe('a span', () => {
  test('ends with the block that passes a step, and the next begins after it', () => {
    const digests = digestsOf(new IdSpan(0), 30, 2_100);

    expect(digests.map(({ first, last }) => [first, last])).toEqual([
      [1, 1_020],
      [1_021, 2_010],
    ]);
    expect(digests[0]).toMatchObject({ epoch: 'e1', at: 991_000 });
    expect(digests[0]?.hashes.length).toBe(1_020);
  });

  test('ends at the same blocks, wherever a process begins to look', () => {
    const early = new IdSpan(0);
    const late = new IdSpan(600);
    const blocks = range(0, 69).map((n) => block(1 + n * 30, 30));

    const ends = (span: IdSpan, from: number) =>
      blocks.filter(({ first }) => first > from).flatMap((one) => span.add(one, 'e1')?.last ?? []);

    expect(ends(late, 600)).toEqual(ends(early, 0));
  });

  test('begins anew where numbers were not seen', () => {
    const span = new IdSpan(0);
    span.add(block(1, 10), 'e1');

    const digest = span.add(block(990, 20), 'e1');

    expect(digest).toMatchObject({ first: 990, last: 1_009 });
  });

  test.for([
    { eventLength: 100, step: 1_000 },
    { eventLength: 2_000, step: 100 },
    { eventLength: 20_000, step: 10 },
    { eventLength: 250_000, step: 1 },
  ])('of events of $eventLength ends each $step', ({ eventLength, step }) => {
    const ends = range(1, 2_000).filter((vid) => endsSpan(block(vid, 1, eventLength)));

    expect(ends).toEqual(range(1, 2_000 / step).map((n) => n * step));
  });

  test('that nobody ends does not grow without bound', () => {
    const span = new IdSpan(0, 1_000_000);
    for (let first = 1; first < 990_000; first += 100) span.add(block(first, 100), 'e1');

    const digest = span.add(block(999_901, 100), 'e1');

    expect(digest?.hashes.length).toBeLessThan(25_000);
  });
});
