/** The check: how far a channel's log reaches, told apart from one that is not born and one that has expired. */

import { expect, test } from 'vitest';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { Calls, counting, replacing } from '../../support/memory/doubles.ts';
import { memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';

function setUp() {
  const world = memoryWorld();
  const calls = new Calls();
  const log = counting(world.log, calls);
  const headReader = new HeadReader({ log, records: log, clock: world.clock });
  return { world, calls, headReader, publisher: memoryProcess(world) };
}

test('a check is one read where there is a block, and brings it along', async () => {
  const { headReader, publisher, calls, world } = setUp();
  await say(publisher, 'doors', 'a', 'b');

  const { head, block } = await headReader.check('doors');

  expect(head).toEqual({ vid: 2, epoch: (await world.log.get('doors'))?.epoch });
  expect(block).toMatchObject({ first: 1, last: 2 });
  expect(calls.all).toEqual({ last: 1 });
});

test('a check finds nothing in a channel that is not born', async () => {
  expect(await setUp().headReader.check('doors')).toEqual({ head: { vid: 0, epoch: null } });
});

test('a check finds a channel at what is reserved when all of its blocks have expired', async () => {
  const { headReader, publisher, world } = setUp();
  await say(publisher, 'doors', 'a');
  world.log.expire('doors');

  const { head, block } = await headReader.check('doors');

  expect(head).toEqual({ vid: 1000, epoch: (await world.log.get('doors'))?.epoch });
  expect(block).toBeUndefined();
});

test('a check takes a channel that is born while it looks for what it is', async () => {
  const { world, publisher } = setUp();
  const records = replacing(world.log, {
    get: async (channel: string) => {
      await say(publisher, channel, 'a');
      return world.log.get(channel);
    },
  });
  const headReader = new HeadReader({ log: world.log, records, clock: world.clock });

  const { head } = await headReader.check('doors');

  expect(head.vid).toBe(1);
});

test('a check does not judge an older look at the log by what another check has learnt since', async () => {
  const { world, publisher } = setUp();
  const slow = Promise.withResolvers<void>();
  let first = true;
  const log = replacing(world.log, {
    last: async (channel: string) => {
      const block = await world.log.last(channel);
      if (first) {
        first = false;
        await slow.promise;
      }
      return block;
    },
  });
  let born = false;
  const records = replacing(world.log, {
    get: async (channel: string) => {
      if (!born) await say(publisher, channel, 'a');
      born = true;
      return world.log.get(channel);
    },
  });
  const headReader = new HeadReader({ log, records, clock: world.clock });

  const older = headReader.check('doors');
  await headReader.check('doors');
  slow.resolve();

  expect((await older).head.vid).toBe(1);
});

test('sees the first event of a channel whose absence it remembers', async () => {
  const { headReader, publisher } = setUp();
  await headReader.check('doors');
  await say(publisher, 'doors', 'a');

  expect((await headReader.check('doors')).head.vid).toBe(1);
});
