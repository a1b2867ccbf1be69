/** Reading a life whose beginning is in other logs. */

import { expect, test } from 'vitest';
import { type Mark, NEVER, newEvent } from '../../../lib/log/block.ts';
import { readLineage } from '../../../lib/log/read/lineage.ts';
import { Calls, counting } from '../../support/memory/doubles.ts';
import { memoryWorld } from '../../support/memory/world.ts';

const LIFE = {
  log: 'c',
  stamp: 3,
  segments: [
    { log: 'a', upTo: 3, stamp: 1 },
    { log: 'b', upTo: 5, stamp: 2 },
  ],
};

/** Logs `a` to `c`: a has 1 to 6 in two blocks, b has 4 to 8 and is closed, c has 6 to 7. */
async function logs(bytes: boolean) {
  const { log } = memoryWorld();
  const put = (name: string, first: number, last: number, mark?: Mark) => {
    const numbers = Array.from({ length: last + 1 - first }, (_, i) => first + i);
    const held = bytes
      ? { events: [], bytes: Uint8Array.from(numbers) }
      : { events: numbers.map((n) => newEvent(`${name}${n}`, n)) };
    const writers = { producers: [{ id: name, epoch: 0, seq: first }] };
    const end = mark ? { last: last + 1, mark } : { last };
    const block = { first, ...end, epoch: name, at: '2026-01-01T00:00:00.000Z', token: name, writers };
    return log.append(name, { ...block, expires: NEVER, ...held });
  };
  await put('a', 1, 2);
  await put('a', 3, 6);
  await put('b', 4, 8, 'closed');
  await put('c', 6, 7);
  const calls = new Calls();
  return { log: counting(log, calls), calls };
}

type Blocks = Awaited<ReturnType<typeof readLineage>>;
const numbersOf = (blocks: Blocks) =>
  blocks.flatMap(({ entries, bytes }) => (bytes ? [...bytes] : entries.map(({ data }) => data)));

test.each([
  { kind: 'messages', bytes: false },
  { kind: 'bytes', bytes: true },
])('$kind are each read once, from the log that they are inherited from', async ({ bytes }) => {
  const { log } = await logs(bytes);

  for (let after = 0; after <= 7; after++) {
    const numbers = numbersOf(await readLineage(log, LIFE, after, 100));
    // The first block perhaps reaches below the place.
    expect(numbers.filter((n) => Number(n) > after)).toEqual([1, 2, 3, 4, 5, 6, 7].slice(after));
    expect(numbers.toSorted()).toEqual(numbers);
  }
});

test('what is inherited has its own end, no mark, no writers, and does not expire', async () => {
  const { log } = await logs(false);

  const blocks = await readLineage(log, LIFE, 0, 100);

  expect(blocks.map(({ first, last, mark }) => [first, last, mark])).toEqual([
    [1, 2, undefined],
    [3, 3, undefined],
    [4, 5, undefined],
    [6, 7, undefined],
  ]);
  expect(blocks.map(({ writers }) => writers !== undefined)).toEqual([false, false, false, true]);
  expect(blocks[1]?.expires).toBe(NEVER);
});

test('a mark at the very end of what is inherited ends nothing', async () => {
  const { log } = await logs(false);
  const whole = { log: 'c', stamp: 3, segments: [{ log: 'b', upTo: 8, stamp: 1 }] };

  const [block] = await readLineage(log, whole, 3, 100);

  expect(block).toMatchObject({ first: 4, last: 8 });
  expect(block).not.toHaveProperty('mark');
  expect(block?.entries).toHaveLength(5);
});

test('a log that is behind the place is not read', async () => {
  const { log, calls } = await logs(false);

  await readLineage(log, LIFE, 3, 100);
  const two = calls.of('read');
  calls.clear();
  await readLineage(log, LIFE, 5, 100);

  expect([two, calls.of('read')]).toEqual([2, 1]);
});

test('a log that has more of what is inherited is read on before the next one', async () => {
  const { log, calls } = await logs(false);

  const blocks = await readLineage(log, LIFE, 0, 2);

  expect([numbersOf(blocks), calls.of('read')]).toEqual([[1, 2], 1]);
});

test('every block has the epoch of the life that is read', async () => {
  const { log } = await logs(false);

  const blocks = await readLineage(log, { ...LIFE, log: 'c' }, 0, 100);

  expect(blocks.map(({ epoch }) => epoch)).toEqual(['3', '3', '3', 'c']);
});

test('what has expired of a log does not hold up what comes behind it', async () => {
  const { log } = await logs(false);
  const segments = [{ log: 'expired', upTo: 3, stamp: 1 }, ...LIFE.segments.slice(1)];

  const numbers = numbersOf(await readLineage(log, { ...LIFE, segments }, 0, 100));

  expect(numbers).toEqual([4, 5, 6, 7]);
});
