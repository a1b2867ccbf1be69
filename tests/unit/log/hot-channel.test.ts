/**
 * One channel to which 50 publishers in several processes write as fast as they are answered. Every call takes a seeded time on a fake
 * clock, so a run is the same each time.
 */

import { expect, test } from 'vitest';
import type { ChannelRecords, EventLog } from '../../../lib/log/ports.ts';
import { replacing } from '../../support/memory/doubles.ts';
import {
  eventsIn,
  type MemoryProcess,
  memoryProcess,
  memoryWorld,
  say,
  type World,
} from '../../support/memory/world.ts';
import { SeededRandom } from '../../support/time/clock.ts';

const PUBLISHERS = 50;
const EVENTS_EACH = 20;
const MINUTE_MS = 60_000;

/** A log whose calls take 2 to 10 ms, half of it on the way there. */
function distant(world: World, random: SeededRandom): EventLog & ChannelRecords {
  const away = () => world.clock.sleep(1 + 4 * random.fraction());
  const call = async <T>(act: () => Promise<T>): Promise<T> => {
    await away();
    const result = await act();
    await away();
    return result;
  };
  const { log } = world;
  return replacing<EventLog & ChannelRecords>(log, {
    append: (channel, block) => call(() => log.append(channel, block)),
    begin: (channel, life) => call(() => log.begin(channel, life)),
    reserve: (channel, epoch, upTo) => call(() => log.reserve(channel, epoch, upTo)),
    last: (channel) => call(() => log.last(channel)),
    read: (channel, after, limit) => call(() => log.read(channel, after, limit)),
    since: (channel, sinceMs) => call(() => log.since(channel, sinceMs)),
    get: (channel) => call(() => log.get(channel)),
  });
}

const idOf = (publisher: number, at: number) => `p${publisher}-${at}`;

async function publishOneByOne(process: MemoryProcess, publisher: number): Promise<number> {
  let published = 0;
  for (let at = 1; at <= EVENTS_EACH; at++)
    published += (await say(process, 'hot', idOf(publisher, at))).count;
  return published;
}

async function run(processes: number, seed: number) {
  const world = memoryWorld(seed);
  const random = new SeededRandom(seed);
  const all = Array.from({ length: processes }, () => memoryProcess(world, { log: distant(world, random) }));
  const publishing = Array.from({ length: PUBLISHERS }, (_, publisher) => {
    const process = all[publisher % processes];
    return process ? publishOneByOne(process, publisher) : 0;
  });
  const done = Promise.all(publishing);
  await world.clock.advance(10 * MINUTE_MS);
  const published = (await done).reduce((sum, count) => sum + count, 0);
  return {
    world,
    published,
    events: eventsIn(world, 'hot'),
    blocks: world.log.blocks('hot').length,
    conflicts: all.reduce((sum, { meter }) => sum + meter.of('AppendConflicts'), 0),
  };
}

const RUNS = [1, 2, 5, 10, 50].flatMap((processes) => [1, 2, 3].map((seed) => ({ processes, seed })));

test.each(RUNS)('in $processes processes all succeed, each in its order (seed $seed)', async (one) => {
  const { published, events } = await run(one.processes, one.seed);

  const total = PUBLISHERS * EVENTS_EACH;
  expect(published).toBe(total);
  expect(events.map(({ vid }) => vid)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
  for (let publisher = 0; publisher < PUBLISHERS; publisher++) {
    const own = events.map(({ id }) => id).filter((id) => id.startsWith(`p${publisher}-`));
    expect(own).toEqual(Array.from({ length: EVENTS_EACH }, (_, at) => idOf(publisher, at + 1)));
  }
});

test.each(RUNS)(
  'conflicts and blocks count processes, not publishers: $processes, seed $seed',
  async (one) => {
    const { blocks, conflicts } = await run(one.processes, one.seed);

    // While one block of a process is under way the others of its publishers gather for the next: a block carries half of them.
    const halfOfThem = PUBLISHERS / one.processes / 2;
    expect(blocks).toBeLessThanOrEqual((PUBLISHERS * EVENTS_EACH) / halfOfThem);
    // Whoever lost a number looks at the log, so it loses once per block of another process at most.
    expect(conflicts).toBeLessThanOrEqual(blocks * (one.processes - 1));
  },
);
