/** Direct waits of readers who want some keys only: what their arms and tickets say, and what a process that holds their waits wakes them for. */

import { describe, expect, test, vi } from 'vitest';
import type { Caller } from '../../../lib/auth/caller.ts';
import { newEvent } from '../../../lib/log/block.ts';
import { directWait } from '../../../lib/poll/direct-wait.ts';
import type { PollRequest } from '../../../lib/poll/poll.ts';
import { narrowOf } from '../../../lib/poll/wish.ts';
import { publish } from '../../../lib/publish/publish.ts';
import { mayWant } from '../../../lib/wakeup/wanted-keys.ts';
import { heldPorts, queuedPorts, reader } from '../../support/memory/direct.ts';
import { memoryHub, memoryProcess, memoryWorld, say, tell, track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';
import { WAIT_MS } from '../../support/time/limits.ts';

const NOBODY = new AbortController().signal;
const caller = reader('sub wall');
const SOME: Caller = { read: ['doors#a.*', 'doors#b', 'alerts'], write: [], principal: 'sub wall' };
const of = (keys: readonly string[], prefix = '', latest = false): Partial<PollRequest> => {
  const narrow = narrowOf(keys, prefix, latest);
  return narrow ? { narrow } : {};
};
const DOORS = { cursors: [{ channel: 'doors', maxvid: 1 }], waitMs: 0, limit: 500 };

describe('the arm of a reader', () => {
  const KEYS = ['a', 'a.', 'a.1', 'b', 'c', 'é', undefined];
  test.each<[string, Caller, Partial<PollRequest>, ReadonlyArray<string | undefined>]>([
    ['of one key', caller, of(['b']), ['b']],
    ['of keys', caller, of(['b', 'é']), ['b', 'é']],
    ['of a prefix', caller, of([], 'a.'), ['a.', 'a.1']],
    ['of everything', caller, {}, KEYS],
    ['of the newest of each key', caller, of([], '', true), KEYS],
    ['of the newest of one key', caller, of(['b'], '', true), ['b']],
    ['whose token has keys', SOME, {}, ['a.', 'a.1', 'b']],
    ['whose token has keys, of others', SOME, of(['c']), []],
    ['whose token has keys, of some of them', SOME, of([], 'a'), ['a.', 'a.1']],
    ['whose token has a key, of a prefix of it', SOME, of([], 'b'), ['b']],
    ['whose token has every key', { ...SOME, read: ['doors#*'] }, of([], 'a.1'), ['a.1']],
  ])('%s names what it wants', async (_, who, wish, wanted) => {
    const world = memoryWorld();
    const process = memoryProcess(world);
    await say(process, 'doors', 'first');

    await directWait(queuedPorts(world, process), who, { ...DOORS, ...wish });
    const [arm] = await world.waiters.armed('doors');

    expect(KEYS.filter((key) => !arm?.wanted || mayWant(arm.wanted, key))).toEqual(wanted);
  });

  test('of several channels names for each what it may have of it', async () => {
    const world = memoryWorld();
    const process = memoryProcess(world);
    const cursors = ['doors', 'alerts'].map((channel) => ({ channel, maxvid: 0 }));

    await directWait(queuedPorts(world, process), SOME, { ...DOORS, cursors });
    const [doors] = await world.waiters.armed('doors');
    const [alerts] = await world.waiters.armed('alerts');

    expect(doors?.wanted?.prefixes).toEqual(['a.']);
    expect(alerts).toMatchObject({ nonce: doors?.nonce, bare: true });
    expect(alerts).not.toHaveProperty('wanted');
  });

  test('names what its newest ask wants', async () => {
    const world = memoryWorld();
    const process = memoryProcess(world);
    const ports = queuedPorts(world, process);
    await say(process, 'doors', 'first');
    const { wait } = await directWait(ports, caller, { ...DOORS, ...of(['a']) });

    await directWait(ports, caller, DOORS, wait?.ticket);

    expect(await world.waiters.armed('doors')).toMatchObject([{ bare: true }]);
    expect((await world.waiters.armed('doors'))[0]).not.toHaveProperty('wanted');
  });
});

describe('a wait that a process holds', () => {
  async function setUp(wish: Partial<PollRequest>, who = caller) {
    const world = memoryWorld();
    const hub = memoryHub(world);
    await say(hub, 'doors', 'first');
    const ports = heldPorts(world, hub);
    const ask = (maxvid: number) =>
      directWait(ports, who, { ...DOORS, cursors: [{ channel: 'doors', maxvid }], ...wish });
    const hold = async (ticket = '') => {
      const before = world.clock.sleeping;
      const waiting = track(ports.waitFor(ticket, NOBODY));
      // Its signature is checked on another thread.
      await vi.waitUntil(() => waiting.done || world.clock.sleeping > before, WAIT_MS);
      return waiting;
    };
    return { world, hub, ask, hold };
  }

  test.each<[string, Partial<PollRequest>, Caller]>([
    ['keys', of(['a']), caller],
    ['a prefix', of([], 'a'), caller],
    ['what its token allows', {}, { ...SOME, read: ['doors#a'] }],
  ])('for %s stays held while others come, and ends with its own', async (_, wish, who) => {
    const { hub, ask, hold } = await setUp(wish, who);
    const { wait } = await ask(1);
    const waiting = await hold(wait?.ticket);

    await tell(hub, 'doors', 'b', 'c');
    await say(hub, 'doors', 'of no key');
    await settle();
    const before = waiting.done;
    await tell(hub, 'doors', 'b', 'a');

    expect(before).toBe(false);
    expect(await waiting.promise).toHaveLength(1);
    expect((await ask(1)).answers).toMatchObject([{ events: [{ vid: 6, key: 'a' }], passed: 4 }]);
  });

  test('ends in quiet behind few events of others, and tells of many, so that nobody reads them again and again', async () => {
    const { world, hub, ask, hold } = await setUp(of(['a']));
    const { wait } = await ask(1);
    const quiet = await hold(wait?.ticket);
    await tell(hub, 'doors', 'b');
    await world.clock.advance(20_000);

    const many = await hold(wait?.ticket);
    for (let i = 0; i < 11; i++) await tell(hub, 'doors', ...Array.from({ length: 100 }, () => 'b'));
    await world.clock.advance(20_000);

    expect(await quiet.promise).toEqual([]);
    expect(await many.promise).toHaveLength(1);
    const { answers, wait: next } = await ask(1);
    expect(answers).toMatchObject([{ events: [], maxvid: 1_102, passed: 1_101 }]);
    expect(next).toBeDefined();
  });

  test('tells at once of more than one poll looks through', async () => {
    const { hub, ask, hold } = await setUp(of(['a']));
    const { wait } = await ask(1);
    const large = 'x'.repeat(250_000);
    for (let i = 0; i < 120; i++)
      await publish(hub.publish, { read: [], write: ['*'] }, 'doors', [newEvent('made', large, 'b')], false);

    const waiting = await hold(wait?.ticket);

    expect(await waiting.promise).toHaveLength(1);
  });
});
