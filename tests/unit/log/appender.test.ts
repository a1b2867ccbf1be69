/** Appending: numbers without gaps, one block for everything that waits, and other writers. */

import { expect, test } from 'vitest';
import type { NewBlock } from '../../../lib/log/ports.ts';
import { replacing } from '../../support/memory/doubles.ts';
import {
  draftsFor,
  eventsIn,
  type MemoryProcess,
  memoryProcess,
  memoryWorld,
} from '../../support/memory/world.ts';

const ids = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

function append(process: MemoryProcess, ...names: readonly string[]) {
  return process.publish.appender.append('doors', draftsFor(names), false);
}

function spans(world: ReturnType<typeof memoryWorld>) {
  return world.log.blocks('doors').map(({ first, last }) => [first, last]);
}

test('numbers events from 1 on, without gaps', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);

  const answers = [
    (await append(process, 'a')).answer,
    (await append(process, 'b', 'c', 'd')).answer,
    (await append(process, 'e')).answer,
  ];

  expect(answers).toEqual([
    { first: 1, last: 1, count: 1, duplicates: 0 },
    { first: 2, last: 4, count: 3, duplicates: 0 },
    { first: 5, last: 5, count: 1, duplicates: 0 },
  ]);
  expect(eventsIn(world, 'doors').map(({ vid, id }) => [vid, id])).toEqual([
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
    [4, 'd'],
    [5, 'e'],
  ]);
});

test('an appender returns the block that it has written, so that it can be rung', async () => {
  const world = memoryWorld();

  const { block } = await append(memoryProcess(world), 'a', 'b');

  const at = new Date(world.clock.now()).toISOString();
  expect(block).toMatchObject({ first: 1, at, events: draftsFor(['a', 'b']) });
});

test('numbers every channel by itself', async () => {
  const world = memoryWorld();
  const { appender } = memoryProcess(world).publish;

  await appender.append('doors', draftsFor(['a', 'b']), false);
  const { answer } = await appender.append('alerts', draftsFor(['c']), false);

  expect(answer.first).toBe(1);
});

test('commits everything that comes while a block is being written as one block, in order', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);

  const appended = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => append(process, id)));

  expect(spans(world)).toEqual([
    [1, 1],
    [2, 5],
  ]);
  expect(appended.map(({ answer }) => answer.first)).toEqual([1, 2, 3, 4, 5]);
  expect(eventsIn(world, 'doors').map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('an appender gives publishers of one block the same block, so that it is rung once', async () => {
  const process = memoryProcess(memoryWorld());

  const [, two, three] = await Promise.all([
    append(process, 'a'),
    append(process, 'b'),
    append(process, 'c'),
  ]);

  expect(two.block).toBe(three.block);
});

test('an appender never splits a batch, and keeps the order of batches that do not fit', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);

  const batches = [1, 60, 40, 1, 99, 2].map((size, i) => append(process, ...ids(size, `batch-${i}-`)));
  const answers = (await Promise.all(batches)).map(({ answer }) => [answer.first, answer.last]);

  expect(answers).toEqual([
    [1, 1],
    [2, 61],
    [62, 101],
    [102, 102],
    [103, 201],
    [202, 203],
  ]);
  expect(spans(world)).toEqual([
    [1, 1],
    [2, 101],
    [102, 201],
    [202, 203],
  ]);
});

test('an appender goes on after what another writer has appended, at the cost of one conflict', async () => {
  const world = memoryWorld();
  const [one, other] = [memoryProcess(world), memoryProcess(world)];
  await append(one, 'a');
  await append(other, 'b', 'c');

  const appended = append(one, 'd');
  await world.clock.advance(1000);

  expect((await appended).answer.first).toBe(4);
  expect(one.meter.of('AppendConflicts')).toBe(1);
  expect(eventsIn(world, 'doors').map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
});

test('tries again as often as another writer is faster', async () => {
  const world = memoryWorld();
  const other = memoryProcess(world);
  let races = 5;
  const log = replacing(world.log, {
    append: async (channel: string, block: NewBlock) => {
      if (races > 0) {
        races--;
        const rival = append(other, `rival-${races}`);
        await rival;
      }
      return world.log.append(channel, block);
    },
  });
  const process = memoryProcess(world, { log });

  const appended = append(process, 'mine');
  await world.clock.advance(5000);

  expect((await appended).answer.first).toBe(6);
  expect(process.meter.of('AppendConflicts')).toBe(5);
});

test('lives the life that another writer began while it was about to begin one', async () => {
  const world = memoryWorld();
  const [one, other] = [memoryProcess(world), memoryProcess(world)];

  const appended = Promise.all([append(one, 'a'), append(other, 'b')]);
  await world.clock.advance(1000);
  await appended;

  const epochs = new Set(world.log.blocks('doors').map(({ epoch }) => epoch));
  expect([...epochs]).toEqual([(await world.log.get('doors'))?.epoch]);
  expect(eventsIn(world, 'doors').map(({ vid }) => vid)).toEqual([1, 2]);
});

test('counts what it appends', async () => {
  const process = memoryProcess(memoryWorld());

  await Promise.all([append(process, 'a'), append(process, 'b', 'c')]);

  expect(process.meter.of('EventsPublished')).toBe(3);
});
