/** The poll of a page that knows `maxvid` only: what it is given, and that nothing lets it stand still. */

import { expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { nextEvent, recordOf } from '../../../lib/poll/legacy-poll.ts';
import { memoryProcess, memoryWorld, say, track, WAIT_MS } from '../../support/memory/world.ts';

function setUp() {
  const world = memoryWorld();
  const [reader, writer] = [memoryProcess(world), memoryProcess(world)];
  const ask = (maxvid: number, signal?: AbortSignal) =>
    nextEvent(reader.poll, TRUSTED, { channel: 'doors', maxvid, waitMs: WAIT_MS }, signal);
  return { world, reader, writer, ask };
}

const vidOf = async (answer: ReturnType<typeof nextEvent>) => (await answer)?.vid;

test('a legacy poll gives one event at a time, in order', async () => {
  const { writer, ask } = setUp();
  await say(writer, 'doors', 'a', 'b', 'c');

  expect([await vidOf(ask(0)), await vidOf(ask(1)), await vidOf(ask(2))]).toEqual([1, 2, 3]);
});

test('a legacy poll waits for the event after its place', async () => {
  const { world, writer, ask } = setUp();
  await say(writer, 'doors', 'a');
  const held = track(ask(1));
  await world.clock.advance(3_000);
  expect(held.done).toBe(false);

  await say(writer, 'doors', 'b');
  await world.clock.advance(0);

  expect(await held.promise).toMatchObject({ vid: 2, data: 'b' });
});

test('a legacy poll gives nothing when 20 s are over', async () => {
  const { world, ask } = setUp();
  const held = track(ask(0));

  await world.clock.advance(WAIT_MS - 1);
  expect(held.done).toBe(false);
  await world.clock.advance(1_001);

  expect(await held.promise).toBeUndefined();
});

test('a legacy poll goes on from the oldest kept event when it is ahead of the log', async () => {
  const { writer, ask } = setUp();
  await say(writer, 'doors', 'a', 'b');

  expect(await vidOf(ask(99))).toBe(1);
});

test('a legacy poll waits for the first event of a channel that lost its log', async () => {
  const { world, writer, ask } = setUp();
  const held = track(ask(99));
  await world.clock.advance(3_000);
  expect(held.done).toBe(false);

  await say(writer, 'doors', 'a');
  await world.clock.advance(0);

  expect(await vidOf(held.promise)).toBe(1);
});

test('a legacy poll waits no longer than 20 s in all when it had to start over', async () => {
  const { world, ask } = setUp();
  const held = track(ask(99));

  await world.clock.advance(WAIT_MS + 1_000);

  expect(held.done).toBe(true);
  expect(await held.promise).toBeUndefined();
});

test('passes over what has expired', async () => {
  const { world, writer, ask } = setUp();
  for (const id of ['a', 'b', 'c']) await say(writer, 'doors', id);
  world.log.expire('doors', 2);

  expect(await vidOf(ask(0))).toBe(3);
});

test('a legacy poll waits when all that came after its place has expired', async () => {
  const { world, writer, ask } = setUp();
  await say(writer, 'doors', 'a', 'b');
  world.log.expire('doors', 2);
  const held = track(ask(0));
  await world.clock.advance(3_000);
  expect(held.done).toBe(false);

  const { first } = await say(writer, 'doors', 'c');
  await world.clock.advance(0);

  expect(await vidOf(held.promise)).toBe(first);
});

test('a legacy poll ends when the page is known to be gone', async () => {
  const { world, ask } = setUp();
  const gone = new AbortController();
  const held = track(ask(0, gone.signal));
  await world.clock.advance(3_000);

  gone.abort();
  await world.clock.advance(0);

  expect(held.done).toBe(true);
});

test('a legacy poll asks no more than the caller may read', async () => {
  const { reader } = setUp();
  const asked = nextEvent(
    reader.poll,
    { read: ['alerts'], write: [] },
    { channel: 'doors', maxvid: 0, waitMs: 0 },
  );

  await expect(asked).rejects.toMatchObject({ code: 'forbidden' });
});

test.each([
  ['an object', { doorno: 3, ynopen: 'Y' }, { vid: 7, doorno: 3, ynopen: 'Y' }],
  ['an object with its own vid', { vid: 4711, doorno: 3 }, { vid: 7, doorno: 3 }],
  ['an object with data', { data: 1 }, { vid: 7, data: 1 }],
  ['an empty object', {}, { vid: 7 }],
  ['an array', [1, 2], { vid: 7, data: [1, 2] }],
  ['a string', 'open', { vid: 7, data: 'open' }],
  ['a number', 0, { vid: 7, data: 0 }],
  ['false', false, { vid: 7, data: false }],
  ['null', null, { vid: 7, data: null }],
])('a record of %s begins with our vid', (_, data, record) => {
  const made = recordOf({ vid: 7, id: 'i', at: '2026-01-01T00:00:00.000Z', data });

  expect(made).toEqual(record);
  expect(JSON.stringify(made)).toMatch(/^\{"vid":7[,}]/);
});

test('a record keeps a member named __proto__ as data', () => {
  const data: unknown = JSON.parse('{"__proto__":{"vid":1}}');

  expect(JSON.stringify(recordOf({ vid: 7, id: 'i', at: '', data }))).toBe('{"vid":7,"__proto__":{"vid":1}}');
});
