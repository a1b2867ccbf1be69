/** Whoever may have some keys is given these and no others, in every way of reading and writing. */

import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import { nextEvent } from '../../../lib/poll/legacy-poll.ts';
import { poll } from '../../../lib/poll/poll.ts';
import { follow } from '../../../lib/poll/poll-loop.ts';
import { narrowOf } from '../../../lib/poll/wish.ts';
import type { PollAnswer } from '../../../lib/protocol/doorbell.ts';
import { publish, publishAll } from '../../../lib/publish/publish.ts';
import { NO_STATE } from '../../../lib/state/ports.ts';
import { readState } from '../../../lib/state/read-state.ts';
import { followDoors } from '../../support/memory/followers.ts';
import { memoryHub, memoryWorld, tell } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const CALLER = { read: ['doors#1', 'doors#a.*'], write: ['doors#1', 'doors#a.*'] };
const SECRET = ['2', 'a', 'b.1', 'a.'];
const DOORS = { cursors: [{ channel: 'doors', maxvid: 0 }], waitMs: 0, limit: 500 };
const keysIn = (answers: readonly PollAnswer[]) =>
  answers.flatMap(({ events }) => events.map(({ key }) => key));

async function setUp() {
  const world = memoryWorld();
  const hub = memoryHub(world);
  await tell(hub, 'doors', '1', ...SECRET, 'a.1');
  await publish(hub.publish, { read: [], write: ['*'] }, 'doors', [newEvent('x', 'without a key')], false);
  return { world, hub };
}

