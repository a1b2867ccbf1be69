/** Appending to a log that fails: nothing twice, nothing half, no gap, and an answer in time. */

import { expect, test } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { Appender } from '../../../lib/log/append/appender.ts';
import type { ChannelRecords, EventLog, NewBlock } from '../../../lib/log/ports.ts';
import { replacing, unavailable } from '../../support/memory/doubles.ts';
import {
  draftsFor,
  eventsIn,
  type MemoryProcess,
  memoryProcess,
  memoryWorld,
  track,
  WEEK_MS,
  type World,
} from '../../support/memory/world.ts';

const DEADLINE_MS = 10_000;
const MINUTE_MS = 60_000;

type Put = EventLog['append'];

/** A log whose puts are carried out by `script`, one after the other; the puts after those are good. */
function logWith(world: World, ...script: ReadonlyArray<Put>): EventLog & ChannelRecords {
  const steps = [...script];
  const append: Put = (channel, block) => (steps.shift() ?? good(world))(channel, block);
  return replacing(world.log, { append });
}

const good =
  ({ log }: World): Put =>
  (channel, block) =>
    log.append(channel, block);

const failed: Put = async () => {
  throw unavailable();
};

/** The block is written, but nobody hears of it. */
const answerLost =
  ({ log }: World): Put =>
  async (channel, block) => {
    await log.append(channel, block);
    throw unavailable();
  };

function append(process: MemoryProcess, ...ids: readonly string[]) {
  return process.publish.appender.append('doors', draftsFor(ids), false);
}

const idsIn = (world: World) => eventsIn(world, 'doors').map(({ vid, id }) => `${vid}:${id}`);

test('tries a put again that failed', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world, { log: logWith(world, failed, failed) });

  const appended = append(process, 'a', 'b');
  await world.clock.advance(DEADLINE_MS);

  expect((await appended).answer).toMatchObject({ first: 1, last: 2, count: 2 });
  expect(idsIn(world)).toEqual(['1:a', '2:b']);
});

test('an appender refuses at once what a log does not take that says when to come again, and writes the next', async () => {
  const world = memoryWorld();
  const full: Put = async () => {
    throw new PushError('unavailable', 'The disk is full.', { retryAfter: 1 });
  };
  const process = memoryProcess(world, { log: logWith(world, full) });

  const refused = append(process, 'a');
  await expect(refused).rejects.toMatchObject({ code: 'unavailable', details: { retryAfter: 1 } });

  expect((await append(process, 'b')).answer).toMatchObject({ first: 1 });
  expect(idsIn(world)).toEqual(['1:b']);
});

test('an appender does not repeat a put that took effect though its answer was lost', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world, { log: logWith(world, good(world), answerLost(world)) });
  await append(process, 'a');

  const appended = append(process, 'b', 'c');
  await world.clock.advance(DEADLINE_MS);
  await append(process, 'd');

  const { answer, block } = await appended;
  expect(answer).toEqual({ first: 2, last: 3, count: 2, duplicates: 0 });
  expect(block).toMatchObject({ first: 2, events: draftsFor(['b', 'c']) });
  expect(idsIn(world)).toEqual(['1:a', '2:b', '3:c', '4:d']);
});

test('knows its own block again though the look at the log broke off right after it was seen', async () => {
  const world = memoryWorld();
  const log = logWith(world, good(world), answerLost(world));
  let reads = 0;
  const read: EventLog['read'] = async (...args) => {
    reads++;
    if (reads === 2) throw unavailable();
    return world.log.read(...args);
  };
  const process = memoryProcess(world, { log: replacing(log, { read }) });
  await append(process, 'a');

  const appended = append(process, 'b');
  await world.clock.advance(DEADLINE_MS);

  expect((await appended).answer).toMatchObject({ first: 2, last: 2, count: 1 });
  expect(idsIn(world)).toEqual(['1:a', '2:b']);
});

