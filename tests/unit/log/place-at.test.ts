/** A reader that begins at a time begins before the first event of that time or later. */

import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import { placeAt } from '../../../lib/log/read/place-at.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';

const START = Date.UTC(2026, 10, 29);

/** Blocks of these widths, a second after each other. */
async function logOf(widths: readonly number[]) {
  const log = new MemoryLog();
  let head = 0;
  for (const [second, width] of widths.entries()) {
    const events = Array.from({ length: width }, (_, i) => newEvent(`${head + i}`, i));
    const at = new Date(START + second * 1_000).toISOString();
    await log.append('doors', newBlock(head + 1, events, { at }));
    head += width;
  }
  return { log, head: { vid: head, epoch: 'e' } };
}

describe('a log of three blocks, a second after each other', () => {
  test.each([
    ['before the first', -1, 0],
    ['at the first', 0, 0],
    ['between the first and the second', 500, 3],
    ['at the second', 1_000, 3],
    ['just behind it', 1_001, 4],
    ['at the last', 2_000, 4],
    ['behind the last', 2_001, 6],
  ])('%s', async (_, ms, place) => {
    const { log, head } = await logOf([3, 1, 2]);

    expect(await placeAt(log, 'doors', START + ms, head)).toBe(place);
  });
});

test('what has expired is not missed', async () => {
  const { log, head } = await logOf([3, 1, 2]);
  log.expire('doors', 3);

  expect(await placeAt(log, 'doors', START - 1, head)).toBe(3);
  log.expire('doors');
  expect(await placeAt(log, 'doors', START - 1, head)).toBe(6);
});

test('a channel without events begins at its beginning', async () => {
  expect(await placeAt(new MemoryLog(), 'doors', START, { vid: 0, epoch: null })).toBe(0);
});

test('every time of a long log, in few reads', async () => {
  const { log, head } = await logOf(Array.from({ length: 300 }, (_, i) => 1 + (i % 7)));
  let most = 0;
  for (let second = 0; second < 300; second += 7) {
    let reads = 0;
    const counted = {
      read: (...args: Parameters<MemoryLog['read']>) => {
        reads++;
        return log.read(...args);
      },
    };
    const place = await placeAt(counted, 'doors', START + second * 1_000, head);
    const [block] = await log.read('doors', place, 1);
    expect([block?.first, block?.at]).toEqual([place + 1, new Date(START + second * 1_000).toISOString()]);
    most = Math.max(most, reads);
  }

  expect(most).toBeLessThan(13);
});