describe('reading', () => {
  test.each([
    ['everything', {}, ['1', 'a.1']],
    ['a key that it may have, and one that it may not', narrowed(['1', '2']), ['1']],
    ['keys that it may not have', narrowed(SECRET), []],
    ['a prefix with both', narrowed([], 'a'), ['a.1']],
    ['the newest of each', narrowed([], '', true), ['1', 'a.1']],
  ])('who asks for %s', async (_, wish, keys) => {
    const { hub } = await setUp();

    expect(keysIn(await poll(hub.poll, CALLER, { ...DOORS, ...wish }))).toEqual(keys);
    const held = await poll(hub.poll, CALLER, { ...DOORS, ...wish, waitMs: keys.length > 0 ? 20_000 : 0 });
    expect(keysIn(held)).toEqual(keys);
  });

  test('several channels: each by its own grants', async () => {
    const { hub } = await setUp();
    await tell(hub, 'alerts', '1', '2');
    const cursors = ['doors', 'alerts'].map((channel) => ({ channel, maxvid: 0 }));
    const caller = { ...CALLER, read: [...CALLER.read, 'alerts'] };

    expect(keysIn(await poll(hub.poll, caller, { ...DOORS, cursors }))).toEqual(['1', 'a.1', '1', '2']);
    await expect(poll(hub.poll, CALLER, { ...DOORS, cursors })).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('a stream, from its first answer on', async () => {
    const { hub } = await setUp();
    const reader = await followDoors(hub, { caller: CALLER });
    await settle();
    await tell(hub, 'doors', '2', '1', 'b');

    expect(keysIn(reader.answers)).toEqual(['1', 'a.1', '1']);
    reader.follower.leave();
  });

  test('one answer after the other', async () => {
    const { hub } = await setUp();
    const signal = new AbortController().signal;
    const answers = follow(hub.poll, CALLER, { ...DOORS, waitMs: 20_000 }, signal, async () => undefined);
    const first = await answers.next();
    const next = answers.next();
    await settle();
    await tell(hub, 'doors', '2', 'a.2');

    expect(keysIn([first, await next].flatMap(({ value }) => value ?? []))).toEqual(['1', 'a.1', 'a.2']);
    await answers.return();
  });

  test('the page of the predecessor', async () => {
    const { hub } = await setUp();
    const next = (maxvid: number) => nextEvent(hub.poll, CALLER, { channel: 'doors', maxvid, waitMs: 0 });

    expect([(await next(0))?.key, (await next(1))?.key, await next(6)]).toEqual(['1', 'a.1', undefined]);
  });
});

describe('the state', () => {
  const ALL = { prefix: '', after: '', keys: [] };
  const entries = async (read: readonly string[], range: object) => {
    const { world, hub } = await setUp();
    const { log, headReader } = hub.poll;
    const ports = { log, headReader, states: NO_STATE };
    const state = await readState(ports, { read, write: [] }, 'doors', { ...ALL, ...range });
    expect(world.log.blocks('doors').length).toBeGreaterThan(0);
    return state.entries.map(({ key }) => key);
  };

  test.each([
    [['doors#1', 'doors#a.*'], { keys: ['1', 'a.1', 'a.9'] }, ['1', 'a.1']],
    [['doors#1', 'doors#a.*'], { prefix: 'a.' }, ['a.1']],
    [['doors#a.*'], {}, ['a.1']],
    [['doors#1', 'doors#a.1', 'doors#none'], {}, ['1', 'a.1']],
    [['doors#*'], { prefix: 'a' }, ['a', 'a.', 'a.1']],
    [['doors#*'], {}, ['1', '2', 'a', 'a.', 'a.1', 'b.1']],
    [['doors#1', 'doors#a.*'], {}, ['1', 'a.1']],
    [['doors#1', 'doors#a.*'], { after: '1' }, ['a.1']],
    [['doors#a.*', 'doors#b.*', 'doors#a.1.*', 'doors#b.1'], {}, ['a.1', 'b.1']],
    [['doors#b.*', 'doors#none', 'doors#a.*'], { prefix: 'a' }, ['a.1']],
    [['doors#1', 'doors#a.*'], { prefix: '1' }, ['1']],
    [['doors#a.*'], { prefix: 'a.1' }, ['a.1']],
    [[...Array.from({ length: 50 }, (_, i) => `doors#n${i}`), 'doors#2'], {}, ['2']],
  ])('with %j, asked for %j', async (read, range, keys) => {
    expect(await entries(read, range)).toEqual(keys);
  });

  test.each([
    [['doors#1', 'doors#a.*'], { keys: ['1', '2'] }, 'key'],
    [['doors#1', 'doors#a.*'], { prefix: 'b' }, 'prefix'],
    [['doors#1'], { prefix: '12' }, 'prefix'],
  ])('with %j, %j is refused', async (read, range, field) => {
    await expect(entries(read, range)).rejects.toMatchObject({ code: 'forbidden', details: { field } });
  });
});

describe('publishing', () => {
  const events = (...keys: ReadonlyArray<string | undefined>) =>
    keys.map((key, i) => newEvent(`e${i}`, i, key));

  test('what it may', async () => {
    const { hub } = await setUp();

    expect(await publish(hub.publish, CALLER, 'doors', events('1', 'a.9'), false)).toMatchObject({
      count: 2,
    });
    expect(await publishAll(hub.publish, CALLER, 'doors', events('a.1'), false)).toMatchObject({ count: 1 });
  });

  test.each([[['1', '2']], [['a.']], [[undefined]], [['1', undefined]]])(
    'not %j, nor a part of it',
    async (keys) => {
      const { world, hub } = await setUp();
      const before = world.log.blocks('doors').length;
      const many = [...Array.from({ length: 150 }, () => '1'), ...keys];

      for (const publishing of [
        publish(hub.publish, CALLER, 'doors', events(...keys), false),
        publishAll(hub.publish, CALLER, 'doors', events(...many), false),
      ])
        await expect(publishing).rejects.toMatchObject({ code: 'forbidden', details: { field: 'key' } });
      expect(world.log.blocks('doors')).toHaveLength(before);
    },
  );
});

function narrowed(keys: readonly string[], prefix = '', latest = false) {
  const narrow = narrowOf(keys, prefix, latest);
  return narrow ? { narrow } : {};
}
