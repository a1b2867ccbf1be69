/** A state in pages: no answer is larger than its limit, and no page has a key that belongs on the next one. */

import { expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { newEvent } from '../../../lib/log/block.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { NO_STATE, type StateStore } from '../../../lib/state/ports.ts';
import { readState } from '../../../lib/state/read-state.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { FakeClock } from '../../support/time/clock.ts';

/** A channel with one event for each key, and what is kept of its state beside the log. */
async function setUp(data: Readonly<Record<string, unknown>>, states: StateStore = NO_STATE) {
  const log = new MemoryLog();
  const headReader = new HeadReader({ log, records: log, clock: new FakeClock() });
  await log.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
  for (const [i, [key, value]] of Object.entries(data).entries())
    await log.append('doors', newBlock(i + 1, [newEvent(`id-${i}`, value, key)], { epoch: 'e1' }));
  return async (after = '') => {
    const range = { prefix: '', after, keys: [] };
    return readState({ log, headReader, states }, TRUSTED, 'doors', range);
  };
}

const keysOf = ({ entries }: { readonly entries: ReadonlyArray<{ readonly key: string }> }) =>
  entries.map(({ key }) => key);

test('an answer holds as many entries as its bytes allow, and says where the next one begins', async () => {
  const third = 'x'.repeat(LIMITS.answerBytes / 3);
  const read = await setUp({ a: third, b: third, c: third, d: third });

  const first = await read();
  const second = await read(first.next ?? '');

  expect([keysOf(first), first.next]).toEqual([['a', 'b'], 'b']);
  expect([keysOf(second), second.next]).toEqual([['c', 'd'], null]);
  expect(Buffer.byteLength(JSON.stringify(first.entries))).toBeLessThanOrEqual(LIMITS.answerBytes);
});

test('an answer that is exactly as large as its limit is not cut', async () => {
  const small = await setUp({ a: '', b: '' });
  const bytes = Buffer.byteLength(JSON.stringify((await small()).entries));
  // One comma for each entry is counted, and a bracket is not.
  const filling = 'x'.repeat(LIMITS.answerBytes - bytes + 1);
  const whole = await setUp({ a: '', b: filling });
  const larger = await setUp({ a: '', b: `${filling}x` });

  expect([keysOf(await whole()), keysOf(await larger())]).toEqual([['a', 'b'], ['a']]);
});

test('a page of what is kept gets what the log has of its own keys, and no key behind it', async () => {
  const at = '2026-01-01T00:00:00.000Z';
  const kept: StateStore = {
    page: async () => ({
      upTo: 0,
      entries: [
        { key: 'a', vid: 0, id: 'old', at, data: 'old' },
        { key: 'c', vid: 0, id: 'old', at, data: 'old' },
      ],
      next: 'c',
    }),
    foldedTo: async () => 0,
  };
  const read = await setUp({ a: 'new', b: 'new', d: 'new' }, kept);

  const page = await read();

  expect(page.entries.map(({ key, data }) => [key, data])).toEqual([
    ['a', 'new'],
    ['b', 'new'],
    ['c', 'old'],
  ]);
  expect(page.next).toBe('c');
});