test('an appender finds its own block behind those that others appended since', async () => {
  const world = memoryWorld();
  const other = memoryProcess(world);
  const lostThenOvertaken: Put = async (channel, block) => {
    await world.log.append(channel, block);
    await append(other, 'rival');
    throw unavailable();
  };
  const process = memoryProcess(world, { log: logWith(world, lostThenOvertaken) });

  const appended = append(process, 'mine');
  await world.clock.advance(DEADLINE_MS);

  expect((await appended).answer).toMatchObject({ first: 1, count: 1 });
  expect(idsIn(world)).toEqual(['1:mine', '2:rival']);
});

test('an appender writes a block once when a put arrives after it was given up', async () => {
  const world = memoryWorld();
  let late: NewBlock | undefined;
  const delayed: Put = async (_, block) => {
    late = block;
    throw unavailable();
  };
  const overtaken: Put = async (channel, block) => {
    if (late) await world.log.append(channel, late);
    return world.log.append(channel, block);
  };
  const process = memoryProcess(world, { log: logWith(world, delayed, overtaken) });

  const appended = append(process, 'a');
  await world.clock.advance(DEADLINE_MS);
  await append(process, 'b');

  expect((await appended).answer).toMatchObject({ first: 1, count: 1 });
  expect(idsIn(world)).toEqual(['1:a', '2:b']);
});

test('knows what a late put has written when ids were forgotten between two tries', async () => {
  const world = memoryWorld();
  let late: NewBlock | undefined;
  const delayed: Put = async (_, block) => {
    late = block;
    throw unavailable();
  };
  const overtaken: Put = async (channel, block) => {
    if (late) await world.log.append(channel, late);
    return world.log.append(channel, block);
  };
  const log = logWith(world, good(world), delayed, overtaken);
  const { meter, logger } = memoryProcess(world);
  const random = { fraction: () => 0.5, id: () => world.random.id() };
  const appender = new Appender({
    log,
    records: log,
    digests: world.digests,
    clock: world.clock,
    random,
    meter,
    logger,
    retentionMs: WEEK_MS,
  });
  await appender.append('doors', draftsFor(['old']), true);

  // The first try still knows the old id, the second, 5 ms later, does not.
  world.clock.jump(5 * MINUTE_MS - 1);
  const appending = appender.append('doors', draftsFor(['new', 'old']), true);
  await world.clock.advance(DEADLINE_MS);
  const { answer } = await appending;
  await appender.append('doors', draftsFor(['next']), true);

  const vids = eventsIn(world, 'doors').map(({ vid }) => vid);
  expect(vids).toEqual(vids.map((_, i) => i + 1));
  expect(eventsIn(world, 'doors').find(({ vid }) => vid === answer.last)?.id).not.toBe('next');
});

test('an appender says within 10 s that the log cannot be written, and goes on when it can', async () => {
  const world = memoryWorld();
  let throttled = true;
  const append_: Put = async (channel, block) => {
    if (throttled) throw unavailable();
    return world.log.append(channel, block);
  };
  const process = memoryProcess(world, { log: replacing(world.log, { append: append_ }) });

  const appended = track(append(process, 'a'));
  await world.clock.advance(DEADLINE_MS);
  throttled = false;
  const later = await append(process, 'b');

  expect(appended.done).toBe(true);
  await expect(appended.promise).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  expect(later.answer.first).toBe(1);
});

test('an appender says within 10 s that a put hangs, and what it has written at last is known again', async () => {
  const world = memoryWorld();
  const hangs: Put = async (channel, block) => {
    await world.clock.sleep(DEADLINE_MS + 12_000);
    await world.log.append(channel, block);
    throw unavailable();
  };
  const process = memoryProcess(world, { log: logWith(world, hangs) });

  const hung = track(append(process, 'a'));
  const behind = track(append(process, 'b'));
  await world.clock.advance(DEADLINE_MS);
  const told = [hung.done, behind.done];
  await world.clock.advance(20_000);
  const later = await append(process, 'c');

  expect(told).toEqual([true, true]);
  await expect(hung.promise).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  await expect(behind.promise).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  expect(later.answer.first).toBe(2);
  expect(idsIn(world)).toEqual(['1:a', '2:c']);
});

