/** The lives of a channel: how numbering begins, is reserved, and goes on when nothing is left in the log. */

import { expect, test } from 'vitest';
import type { ChannelRecords, EventLog, NewBlock } from '../../../lib/log/ports.ts';
import { replacing, unavailable } from '../../support/memory/doubles.ts';
import {
  draftsFor,
  eventsIn,
  type MemoryProcess,
  memoryProcess,
  memoryWorld,
  type World,
} from '../../support/memory/world.ts';

function append(process: MemoryProcess, ...ids: readonly string[]) {
  return process.publish.appender.append('doors', draftsFor(ids), false);
}

async function fill(process: MemoryProcess, count: number): Promise<void> {
  for (let done = 0; done < count; done += 100) {
    const size = Math.min(100, count - done);
    await append(process, ...Array.from({ length: size }, (_, i) => `id-${done + i}`));
  }
}

/** Notes what is written, in order. */
function journal(world: World): { log: EventLog & ChannelRecords; written: string[] } {
  const written: string[] = [];
  const log = replacing(world.log, {
    append: async (channel: string, block: NewBlock) => {
      written.push(`block ${block.first}`);
      return world.log.append(channel, block);
    },
    begin: async (channel, life) => {
      written.push(`life up to ${life.highWaterMark}`);
      return world.log.begin(channel, life);
    },
    reserve: async (channel, epoch, upTo) => {
      written.push(`reserve ${upTo}`);
      return world.log.reserve(channel, epoch, upTo);
    },
  });
  return { log, written };
}

test('a channel is born block first: an own item without blocks means that all have expired', async () => {
  const world = memoryWorld();
  const { log, written } = journal(world);

  await append(memoryProcess(world, { log }), 'a');

  expect(written).toEqual(['block 1', 'life up to 1000']);
});

test('raises what is reserved before a block passes it, and not before that', async () => {
  const world = memoryWorld();
  const { log, written } = journal(world);
  const process = memoryProcess(world, { log });
  await fill(process, 950);
  written.length = 0;

  await append(process, ...Array.from({ length: 50 }, (_, i) => `edge-${i}`));
  await append(process, 'a');
  await append(process, 'b');

  expect(written).toEqual(['block 951', 'reserve 2000', 'block 1001', 'block 1002']);
});

test('raises it once for a block that passes it in the middle', async () => {
  const world = memoryWorld();
  const { log, written } = journal(world);
  const process = memoryProcess(world, { log });
  await fill(process, 950);
  written.length = 0;

  await append(process, ...Array.from({ length: 51 }, (_, i) => `edge-${i}`));

  expect(written).toEqual(['reserve 2000', 'block 951']);
});

test('a channel has an event in the log though its birth could not be recorded, and says so', async () => {
  const world = memoryWorld();
  const begin = async () => {
    throw unavailable();
  };
  const process = memoryProcess(world, { log: replacing(world.log, { begin }) });

  const { answer } = await append(process, 'a');

  expect(answer.first).toBe(1);
  expect(process.logger.lines).toMatchObject([{ level: 'warn', fields: { channel: 'doors' } }]);
});

test('records a birth that another process did not live to record, before it goes on', async () => {
  const world = memoryWorld();
  const begin = async () => {
    throw unavailable();
  };
  await append(memoryProcess(world, { log: replacing(world.log, { begin }) }), 'a');
  const { log, written } = journal(world);

  await append(memoryProcess(world, { log }), 'b');

  expect(written).toEqual(['life up to 1000', 'block 2']);
  const epochs = world.log.blocks('doors').map(({ epoch }) => epoch);
  expect(epochs).toEqual([(await world.log.get('doors'))?.epoch, epochs[0]]);
});

test('records a birth itself that it could not record at once', async () => {
  const world = memoryWorld();
  let down = true;
  const begin: ChannelRecords['begin'] = async (channel, life) => {
    if (down) throw unavailable();
    return world.log.begin(channel, life);
  };
  const process = memoryProcess(world, { log: replacing(world.log, { begin }) });
  await append(process, 'a');

  down = false;
  const { answer } = await append(process, 'b');

  expect(answer.first).toBe(2);
  expect(await world.log.get('doors')).toEqual({
    epoch: world.log.blocks('doors')[0]?.epoch,
    highWaterMark: 1000,
  });
});

test.for([
  { count: 3, first: 1001 },
  { count: 1000, first: 1001 },
  { count: 1050, first: 2001 },
])('a channel goes on at $first when all of $count events have expired', async ({ count, first }) => {
  const world = memoryWorld();
  await fill(memoryProcess(world), count);
  const life = await world.log.get('doors');
  world.log.expire('doors');

  const { answer, block } = await append(memoryProcess(world), 'a');

  expect(answer.first).toBe(first);
  expect(block?.epoch).toBe(life?.epoch);
});

test('a channel goes on after what is reserved in a process that has slept past the retention', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await fill(process, 3);
  await append(memoryProcess(world), 'by another process');
  world.log.expire('doors');

  world.clock.jump(7 * 24 * 3_600_000);
  const { answer } = await append(process, 'a');

  expect(answer.first).toBe(1001);
});

test('a channel goes on at the head when only the older blocks have expired', async () => {
  const world = memoryWorld();
  await fill(memoryProcess(world), 300);
  world.log.expire('doors', 200);

  const { answer } = await append(memoryProcess(world), 'a');

  expect(answer.first).toBe(301);
});

test('a channel begins a new life when the tables were made anew', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await fill(process, 3);
  const old = await world.log.get('doors');
  world.log.drop();

  world.clock.jump(10_000);
  const { answer, block } = await append(process, 'a');

  expect(answer.first).toBe(1);
  expect(block?.epoch).not.toBe(old?.epoch);
});

test('moves over to the new life when reserving shows that there is one', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await fill(process, 1000);
  world.log.drop();
  await append(memoryProcess(world), 'first of the new life');

  const appended = append(process, 'a');
  await world.clock.advance(1000);

  expect((await appended).answer.first).toBe(2);
  const epochs = new Set(world.log.blocks('doors').map(({ epoch }) => epoch));
  expect(epochs.size).toBe(1);
  expect(eventsIn(world, 'doors').map(({ vid }) => vid)).toEqual([1, 2]);
});
