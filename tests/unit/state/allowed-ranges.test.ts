/** The state for a token of some keys: what it may see of it, in pages whose ends tell nothing else. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coversKey } from '../../../lib/auth/key-grants.ts';
import { newEvent } from '../../../lib/log/block.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { foldChannel } from '../../../lib/state/fold-channel.ts';
import { readState } from '../../../lib/state/read-state.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryStates } from '../../../packages/testing/src/memory/states.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { Calls, counting } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

async function setUp(keys: readonly string[], foldedKeys: number, data: unknown = 1) {
  const log = new MemoryLog();
  const states = new MemoryStates();
  const clock = new FakeClock();
  const calls = new Calls();
  const ports = {
    log: counting(log, calls),
    headReader: new HeadReader({ log, records: log, clock }),
    states: counting(states, calls),
  };
  await log.begin('site', { epoch: 'e1', highWaterMark: 1_000_000 });
  const append = (first: number, some: readonly string[]) =>
    some.length > 0 &&
    log.append(
      'site',
      newBlock(
        first,
        some.map((key, i) => newEvent(`id-${first + i}`, data, key)),
        { epoch: 'e1', expires: 9e15 },
      ),
    );
  await append(1, keys.slice(0, foldedKeys));
  await foldChannel({ log, records: log, states, clock }, 'site', Number.POSITIVE_INFINITY);
  await append(foldedKeys + 1, keys.slice(foldedKeys));
  /** All pages, and where each ended. */
  const read = async (grants: readonly string[], prefix = '') => {
    const seen: string[] = [];
    const ends: string[] = [];
    for (let after = ''; ; ) {
      const caller = { read: grants.map((grant) => `site#${grant}`), write: [] };
      const { entries, next } = await readState(ports, caller, 'site', { prefix, after, keys: [] });
      seen.push(...entries.map(({ key }) => key));
      if (next === null) return { seen, ends };
      ends.push(next);
      after = next;
      if (ends.length > 500) throw new Error('the pages do not end');
    }
  };
  return { read, calls };
}

const part = fc.constantFrom('a', 'b', 'é', '\u{1f514}', '\uffff', '1');
const keyOf = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
const grantOf = fc.oneof(
  keyOf,
  keyOf.map((key) => `${key}.*`),
  fc.constant('*'),
);

test('a token is given every key that it may see and no other, whatever its grants are, and no page ends at another', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(keyOf, { minLength: 1, maxLength: 40 }),
      fc.array(grantOf, { minLength: 1, maxLength: 45 }),
      fc.nat(40),
      fc.boolean(),
      async (keys, grants, folded, isLarge) => {
        const data = isLarge ? 'x'.repeat(200_000) : 1;
        const { read } = await setUp(keys, Math.min(folded, keys.length), data);

        const { seen, ends } = await read(grants);

        const allowed = keys.filter((key) => coversKey(grants, key)).sort();
        expect([...new Set(seen)].sort()).toEqual(allowed);
        const hidden = keys.filter((key) => !coversKey(grants, key) && !grants.includes(`${key}.*`));
        expect(ends.filter((end) => hidden.includes(end) && !grants.includes(end))).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

test('a page is read from 20 ranges at most, and the log once for all of them', async () => {
  const keys = Array.from({ length: 90 }, (_, i) => `k${String(i).padStart(2, '0')}.x`);
  const { read, calls } = await setUp(keys, 50);

  const { seen, ends } = await read(keys.map((key) => key.replace('x', '*')));

  expect(seen).toEqual(keys);
  expect(ends).toHaveLength(4);
  // That where a page has ended is looked at once more.
  expect(calls.of('page')).toBe(90 + ends.length);
  expect(calls.of('read')).toBeLessThanOrEqual(10);
});

test('a prefix that the token covers in part is answered with that part', async () => {
  const { read } = await setUp(['a', 'a.1', 'a.2', 'ab', 'b.1'], 2);

  expect((await read(['a.*', 'b.*'], 'a')).seen).toEqual(['a.1', 'a.2']);
  expect((await read(['ab', 'b.*'], 'a')).seen).toEqual(['ab']);
});
