/** How polls share arm, check and receive, and what a lost doorbell costs them. */

import { describe, expect, test } from 'vitest';
import { replacing } from '../../support/memory/doubles.ts';
import { setUpReader as setUp, TO_THE_END_MS } from '../../support/memory/reader.ts';
import {
  ask,
  type Glasses,
  memoryProcess,
  memoryWorld,
  newEventsFor,
  say,
  track,
  vidsOf,
  WAIT_MS,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = { channel: 'doors' };

describe('a lost doorbell', () => {
  const unrung = (world: ReturnType<typeof memoryWorld>): Glasses => ({
    mailboxes: replacing(world.mailboxes, { send: async () => 'sent' }),
  });

  test('costs a reader who follows 20 s at most', async () => {
    const { world, reader, clock } = await setUp();
    const publisher = memoryProcess(world, unrung(world));
    await say(publisher, 'doors', 'a');
    const first = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await clock.advance(3000);
    await say(publisher, 'doors', 'b');

    await clock.advance(WAIT_MS - 3000 + 1000);
    const { maxvid } = await first.promise;
    const found = maxvid === 2 || vidsOf(await ask(reader, { ...DOORS, maxvid })).includes(2);

    expect(found).toBe(true);
  });

  test('is found by a poll that joined late, when the sleep of the first one ends', async () => {
    const { world, reader, clock } = await setUp();
    const publisher = memoryProcess(world, unrung(world));
    await say(publisher, 'doors', 'a');
    const first = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await clock.advance(15_000);
    const late = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await say(publisher, 'doors', 'b');

    await clock.advance(6000);

    expect([first.done, late.done]).toEqual([true, true]);
    expect(vidsOf(await late.promise)).toEqual([2]);
  });

  test('costs nothing more once an event is published again whose publisher died before it rang', async () => {
    const { world, reader, clock } = await setUp();
    const polling = track(ask(reader, { ...DOORS, maxvid: 0 }));
    await clock.advance(3000);
    await memoryProcess(world).publish.appender.append('doors', newEventsFor(['a']), true);

    await say(memoryProcess(world), 'doors', 'a');
    await clock.advance(1000);

    expect(polling.done).toBe(true);
    expect(vidsOf(await polling.promise)).toEqual([1]);
  });

  test('costs a second while the mailbox is young', async () => {
    const world = memoryWorld();
    const reader = memoryProcess(world);
    const publisher = memoryProcess(world, unrung(world));
    await say(publisher, 'doors', 'a');
    const polling = track(ask(reader, { ...DOORS, maxvid: 1 }));
    await settle();
    await say(publisher, 'doors', 'b');

    await world.clock.advance(1000);

    expect(polling.done).toBe(true);
  });
});

describe('200 polls of one channel in one process', () => {
  test('cost one arm, one check, one receive and one delete a turn', async () => {
    const { reader, publisher, calls, clock } = await setUp();
    await say(publisher, 'doors', 'a');
    await ask(reader, { ...DOORS, maxvid: 1 }, { waitMs: 0 });
    calls.clear();
    const turns: unknown[] = [];

    for (const maxvid of [1, 2, 3]) {
      const polls = Array.from({ length: 200 }, () => ask(reader, { ...DOORS, maxvid }));
      await settle();
      await say(publisher, 'doors', `event-${maxvid}`);
      const answers = await Promise.all(polls);
      turns.push(new Set(answers.map((answer) => JSON.stringify(vidsOf(answer)))));
    }
    await ask(reader, { ...DOORS, maxvid: 0 }, { waitMs: 0 });
    await clock.advance(1000);

    expect(turns).toEqual([new Set(['[2]']), new Set(['[3]']), new Set(['[4]'])]);
    // The last look, which does not wait, is one check and one read more.
    expect(calls.all).toEqual({ arm: 3, last: 4, read: 1, receive: 3, remove: 3 });
  });

  test('are armed and checked anew together every 20 s', async () => {
    const { reader, publisher, calls, clock } = await setUp();
    await say(publisher, 'doors', 'a');
    const polls = [0, 5_000, 12_000].map(async (ms) => {
      await clock.sleep(ms);
      return ask(reader, { ...DOORS, maxvid: 1 });
    });

    await clock.advance(12_000 + TO_THE_END_MS);
    const answers = await Promise.all(polls);

    expect(answers.map(({ events }) => events)).toEqual([[], [], []]);
    expect([calls.of('arm'), calls.of('last')]).toEqual([2, 2]);
  });
});
