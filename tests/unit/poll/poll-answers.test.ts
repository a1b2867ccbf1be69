/** What an answer holds: how it is cut, what was missed, and several channels in one. */

import { describe, expect, test } from 'vitest';
import { replacing } from '../../support/memory/doubles.ts';
import { fill, setUpReader as setUp, TO_THE_END_MS } from '../../support/memory/reader.ts';
import { ask, askMany, memoryProcess, memoryWorld, say, vidsOf } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = { channel: 'doors' };

describe('answers are cut', () => {
  test('at the limit, and go on from there', async () => {
    const { reader, publisher } = await setUp();
    await say(publisher, 'doors', 'a', 'b', 'c', 'd', 'e');

    const first = await ask(reader, { ...DOORS, maxvid: 0 }, { limit: 2 });
    const second = await ask(reader, { ...DOORS, maxvid: first.maxvid }, { limit: 2 });

    expect([first, second].map(vidsOf)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('before they pass 1 MiB, and go on from there', async () => {
    const { reader, publisher } = await setUp();
    await fill(publisher, 'doors', 15, 200_000);

    const sizes: number[] = [];
    const vids: number[] = [];
    while (vids.length < 15) {
      const answer = await ask(reader, { ...DOORS, maxvid: vids.at(-1) ?? 0 });
      sizes.push(Buffer.byteLength(JSON.stringify(answer.events)));
      vids.push(...vidsOf(answer));
    }

    expect(vids).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024);
  });
});

describe('what has expired', () => {
  test('is counted as missed', async () => {
    const { world, reader, publisher } = await setUp();
    for (const id of ['a', 'b', 'c', 'd']) await say(publisher, 'doors', id);
    world.log.expire('doors', 3);

    const answer = await ask(reader, { ...DOORS, maxvid: 1 });

    expect(answer).toMatchObject({ maxvid: 4, missed: 2 });
    expect(vidsOf(answer)).toEqual([4]);
  });

  test('takes a reader to where numbering goes on when nothing is left', async () => {
    const { world, reader, publisher } = await setUp();
    await say(publisher, 'doors', 'a', 'b', 'c');
    world.log.expire('doors');

    const answer = await ask(reader, { ...DOORS, maxvid: 1 });
    const polling = ask(reader, { ...DOORS, maxvid: answer.maxvid });
    await settle();
    await say(memoryProcess(world), 'doors', 'd');

    expect(answer).toMatchObject({ events: [], maxvid: 1000, missed: 999 });
    expect(vidsOf(await polling)).toEqual([1001]);
  });
});

describe('several channels in one poll', () => {
  const both = [
    { channel: 'doors', maxvid: 1 },
    { channel: 'alerts', maxvid: 1 },
  ];

  async function withBoth() {
    const world = await setUp();
    await say(world.publisher, 'doors', 'a');
    await say(world.publisher, 'alerts', 'a');
    return world;
  }

  test('are answered when any of them has news, with only those that have', async () => {
    const { reader, publisher } = await withBoth();
    const polling = askMany(reader, both);
    await settle();

    await say(publisher, 'alerts', 'b');
    const answers = await polling;

    expect(answers.map(({ channel, maxvid }) => [channel, maxvid])).toEqual([['alerts', 2]]);
  });

  test('are answered in the order asked', async () => {
    const { reader, publisher } = await withBoth();
    await say(publisher, 'alerts', 'b');
    await say(publisher, 'doors', 'b');

    const answers = await askMany(reader, both);

    expect(answers.map(({ channel }) => channel)).toEqual(['doors', 'alerts']);
  });

  test('are all answered, empty, when the wait ends', async () => {
    const { reader, clock } = await withBoth();
    const polling = askMany(reader, both);

    await clock.advance(TO_THE_END_MS);
    const answers = await polling;

    expect(answers.map(({ channel, events, maxvid }) => [channel, events, maxvid])).toEqual([
      ['doors', [], 1],
      ['alerts', [], 1],
    ]);
  });

  test('share 1 MiB, and what finds no room comes with the next poll', async () => {
    const { reader, publisher } = await withBoth();
    await fill(publisher, 'doors', 4, 200_000);
    await fill(publisher, 'alerts', 4, 200_000);

    const answers = await askMany(reader, both);
    const next = await askMany(reader, [
      { channel: 'doors', maxvid: 5 },
      { channel: 'alerts', maxvid: 2 },
    ]);

    expect(answers.map(vidsOf)).toEqual([[2, 3, 4, 5], [2]]);
    expect(next.map(vidsOf)).toEqual([[3, 4, 5]]);
  });

  test('share 1 MiB though one channel nearly fills it', async () => {
    const { reader, publisher } = await withBoth();
    await fill(publisher, 'doors', 4, 260_000);
    await fill(publisher, 'alerts', 1, 260_000);

    const answers = await askMany(reader, both);

    const bytes = Buffer.byteLength(JSON.stringify(answers.flatMap(({ events }) => events)));
    expect(bytes).toBeLessThanOrEqual(1024 * 1024);
  });
});

test('a reader that knows of a new event does not join a read that began before it', async () => {
  const world = memoryWorld();
  let answered: Promise<void> | undefined;
  // The read happens at once; only its answer is slow.
  const log = replacing(world.log, {
    read: async (...call: Parameters<typeof world.log.read>) => {
      const blocks = await world.log.read(...call);
      await answered;
      return blocks;
    },
  });
  const reader = memoryProcess(world, { log });
  await reader.poll.mailbox.address();
  await world.clock.advance(3_000);
  await say(memoryProcess(world), 'doors', 'a', 'b');
  world.log.expire('doors');
  const sleepingPoll = ask(reader, { ...DOORS, maxvid: 1000 });
  await settle();
  const { promise, resolve } = Promise.withResolvers<void>();
  answered = promise;

  const before = ask(reader, { ...DOORS, maxvid: 2 });
  await settle();
  await say(memoryProcess(world), 'doors', 'c');
  await settle();
  const after = ask(reader, { ...DOORS, maxvid: 2 });
  await settle();
  resolve();

  expect(vidsOf(await sleepingPoll)).toEqual([1001]);
  expect((await before).maxvid).toBe(1000);
  expect(vidsOf(await after)).toEqual([1001]);
});

test('a reader of the new life does not join a read of the old one, though both logs end at the same number', async () => {
  const world = memoryWorld();
  const slow = Promise.withResolvers<void>();
  let isSlow = true;
  const log = replacing(world.log, {
    read: async (...call: Parameters<typeof world.log.read>) => {
      const blocks = await world.log.read(...call);
      if (isSlow) await slow.promise;
      return blocks;
    },
  });
  const reader = memoryProcess(world, { log });
  for (const id of ['old 1', 'old 2']) await say(memoryProcess(world), 'doors', id);
  const before = ask(reader, { ...DOORS, maxvid: 0 });
  await settle();
  world.log.drop();
  const publisher = memoryProcess(world);
  for (const id of ['new 1', 'new 2']) await say(publisher, 'doors', id);
  isSlow = false;
  const epoch = world.log.blocks('doors')[0]?.epoch ?? '';
  const after = ask(reader, { ...DOORS, maxvid: 0, epoch });
  await settle();
  slow.resolve();

  expect((await before).events.map(({ id }) => id)).toEqual(['old 1', 'old 2']);
  expect(await after).toMatchObject({ epoch, events: [{ id: 'new 1' }, { id: 'new 2' }] });
});
