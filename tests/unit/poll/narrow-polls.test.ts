/** A poll that wants some keys: it stays held while others come, and its client goes on behind them. */

import { describe, expect, test } from 'vitest';
import { narrowOf } from '../../../lib/poll/wish.ts';
import { setUpReader as setUp, TO_THE_END_MS } from '../../support/memory/reader.ts';
import {
  ask,
  askMany,
  memoryHub,
  memoryProcess,
  memoryWorld,
  tell,
  track,
  vidsOf,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = { channel: 'doors' };
const wanting = (...keys: readonly string[]) => {
  const narrow = narrowOf(keys, '', false);
  return narrow ? { narrow } : {};
};

test('a narrow poll stays held while what it does not want comes, and is answered with what it does', async () => {
  const { reader, publisher } = await setUp();
  await tell(publisher, 'doors', '1');
  const polling = track(ask(reader, { ...DOORS, maxvid: 0 }, wanting('2')));
  await settle();
  for (let i = 0; i < 3; i++) {
    await tell(publisher, 'doors', '1', '3');
    await settle();
  }
  const early = polling.done;
  await tell(publisher, 'doors', '1', '2', '1');
  await settle();

  expect([early, polling.done]).toEqual([false, true]);
  const answer = await polling.promise;
  expect(answer).toMatchObject({ maxvid: 10, missed: 0 });
  expect(vidsOf(answer)).toEqual([9]);
});

test('a narrow poll is told where to go on when the wait ends', async () => {
  const { reader, publisher, clock } = await setUp();
  const polling = ask(reader, { ...DOORS, maxvid: 0 }, wanting('2'));
  await settle();
  await tell(publisher, 'doors', '1', '3');
  await clock.advance(TO_THE_END_MS);

  expect(await polling).toMatchObject({ events: [], maxvid: 2, missed: 0 });
});

test('an event that nobody wants costs an arm and a check, and no answer', async () => {
  const { reader, publisher, calls, clock } = await setUp();
  await tell(publisher, 'doors', '1');
  const polling = track(ask(reader, { ...DOORS, maxvid: 1 }, wanting('2')));
  await settle();
  calls.clear();
  await tell(publisher, 'doors', '1');
  await settle();

  expect(calls.all).toEqual({ arm: 1, last: 1, receive: 1 });
  expect(polling.done).toBe(false);
  await clock.advance(TO_THE_END_MS);
});

test('a poll that does not wait looks through all there is', async () => {
  const { reader, publisher } = await setUp();
  for (let i = 0; i < 20; i++) await tell(publisher, 'doors', ...Array.from({ length: 100 }, () => '1'));
  await tell(publisher, 'doors', '2');

  const answer = await ask(reader, { ...DOORS, maxvid: 0 }, { ...wanting('2'), waitMs: 0 });
  const nothing = await ask(reader, { ...DOORS, maxvid: 0 }, { ...wanting('3'), waitMs: 0 });

  expect([vidsOf(answer), answer.maxvid]).toEqual([[2001], 2001]);
  expect([vidsOf(nothing), nothing.maxvid, nothing.missed]).toEqual([[], 2001, 0]);
});

test('one poll passes 20 pages by at most, and its client goes on from there', async () => {
  const { reader, publisher } = await setUp();
  for (let i = 0; i < 205; i++) await tell(publisher, 'doors', ...Array.from({ length: 100 }, () => '1'));

  const first = await ask(reader, { ...DOORS, maxvid: 0 }, wanting('2'));
  await tell(publisher, 'doors', '2');
  const next = await ask(reader, { ...DOORS, maxvid: first.maxvid }, wanting('2'));

  expect([first.events, first.maxvid]).toEqual([[], 20_000]);
  expect([vidsOf(next), next.maxvid]).toEqual([[20_501], 20_501]);
});

test("a narrow client's cursor moves on with it", async () => {
  const { world, reader, publisher } = await setUp();
  await tell(publisher, 'doors', '2', '1');
  const more = { ...wanting('2'), client: 'wall', waitMs: 0 };
  await ask(reader, { ...DOORS, maxvid: 0 }, more);
  await tell(publisher, 'doors', '1', '1');
  const { maxvid } = await ask(reader, { ...DOORS, maxvid: 2 }, more);
  await ask(reader, { ...DOORS, maxvid }, more);

  expect(await world.cursors.list('doors')).toMatchObject([{ client: 'wall', maxvid: 4 }]);
});

describe('several channels', () => {
  test('one that has passed something by is told of it beside the news of another', async () => {
    const { reader, publisher } = await setUp();
    await tell(publisher, 'doors', '1');
    await tell(publisher, 'alerts', '1');
    const cursors = ['doors', 'alerts', 'quiet'].map((channel) => ({ channel, maxvid: 0 }));
    const polling = track(askMany(reader, cursors, wanting('2')));
    await settle();
    await tell(publisher, 'doors', '3');
    await settle();
    const early = polling.done;
    await tell(publisher, 'alerts', '2');
    const answers = await polling.promise;

    expect(early).toBe(false);
    expect(answers.map(({ channel, events, maxvid }) => [channel, events.length, maxvid])).toEqual([
      ['doors', 0, 2],
      ['alerts', 1, 2],
    ]);
  });

  test('all of them are told where to go on when the wait ends', async () => {
    const { reader, publisher, clock } = await setUp();
    const cursors = [
      { channel: 'doors', maxvid: 0 },
      { channel: 'alerts', maxvid: 0 },
    ];
    const polling = askMany(reader, cursors, wanting('2'));
    await settle();
    await tell(publisher, 'doors', '1');
    await clock.advance(TO_THE_END_MS);

    expect((await polling).map(({ channel, maxvid }) => [channel, maxvid])).toEqual([
      ['doors', 1],
      ['alerts', 0],
    ]);
  });
});

describe('where a reader begins that has no place', () => {
  async function fiveSeconds() {
    const world = memoryWorld();
    const publisher = memoryProcess(world);
    const hub = memoryHub(world);
    const start = world.clock.now();
    for (let i = 0; i < 5; i++) {
      await tell(publisher, 'doors', `${i}`);
      await world.clock.advance(1_000);
    }
    return { world, hub, publisher, start };
  }

  test.each([
    ['so many events before the head', { last: 2 }, [4, 5]],
    ['at the beginning, when there are fewer', { last: 99 }, [1, 2, 3, 4, 5]],
  ])('%s', async (_, begin, vids) => {
    const { hub, publisher } = await fiveSeconds();

    for (const process of [publisher, hub]) {
      expect(vidsOf(await ask(process, DOORS, { begin, waitMs: 0 }))).toEqual(vids);
      expect(vidsOf(await ask(process, DOORS, { begin }))).toEqual(vids);
      // Armed by now.
      expect(vidsOf(await ask(process, DOORS, { begin }))).toEqual(vids);
    }
  });

  test.each([99, 4])('at the oldest that is kept, of the last %i, and has missed nothing', async (last) => {
    const { world, hub, publisher } = await fiveSeconds();
    world.log.expire('doors', 3);

    for (const process of [publisher, hub])
      for (const waitMs of [0, 1_000]) {
        const answer = await ask(process, DOORS, { begin: { last }, waitMs });
        expect([vidsOf(answer), answer.missed]).toEqual([[4, 5], 0]);
      }
  });

  test('at a time', async () => {
    const { hub, start } = await fiveSeconds();

    const begin = { sinceMs: start + 2_000 };
    expect(vidsOf(await ask(hub, DOORS, { begin, waitMs: 0 }))).toEqual([3, 4, 5]);
    expect(vidsOf(await ask(hub, DOORS, { begin }))).toEqual([3, 4, 5]);
    expect(vidsOf(await ask(hub, DOORS, { begin }))).toEqual([3, 4, 5]);
  });

  test('what it says itself goes before', async () => {
    const { hub, start } = await fiveSeconds();

    expect(vidsOf(await ask(hub, { ...DOORS, maxvid: 4 }, { begin: { last: 3 } }))).toEqual([5]);
    expect(vidsOf(await ask(hub, { ...DOORS, maxvid: 4 }, { begin: { sinceMs: start } }))).toEqual([5]);
  });

  test('goes before a cursor, which stays where it is; a client without one has it there', async () => {
    const { world, hub } = await fiveSeconds();
    const more = { client: 'wall', waitMs: 0 };
    await ask(hub, { ...DOORS, maxvid: 4 }, more);

    expect(vidsOf(await ask(hub, DOORS, { ...more, begin: { last: 3 } }))).toEqual([3, 4, 5]);
    expect(vidsOf(await ask(hub, DOORS, more))).toEqual([5]);
    expect(vidsOf(await ask(hub, DOORS, { ...more, client: 'desk', begin: { last: 3 } }))).toEqual([3, 4, 5]);
    await hub.late.flush();
    expect(await world.cursors.list('doors')).toMatchObject([
      { client: 'desk', maxvid: 2 },
      { client: 'wall', maxvid: 4 },
    ]);
  });
});
