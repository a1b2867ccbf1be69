/** A newest block that is large is read once; what came since is asked for from then on. */

import { expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { Calls, counting, replacing } from '../../support/memory/doubles.ts';
import { memoryWorld, WEEK_MS } from '../../support/memory/world.ts';

const LARGE = 'x'.repeat(10_000);

function setUp() {
  const world = memoryWorld();
  const calls = new Calls();
  /** Whole blocks that were read. */
  let blocks = 0;
  const counted = counting(world.log, calls);
  const log = replacing(counted, {
    last: async (channel, after) => {
      const block = await counted.last(channel, after);
      if (block) blocks++;
      return block;
    },
  });
  const headReader = new HeadReader({ log, records: log, clock: world.clock });
  const append = async (first: number, data: string, epoch = 'e1') => {
    const at = new Date(world.clock.now()).toISOString();
    await world.log.append('doors', newBlock(first, [newEvent(`id-${first}`, data)], { epoch, at }));
    await world.log.begin('doors', { epoch, highWaterMark: 1_000 });
  };
  const check = async () => {
    const before = blocks;
    const { head, block } = await headReader.check('doors');
    return { head, block: block?.last, read: blocks - before };
  };
  return { world, calls, append, check };
}

const headAt = (vid: number, epoch = 'e1') => ({ vid, epoch });

test('is not read again while nothing comes', async () => {
  const { append, check, calls } = setUp();
  await append(1, LARGE);

  expect(await check()).toEqual({ head: headAt(1), block: 1, read: 1 });
  calls.clear();
  expect(await check()).toEqual({ head: headAt(1), block: undefined, read: 0 });
  expect(calls.all).toEqual({ last: 1, get: 1 });
});

test('a small one is read in each check, in one call', async () => {
  const { append, check, calls } = setUp();
  await append(1, 'small');
  await check();
  calls.clear();

  expect(await check()).toEqual({ head: headAt(1), block: 1, read: 1 });
  expect(calls.all).toEqual({ last: 1 });
});

test('what comes after it is found, and read again when it is small', async () => {
  const { append, check } = setUp();
  await append(1, LARGE);
  await check();
  await append(2, LARGE);

  expect(await check()).toEqual({ head: headAt(2), block: 2, read: 1 });
  await append(3, 'small');
  expect(await check()).toEqual({ head: headAt(3), block: 3, read: 1 });
  expect(await check()).toEqual({ head: headAt(3), block: 3, read: 1 });
});

test('a channel that was made anew is known by its own item, or by having none', async () => {
  const { world, append, check } = setUp();
  await append(1, LARGE);
  await append(2, LARGE);
  await check();

  world.log.drop();
  expect(await check()).toMatchObject({ head: { vid: 0, epoch: null } });
});

test('a channel that was made anew, and has fewer events, is known too', async () => {
  const { world, append, check } = setUp();
  await append(1, LARGE);
  await append(2, LARGE);
  await check();

  world.log.drop();
  await append(1, 'other', 'e2');

  expect(await check()).toMatchObject({ head: headAt(1, 'e2'), block: 1 });
});

test('a block that is about to expire proves nothing', async () => {
  const { world, append, check } = setUp();
  await append(1, LARGE);
  await check();
  world.clock.jump(WEEK_MS);
  world.log.expire('doors');

  expect(await check()).toMatchObject({ head: headAt(1_000) });
});
