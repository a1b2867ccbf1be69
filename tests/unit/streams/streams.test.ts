/** Streams on ports in memory, with several processes: what one has done, the others see or run into. */

import { describe, expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import type { EventLog } from '../../../lib/log/ports.ts';
import { MAX_PRODUCERS } from '../../../lib/log/writers.ts';
import { appendTo } from '../../../lib/streams/append.ts';
import { purge } from '../../../lib/streams/purge.ts';
import { replacing, unavailable } from '../../support/memory/doubles.ts';
import { follow, get, post, produce, put, remove } from '../../support/memory/stream-world.ts';
import {
  ask,
  type MemoryProcess,
  memoryHub,
  memoryProcess,
  memoryWorld,
  say,
  track,
  vidsOf,
  WAIT_MS,
  type World,
} from '../../support/memory/world.ts';

/** Two processes of one world. */
function two(): readonly [World, MemoryProcess, MemoryProcess] {
  const world = memoryWorld();
  return [world, memoryProcess(world), memoryProcess(world)];
}

/** Lets the world's time pass until the promise is settled. */
async function soon<T>(world: World, promise: Promise<T>): Promise<T> {
  const tracked = track(promise);
  for (let i = 0; i < 200 && !tracked.done; i++) await world.clock.advance(20);
  return promise;
}

describe('a channel is an open stream of JSON', () => {
  test('what is published there is read as messages', async () => {
    const [, one, other] = two();
    await say(one, 'doors', 'a', 'b');

    const { body, isUpToDate, isClosed, stream } = await get(other, 'doors');

    expect(body).toBe('["a","b"]');
    expect([isUpToDate, isClosed, stream.contentType]).toEqual([true, false, 'application/json']);
  });

  test.each([
    ['the messages of a stream that is made', { body: '["a"]' }, 1],
    ['the end of a stream that is made closed', { body: '', closes: true }, 0],
  ])('%s reach a poll that another process holds for the first of them, at once', async (_, made, count) => {
    const [world, one, other] = two();
    const poll = ask(other, { channel: 'doors', maxvid: 0 });
    await world.clock.advance(1_000);

    await put(one, 'doors', made);

    expect((await soon(world, poll)).events).toHaveLength(count);
  });

  test('what is appended to a stream is polled as events', async () => {
    const [, one, other] = two();
    await put(one, 'doors', { body: '["a"]' });
    await post(one, 'doors', '["b",["c"]]');
    await say(other, 'doors', 'd');

    const answer = await ask(other, { channel: 'doors', maxvid: 1 });

    expect(answer.events.map(({ vid, data }) => [vid, data])).toEqual([
      [2, 'b'],
      [3, ['c']],
      [4, 'd'],
    ]);
    expect(answer).toMatchObject({ channel: 'doors', maxvid: 4, missed: 0 });
    expect((await get(one, 'doors')).body).toBe('["a","b",["c"],"d"]');
  });

  test('an event wakes who polls the stream, in whatever process', async () => {
    const [world, one, other] = two();
    await put(one, 'doors');
    const { nextOffset } = await get(other, 'doors');
    const held = track(follow(other, 'doors', nextOffset));
    await world.clock.advance(2_000);
    expect(held.done).toBe(false);

    await say(one, 'doors', 'x');

    expect((await soon(world, held.promise)).body).toBe('["x"]');
  });

  test('a message wakes who polls the channel, in whatever process', async () => {
    const [world, one, other] = two();
    await say(one, 'doors', 'a');
    const held = track(ask(other, { channel: 'doors', maxvid: 1 }));
    await world.clock.advance(2_000);

    await post(one, 'doors', '"b"');

    expect(vidsOf(await soon(world, held.promise))).toEqual([2]);
  });

  test('on a hub, too', async () => {
    const world = memoryWorld();
    const hub = memoryHub(world);
    await put(hub, 'doors', { contentType: 'text/plain', body: 'ab' });
    const { nextOffset } = await get(hub, 'doors');
    const held = track(follow(hub, 'doors', nextOffset));
    await world.clock.advance(1_000);

    await post(hub, 'doors', 'cd', { contentType: 'text/plain' });

    expect((await soon(world, held.promise)).body).toBe('cd');
  });
});

describe('closing', () => {
  test('is told to polls, without a number missed, and refuses what comes after', async () => {
    const [, one, other] = two();
    await say(one, 'doors', 'a');
    await post(one, 'doors', '["b"]', { closes: true });

    expect(await ask(other, { channel: 'doors', maxvid: 1 })).toMatchObject({
      events: [{ vid: 2, data: 'b' }],
      closed: true,
      missed: 0,
    });
    await expect(say(other, 'doors', 'c')).rejects.toMatchObject({ code: 'closed' });
    expect(await post(other, 'doors', '"c"')).toMatchObject({ kind: 'closed' });
    expect(await get(other, 'doors')).toMatchObject({ body: '["a","b"]', isClosed: true });
  });

  test('an id that was published before is still found', async () => {
    const [, one, other] = two();
    await say(one, 'doors', 'a');
    await post(one, 'doors', '', { closes: true });

    expect(await say(other, 'doors', 'a')).toMatchObject({ first: 1, count: 0, duplicates: 1 });
  });

  test('wakes who waits, in whatever process', async () => {
    const [world, one, other] = two();
    await put(one, 'docs/a', { body: '[1]' });
    const { nextOffset } = await get(other, 'docs/a');
    const held = track(follow(other, 'docs/a', nextOffset));
    await world.clock.advance(2_000);

    await post(one, 'docs/a', '', { closes: true });

    expect(await soon(world, held.promise)).toMatchObject({ isClosed: true, nextOffset });
  });

  test('one of two who append and close at once is first, and nothing comes after it', async () => {
    const [world, one, other] = two();
    await put(one, 'a');
    await get(other, 'a');

    const both = [one, other].map((each, i) => post(each, 'a', `"${i}"`, { closes: true }));
    const outcomes = await soon(world, Promise.all(both));

    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['appended', 'closed']);
    expect(JSON.parse((await get(one, 'a')).body)).toHaveLength(1);
  });
});