test('an appender says within 10 s that the log cannot be read', async () => {
  const world = memoryWorld();
  const down = async () => {
    throw unavailable();
  };
  const process = memoryProcess(world, { log: replacing(world.log, { get: down, last: down, read: down }) });

  const appended = track(append(process, 'a'));
  await world.clock.advance(DEADLINE_MS);

  await expect(appended.promise).rejects.toMatchObject({ code: 'unavailable' });
});

test('an appender says within 10 s that other writers are always faster', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world, {
    log: replacing(world.log, { append: async () => 'conflict' as const }),
  });

  const appended = track(append(process, 'a'));
  await world.clock.advance(DEADLINE_MS);

  await expect(appended.promise).rejects.toMatchObject({ code: 'unavailable' });
});

test('an appender tells everyone who waits behind a log that fails within 10 s, wherever they stand', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world, { log: replacing(world.log, { append: failed }) });
  const full = Array.from({ length: 100 }, (_, i) => `id-${i}`);

  const waiting = Array.from({ length: 4 }, () => track(append(process, ...full)));
  await world.clock.advance(DEADLINE_MS);

  expect(waiting.map(({ done }) => done)).toEqual([true, true, true, true]);
  for (const { promise } of waiting) await expect(promise).rejects.toMatchObject({ code: 'unavailable' });
});

/** A log that takes 4 s for its first put, and then does as `then` says; "early" comes at 1 s, "late" at 3 s, and both share the next block. */
async function oneBlockForTwo(world: World, then: Put) {
  let puts = 0;
  const append_: Put = async (channel, block) => {
    puts++;
    if (puts > 1) return then(channel, block);
    await world.clock.sleep(4_000);
    return world.log.append(channel, block);
  };
  const process = memoryProcess(world, { log: replacing(world.log, { append: append_ }) });
  void append(process, 'first');
  await world.clock.advance(1_000);
  const early = track(append(process, 'early'));
  await world.clock.advance(2_000);
  const late = track(append(process, 'late'));
  await world.clock.advance(8_000);
  return { early, late };
}

test('an appender goes on with those who have time left when others of their block have none', async () => {
  const world = memoryWorld();
  let throttled = true;
  const { early, late } = await oneBlockForTwo(world, async (channel, block) => {
    if (throttled) throw unavailable();
    return world.log.append(channel, block);
  });

  const done = [early.done, late.done];
  throttled = false;
  await world.clock.advance(1_000);

  expect(done).toEqual([true, false]);
  await expect(early.promise).rejects.toMatchObject({ code: 'unavailable' });
  expect((await late.promise).answer).toEqual({ first: 2, last: 2, count: 1, duplicates: 0 });
  expect(idsIn(world)).toEqual(['1:first', '2:late']);
});

test('knows its own block again though part of it was given up meanwhile', async () => {
  const world = memoryWorld();
  let both: NewBlock | undefined;
  const { early, late } = await oneBlockForTwo(world, async (_, block) => {
    both ??= block;
    throw unavailable();
  });

  if (both) await world.log.append('doors', both);
  await world.clock.advance(1_000);

  await expect(early.promise).rejects.toMatchObject({ code: 'unavailable' });
  expect((await late.promise).answer).toEqual({ first: 3, last: 3, count: 1, duplicates: 0 });
  expect(idsIn(world)).toEqual(['1:first', '2:early', '3:late']);
});

test('an appender does not try a put again whose failure will stay, and goes on with the next batch', async () => {
  const world = memoryWorld();
  const refused: Put = async () => {
    throw new Error('ValidationException');
  };
  const process = memoryProcess(world, { log: logWith(world, refused) });

  const [first, second] = await Promise.allSettled([append(process, 'a'), append(process, 'b')]);

  expect(first).toMatchObject({ status: 'rejected', reason: { message: 'ValidationException' } });
  expect(second).toMatchObject({ status: 'fulfilled', value: { answer: { first: 1 } } });
});

test('fails every batch of a block that could not be written', async () => {
  const world = memoryWorld();
  const refused: Put = async () => {
    throw new PushError('bad-body', 'refused');
  };
  const process = memoryProcess(world, { log: logWith(world, good(world), refused) });

  const results = await Promise.allSettled(['a', 'b', 'c'].map((id) => append(process, id)));

  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(idsIn(world)).toEqual(['1:a']);
});
