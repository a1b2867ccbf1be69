/** Ghosts: a newer poll of the same client ends the older one, wherever it is held, and nobody else's. */

import { describe, expect, test } from 'vitest';
import { type Caller, TRUSTED } from '../../../lib/auth/caller.ts';
import { poll } from '../../../lib/poll/poll.ts';
import type { PollAnswer } from '../../../lib/protocol/doorbell.ts';
import { Calls, counting } from '../../support/memory/doubles.ts';
import {
  ask,
  type MemoryProcess,
  memoryProcess,
  memoryWorld,
  say,
  track,
  vidsOf,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = { channel: 'doors', maxvid: 1 };
const WALL = { client: 'wall' };

async function setUp() {
  const world = memoryWorld();
  const [one, other, publisher] = [memoryProcess(world), memoryProcess(world), memoryProcess(world)];
  for (const process of [one, other]) await process.poll.mailbox.address();
  await world.clock.advance(3000);
  await say(publisher, 'doors', 'a');
  return { world, clock: world.clock, one, other, publisher };
}

async function held(process: MemoryProcess, more: object = WALL) {
  const polling = track<PollAnswer>(ask(process, DOORS, more));
  await settle();
  return polling;
}

test.each([{ where: 'the same process' }, { where: 'another process' }])(
  'a newer poll of the same client in $where ends the older one at once',
  async ({ where }) => {
    const { one, other, publisher } = await setUp();
    const older = await held(one);

    const newer = await held(where === 'the same process' ? one : other);
    await settle();
    const ended = [older.done, newer.done];
    await say(publisher, 'doors', 'b');

    expect(ended).toEqual([true, false]);
    expect(await older.promise).toMatchObject({ superseded: true, events: [], maxvid: 1 });
    expect(vidsOf(await newer.promise)).toEqual([2]);
    expect(one.meter.of('PollsSuperseded')).toBe(1);
  },
);

test('a newer poll that does not wait ends the older one too', async () => {
  const { one, other } = await setUp();
  const older = await held(one);

  await ask(other, DOORS, { ...WALL, waitMs: 0 });
  await settle();

  expect(older.done).toBe(true);
});

describe('a client id that several principals use', () => {
  const asks = (process: MemoryProcess, caller: Partial<Caller>, waitMs = 20_000) =>
    track(poll(process.poll, { ...TRUSTED, ...caller }, { cursors: [DOORS], waitMs, limit: 10, ...WALL }));

  test.each<readonly [string, Partial<Caller>, Partial<Caller>, boolean]>([
    ['another token', { principal: 'token a' }, { principal: 'token b' }, false],
    ['the same token', { principal: 'token a' }, { principal: 'token a' }, true],
    [
      'another token of that sub',
      { principal: 'sub wall', client: 'wall' },
      { principal: 'sub wall', client: 'wall' },
      true,
    ],
    [
      'another token that is bound to that client',
      { principal: 'token a', client: 'wall' },
      { principal: 'token b', client: 'wall' },
      true,
    ],
    [
      'a token that is bound to no client',
      { principal: 'token a', client: 'wall' },
      { principal: 'token b' },
      false,
    ],
    ['a process that checks no tokens', { principal: 'token a' }, {}, true],
    ['a token, of a poll that no token was checked for', {}, { principal: 'token b' }, true],
  ])('of a poll and a newer one of %s (%j, %j), the older ends: %s', async (_, older, newer, ends) => {
    for (const waitMs of [0, 20_000]) {
      const { one, other } = await setUp();
      for (const process of [one, other]) {
        const polling = asks(one, older);
        await settle();
        asks(process, newer, waitMs);
        await settle();

        expect(polling.done).toBe(ends);
      }
    }
  });
});

test('a session ends nobody who has another name, or none', async () => {
  const { one, other } = await setUp();
  const polls = [await held(one, { client: 'a' }), await held(one, {}), await held(other, {})];

  await held(other, { client: 'b' });
  await settle();

  expect(polls.map(({ done }) => done)).toEqual([false, false, false]);
});

test('a session ends nobody when the client has moved on: its events have ended that poll', async () => {
  const { one, publisher, world } = await setUp();
  const calls = new Calls();
  await held(one);
  await say(publisher, 'doors', 'b');
  const watched = memoryProcess(world, { mailboxes: counting(world.mailboxes, calls) });
  await watched.poll.mailbox.address();

  track(ask(watched, { channel: 'doors', maxvid: 2 }, WALL));
  await settle();

  expect(calls.of('send')).toBe(0);
});

test('a session ends nobody whose wait is over', async () => {
  const { one, world, clock } = await setUp();
  const calls = new Calls();
  await held(one);
  await clock.advance(21_000);
  const watched = memoryProcess(world, { mailboxes: counting(world.mailboxes, calls) });

  await ask(watched, DOORS, { ...WALL, waitMs: 0 });

  expect(calls.of('send')).toBe(0);
});

test('two tabs under one name end each other, and each is told so', async () => {
  const { one } = await setUp();

  const first = await held(one);
  const second = await held(one);
  const third = await held(one);

  expect([first.done, second.done, third.done]).toEqual([true, true, false]);
  expect((await first.promise).superseded).toBe(true);
  expect((await second.promise).superseded).toBe(true);
});

test('a ghost takes no event from the poll that followed it', async () => {
  const { one, other, publisher } = await setUp();
  await held(one);
  const newer = await held(other);

  await say(publisher, 'doors', 'b');
  await settle();

  expect(vidsOf(await newer.promise)).toEqual([2]);
});