describe('deleting', () => {
  test('a writer in another process that knows the stream does not write to it any more', async () => {
    const [world, one, other] = two();
    await put(one, 'a');
    await post(other, 'a', '"before"');
    const stream = (await get(other, 'a')).stream;
    await remove(one, 'a');

    // As if it had found the stream just before it was deleted.
    const writing = other.streaming.appender.write('a', [], { life: stream.life, bytes: new Uint8Array(1) });

    expect((await soon(world, writing)).outcome.kind).toBe('gone');
    await expect(post(other, 'a', '"after"')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a stream that is made anew has nothing of the one before, and refuses its offsets', async () => {
    const [, one, other] = two();
    await put(one, 'a', { body: '[1,2]' });
    const { nextOffset } = await get(other, 'a');
    await remove(one, 'a');

    await put(other, 'a', { contentType: 'text/plain', body: 'new' });

    expect((await get(one, 'a')).body).toBe('new');
    await expect(get(one, 'a', nextOffset)).rejects.toMatchObject({ code: 'gone' });
  });

  test('a writer that knows the life before writes to none', async () => {
    const [world, one, other] = two();
    await put(one, 'a');
    await post(other, 'a', '"x"');
    const { life } = (await get(other, 'a')).stream;
    await remove(one, 'a');
    await put(one, 'a');

    const late = other.streaming.appender.write('a', [], { life, bytes: new Uint8Array(1) });

    expect((await soon(world, late)).outcome.kind).toBe('gone');
    expect((await get(one, 'a')).body).toBe('[]');
  });

  test('of two who delete at once, one has deleted it, and the other is told that it is not there', async () => {
    const [world, one, other] = two();
    await put(one, 'a', { body: '[1]' });

    const outcomes = await soon(world, Promise.allSettled([remove(one, 'a'), remove(other, 'a')]));

    expect(outcomes.map((each) => (each.status === 'rejected' ? each.reason.code : 'done')).sort()).toEqual([
      'done',
      'not-found',
    ]);
  });

  test('a body that comes while the stream is deleted is not taken', async () => {
    const [world, one, other] = two();
    await put(one, 'a', { body: '[1]' });
    const body = async () => {
      await remove(other, 'a');
      return new TextEncoder().encode('[2]');
    };
    const request = { name: 'a', contentType: 'application/json', closes: false, body };

    await expect(soon(world, appendTo(one.streaming, TRUSTED, request))).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('wakes who waits, and tells that it is gone', async () => {
    const [world, one, other] = two();
    await put(one, 'a', { body: '[1]' });
    const { nextOffset } = await get(other, 'a');
    const held = follow(other, 'a', nextOffset);
    held.catch(() => undefined);
    await world.clock.advance(2_000);

    await remove(one, 'a');

    await expect(soon(world, held)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a channel is deleted with its events, and made anew by PUT only', async () => {
    const [world, one, other] = two();
    await say(one, 'doors', 'a', 'b');
    await say(other, 'doors', 'c');
    await soon(world, remove(one, 'doors'));

    await expect(soon(world, say(other, 'doors', 'd'))).rejects.toMatchObject({ code: 'gone' });
    await expect(get(other, 'doors')).rejects.toMatchObject({ code: 'not-found' });
    await put(one, 'doors');
    expect(await soon(world, say(other, 'doors', 'e'))).toMatchObject({ first: 1 });
    expect((await get(one, 'doors')).body).toBe('["e"]');
  });

  test('a poll that goes on in the life before is told to start over', async () => {
    const [world, one, other] = two();
    await say(one, 'doors', 'a', 'b');
    const { epoch, maxvid } = await ask(other, { channel: 'doors', maxvid: 0 });
    await remove(one, 'doors');
    await put(one, 'doors', { body: '["x","y","z"]' });

    const poll = ask(other, { channel: 'doors', maxvid, ...(epoch === null ? {} : { epoch }) });

    await expect(soon(world, poll)).rejects.toMatchObject({ code: 'reset' });
    expect(vidsOf(await ask(other, { channel: 'doors', maxvid: 0 }))).toEqual([1, 2, 3]);
  });

  test('removes the log some minutes later', async () => {
    const [world, one] = two();
    await put(one, 'a', { body: '[1]' });
    const { log } = (await get(one, 'a')).stream;
    await remove(one, 'a');

    expect(await purge(one.streaming, Number.POSITIVE_INFINITY)).toBe(0);
    await world.clock.advance(6 * 60_000);

    expect(await soon(world, purge(one.streaming, Number.POSITIVE_INFINITY))).toBe(1);
    expect(world.log.blocks(log)).toEqual([]);
  });
});

describe('making', () => {
  test('is not ended by an event that comes at the same time: one of the two is first', async () => {
    for (let turn = 0; turn < 8; turn++) {
      const [world, one, other] = two();
      const append: EventLog['append'] = async (channel, block) => {
        for (let i = 0; i < turn; i++) await Promise.resolve();
        return world.log.append(channel, block);
      };
      const slow = memoryProcess(world, { log: replacing(world.log, { append }) });

      const said = say(slow, 'doors', 'a');
      const made = put(one, 'doors', { contentType: 'text/plain' });
      const outcomes = await soon(world, Promise.allSettled([said, made]));

      // What was acknowledged is there; nothing else is.
      const { stream, body } = await get(other, 'doors');
      if (outcomes[0].status === 'fulfilled') expect([stream.isJson, body]).toEqual([true, '["a"]']);
      else expect([stream.isJson, body]).toEqual([false, '']);
    }
  });

  test('what it begins with is there as soon as the stream is, or nothing is', async () => {
    const [world, one, other] = two();
    const swap = async () => {
      throw unavailable();
    };
    const dying = memoryProcess(world, { streams: replacing(world.log.streams, { swap }) });

    await expect(put(dying, 'a', { body: '[1]' })).rejects.toMatchObject({ code: 'unavailable' });

    await expect(get(other, 'a')).rejects.toMatchObject({ code: 'not-found' });
    await put(one, 'a', { body: '[2]' });
    expect((await get(other, 'a')).body).toBe('[2]');
    await world.clock.advance(2 * 3_600_000);
    expect(await soon(world, purge(one.streaming, Number.POSITIVE_INFINITY))).toBe(1);
    expect((await get(other, 'a')).body).toBe('[2]');
  });
});

describe('producers', () => {
  test('a batch whose answer was lost is written once', async () => {
    const world = memoryWorld();
    await put(memoryProcess(world), 'a');
    let isFirst = true;
    const append: EventLog['append'] = async (channel, block) => {
      const outcome = await world.log.append(channel, block);
      if (!isFirst) return outcome;
      isFirst = false;
      throw unavailable();
    };
    const process = memoryProcess(world, { log: replacing(world.log, { append }) });

    const produced = produce(process, 'a', { id: 'p', epoch: 0, seq: 0 });

    expect(await soon(world, produced)).toMatchObject({ kind: 'appended' });
    expect((await get(process, 'a')).body).toBe('["p:0:0"]');
  });

  test('five batches in flight over five processes come in order, each once', async () => {
    const world = memoryWorld();
    const processes = Array.from({ length: 5 }, () => memoryProcess(world));
    const [first] = processes;
    if (!first) throw new Error('there is no process');
    await put(first, 'a');

    const batches = processes.map((each, seq) => produce(each, 'a', { id: 'p', epoch: 0, seq }));
    const outcomes = await soon(world, Promise.all(batches.reverse()));

    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(5).fill('appended'));
    expect((await get(first, 'a')).body).toBe(JSON.stringify([0, 1, 2, 3, 4].map((seq) => `p:0:${seq}`)));
  });

  test('what a process does not know yet is no gap', async () => {
    const [world, one, other] = two();
    await put(one, 'a');
    await produce(other, 'a', { id: 'p', epoch: 0, seq: 0 });
    for (const seq of [1, 2, 3]) await produce(one, 'a', { id: 'p', epoch: 0, seq });

    const next = produce(other, 'a', { id: 'p', epoch: 0, seq: 4 });

    expect(await soon(world, next)).toMatchObject({ kind: 'appended' });
    const gap = produce(other, 'a', { id: 'p', epoch: 0, seq: 9 });
    expect(await soon(world, gap)).toMatchObject({ kind: 'gap', expected: 5 });
  });

  test('hundreds of them are remembered, in any process', async () => {
    const [world, one, other] = two();
    await put(one, 'a');
    const ids = Array.from({ length: 20 * MAX_PRODUCERS }, (_, i) => `p${i}`);
    for (const id of ids) await produce(one, 'a', { id, epoch: 1, seq: 0 });

    for (const id of ids.filter((_, i) => i % 37 === 0)) {
      const again = await soon(world, produce(other, 'a', { id, epoch: 1, seq: 0 }));
      expect(again).toMatchObject({ kind: 'duplicate', producer: { id, epoch: 1, seq: 0 } });
      expect(await soon(world, produce(other, 'a', { id, epoch: 0, seq: 0 }))).toMatchObject({
        kind: 'fenced',
        epoch: 1,
      });
      expect(await soon(world, produce(other, 'a', { id, epoch: 1, seq: 1 }))).toMatchObject({
        kind: 'appended',
      });
    }

    expect(JSON.parse((await get(other, 'a')).body)).toHaveLength(ids.length + Math.ceil(ids.length / 37));
  });

  test('stay as they are when events are published in between', async () => {
    const [world, one, other] = two();
    await say(one, 'doors', 'a');
    await produce(one, 'doors', { id: 'p', epoch: 0, seq: 0 });
    await soon(world, say(other, 'doors', 'b'));

    const again = await soon(world, produce(other, 'doors', { id: 'p', epoch: 0, seq: 0 }));
    const next = await soon(world, produce(one, 'doors', { id: 'p', epoch: 0, seq: 1 }));

    expect([again.kind, next.kind]).toEqual(['duplicate', 'appended']);
  });

  test('the batch that closed the stream may come again, and no other', async () => {
    const [, one, other] = two();
    await put(one, 'a');
    const producer = { id: 'p', epoch: 0, seq: 0 };
    await post(one, 'a', '"end"', { producer, closes: true });

    expect(await post(other, 'a', '"end"', { producer, closes: true })).toMatchObject({
      kind: 'duplicate',
      isClosed: true,
    });
    expect(await post(other, 'a', '"x"', { producer: { ...producer, seq: 1 } })).toMatchObject({
      kind: 'closed',
    });
  });
});

describe('forks', () => {
  test('read what was there, then their own, over three levels', async () => {
    const [, one, other] = two();
    await put(one, 'a', { body: '[1,2,3]' });
    await put(one, 'b', { fork: { from: 'a', subOffset: 2, offset: '-1' } });
    await post(one, 'b', '["b"]');
    await put(other, 'c', { fork: { from: 'b' } });
    await post(other, 'c', '["c"]');
    await post(one, 'a', '[4]');

    expect((await get(other, 'c')).body).toBe('[1,2,"b","c"]');
    expect((await get(one, 'b')).body).toBe('[1,2,"b"]');
    expect((await ask(other, { channel: 'c', maxvid: 1 })).events.map(({ data }) => data)).toEqual([
      2,
      'b',
      'c',
    ]);
  });

  test('every offset of a fork leads on to what comes after it', async () => {
    const [, one] = two();
    await put(one, 'a', { contentType: 'text/plain', body: 'abc' });
    await put(one, 'b', { contentType: 'text/plain', fork: { from: 'a' }, body: 'de' });
    const whole = (await get(one, 'b')).body;
    const offsets = new Set<string>();
    for (const process of [one]) {
      let offset = (await get(process, 'b', '-1')).nextOffset;
      offsets.add(offset);
      offset = (await get(process, 'a')).nextOffset;
      offsets.add(offset);
    }

    expect(whole).toBe('abcde');
    for (const offset of offsets) {
      const { body } = await get(one, 'b', offset);
      expect(whole.endsWith(body)).toBe(true);
    }
    expect([...offsets].sort()).toEqual([...offsets].reverse());
  });

  test('keep what they read when their source is deleted, and let it go at last', async () => {
    const [world, one, other] = two();
    await put(one, 'a', { body: '[1]' });
    const { log } = (await get(one, 'a')).stream;
    await put(one, 'b', { fork: { from: 'a' } });
    await remove(other, 'a');
    await expect(get(one, 'a')).rejects.toMatchObject({ code: 'gone' });
    await world.clock.advance(2 * 3_600_000);
    await soon(world, purge(other.streaming, Number.POSITIVE_INFINITY));
    expect((await get(other, 'b')).body).toBe('[1]');

    await remove(other, 'b');

    await expect(get(one, 'a')).rejects.toMatchObject({ code: 'not-found' });
    await world.clock.advance(2 * 3_600_000);
    await soon(world, purge(one.streaming, Number.POSITIVE_INFINITY));
    expect(world.log.blocks(log)).toEqual([]);
  });

  test('a source that is deleted while it is forked: either the fork is refused, or it reads', async () => {
    for (let turn = 0; turn < 12; turn++) {
      const world = memoryWorld();
      const [one, other] = [memoryProcess(world), memoryProcess(world)];
      await put(one, 'a', { body: '[1]' });
      const addFork: (typeof world.log.streams)['addFork'] = async (log, fork) => {
        for (let i = 0; i < turn; i++) await Promise.resolve();
        return world.log.streams.addFork(log, fork);
      };
      const slow = memoryProcess(world, { streams: replacing(world.log.streams, { addFork }) });

      const forked = put(slow, 'b', { fork: { from: 'a' } });
      const [made] = await soon(world, Promise.allSettled([forked, remove(one, 'a')]));
      await world.clock.advance(2 * 3_600_000);
      await soon(world, purge(other.streaming, Number.POSITIVE_INFINITY));

      if (made.status === 'fulfilled') expect((await get(other, 'b')).body).toBe('[1]');
      else await expect(get(other, 'b')).rejects.toMatchObject({ code: 'not-found' });
    }
  });
});

describe('a time to live', () => {
  test('begins anew with each read, and not with a look', async () => {
    const [world, one, other] = two();
    await put(one, 'a', { ttlS: 10, body: '[1]' });
    await world.clock.advance(8_000);
    await get(other, 'a');
    await world.clock.advance(8_000);
    expect((await get(one, 'a')).body).toBe('[1]');

    await world.clock.advance(10_001);

    await expect(get(other, 'a')).rejects.toMatchObject({ code: 'not-found' });
    expect(await put(other, 'a', { ttlS: 10 })).toMatchObject({ isNew: true });
  });

  test('ends a stream that nobody asks for', async () => {
    const [world, one] = two();
    await put(one, 'a', { ttlS: 10, body: '[1]' });
    const { log } = (await get(one, 'a')).stream;
    await world.clock.advance(2 * 3_600_000);

    expect(await soon(world, purge(one.streaming, Number.POSITIVE_INFINITY))).toBe(1);

    expect(world.log.blocks(log)).toEqual([]);
    await expect(get(one, 'a')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a long poll counts as read when it ends, too', async () => {
    const [world, one] = two();
    await put(one, 'a', { ttlS: 15, body: '[1]' });
    const { nextOffset } = await get(one, 'a');
    const held = track(follow(one, 'a', nextOffset));
    for (let i = 0; i < 12; i++) await world.clock.advance(WAIT_MS / 20);

    await post(one, 'a', '2');

    expect((await soon(world, held.promise)).body).toBe('[2]');
  });
});
