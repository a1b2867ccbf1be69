/** Forks: where they leave their source, what they have of it, and what is refused. */

import { describe, expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { forkPoint, inheritedEnd, isSameFork } from '../../../lib/streams/fork.ts';
import type { Stream } from '../../../lib/streams/locate.ts';
import { replacing } from '../../support/memory/doubles.ts';
import { streamApp } from '../../support/memory/stream-app.ts';
import { get, post, put, remove } from '../../support/memory/stream-world.ts';
import { memoryProcess, memoryWorld } from '../../support/memory/world.ts';

const fields = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field ? { details: { field } } : {}) });

/** `a` has 1 to 3, `b` goes on from 2 and has 3 and 4 of its own. */
async function setUp() {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await put(process, 'a', { body: '["a1","a2","a3"]' });
  await put(process, 'b', { body: '["b3","b4"]', fork: { from: 'a', offset: '-1', subOffset: 2 } });
  const point = (fork: Parameters<typeof forkPoint>[2], contentType?: string, caller = TRUSTED) =>
    forkPoint(process.streaming, caller, fork, contentType);
  return { world, process, point };
}

describe('a fork', () => {
  test.each([
    { from: 'a', offset: undefined, at: 3 },
    { from: 'a', offset: '-1', at: 0 },
    { from: 'a', offset: 'now', at: 3 },
    { from: 'a', offset: '-1', subOffset: 1, at: 1 },
    { from: 'a', offset: '-1', subOffset: 3, at: 3 },
    { from: 'b', offset: '-1', at: 0 },
    { from: 'b', offset: '-1', subOffset: 1, at: 1 },
    { from: 'b', offset: '-1', subOffset: 2, at: 2 },
    { from: 'b', offset: '-1', subOffset: 3, at: 3 },
    { from: 'b', offset: undefined, at: 4 },
  ])(
    'of $from at $offset and $subOffset more begins after $at and reads that much',
    async ({ at, from, ...more }) => {
      const { process, point } = await setUp();
      const fork = {
        from,
        ...(more.offset === undefined ? {} : { offset: more.offset }),
        ...('subOffset' in more ? { subOffset: more.subOffset } : {}),
      };

      expect((await point(fork)).at).toBe(at);
      await put(process, 'c', { fork, body: '["c"]' });
      const source = JSON.parse((await get(process, from)).body) as string[];
      expect(JSON.parse((await get(process, 'c')).body)).toEqual([...source.slice(0, at), 'c']);
    },
  );

  test('names the logs up to the one that it leaves, and no more', async () => {
    const { point } = await setUp();
    const of = async (subOffset: number) =>
      (await point({ from: 'b', offset: '-1', subOffset })).segments.map(({ upTo }) => upTo);

    expect([await of(0), await of(1), await of(2), await of(3), await of(4)]).toEqual([
      [0],
      [1],
      [2],
      [2, 3],
      [2, 4],
    ]);
    expect((await point({ from: 'a', offset: '-1' })).segments).toEqual([]);
  });

  test('may name a place by an offset of the source, and of its sources', async () => {
    const { process, point } = await setUp();
    const { nextOffset } = await get(process, 'b');

    expect((await point({ from: 'b', offset: nextOffset })).at).toBe(4);
    await expect(point({ from: 'a', offset: nextOffset })).rejects.toThrow(
      fields('bad-parameter', 'stream-fork-offset'),
    );
  });

  test.each([
    { what: 'of what is not there', fork: { from: 'x' }, code: 'not-found' },
    {
      what: 'beyond the end',
      fork: { from: 'a', offset: '-1', subOffset: 4 },
      code: 'bad-parameter',
      field: 'stream-fork-sub-offset',
    },
    {
      what: 'at what is no offset',
      fork: { from: 'a', offset: 'x' },
      code: 'bad-parameter',
      field: 'stream-fork-offset',
    },
    {
      what: 'of another content type',
      fork: { from: 'a' },
      type: 'text/plain',
      code: 'conflict',
      field: 'content-type',
    },
  ])('$what is refused', async ({ fork, type, code, field }) => {
    const { point } = await setUp();

    await expect(point(fork, type)).rejects.toThrow(fields(code, field));
  });

  test('may say the content type in its own way', async () => {
    const { point } = await setUp();

    expect((await point({ from: 'a' }, 'Application/JSON; charset=utf-8')).at).toBe(3);
  });

  test('of what one may not read is a fork of what is not there', async () => {
    const { point } = await setUp();
    const asks = point({ from: 'a' }, undefined, { ...TRUSTED, read: ['b'] });

    await expect(asks).rejects.toThrow(fields('not-found'));
    await expect(asks).rejects.toThrow('There is no stream a.');
  });

  test('of a stream that is only kept for its forks is a conflict', async () => {
    const { process, point } = await setUp();
    await remove(process, 'a');

    await expect(point({ from: 'a' })).rejects.toThrow(fields('conflict', 'stream-forked-from'));
    expect((await point({ from: 'b' })).at).toBe(4);
  });

  test('has the content type and the end of its source, unless it asks for others', async () => {
    const world = memoryWorld();
    const process = memoryProcess(world);
    await put(process, 'a', { contentType: 'text/plain', ttlS: 60, body: 'a' });
    await put(process, 'b', { contentType: undefined, fork: { from: 'a' } });
    await put(process, 'c', { contentType: undefined, fork: { from: 'a' }, ttlS: 100 });
    const ends = await Promise.all(
      ['b', 'c'].map(async (name) => (await world.log.get(name))?.stream?.record),
    );

    expect(ends).toMatchObject([
      { contentType: 'text/plain', ttlS: 60, asked: {} },
      { contentType: 'text/plain', ttlS: 100, asked: { ttlS: 100 } },
    ]);
  });

  test('is found again as it was asked for, and is a conflict otherwise', async () => {
    const { process } = await setUp();
    const fork = { from: 'a', offset: '-1', subOffset: 2 };

    expect(await put(process, 'b', { fork })).toMatchObject({ isNew: false });
    expect(await put(process, 'b', { contentType: undefined, fork })).toMatchObject({ isNew: false });
    for (const other of [undefined, { from: 'b' }, { from: 'a' }, { ...fork, subOffset: 1 }])
      await expect(put(process, 'b', other ? { fork: other } : {})).rejects.toThrow('Stream-Forked-From');
  });

  test('that cannot be made leaves no edge at its source', async () => {
    const { world, process } = await setUp();
    const { stream } = await get(process, 'a');
    const before = await world.log.streams.forks(stream.log);
    const streams = replacing(world.log.streams, { swap: async () => false });

    await expect(
      put(memoryProcess(world, { streams }), 'c', { fork: { from: 'a' }, body: '[1]' }),
    ).rejects.toThrow(fields('unavailable'));

    expect(await world.log.streams.forks(stream.log)).toEqual(before);
    await expect(get(process, 'c')).rejects.toThrow(fields('not-found'));
  });

  test('whose source is made anew meanwhile is refused, and leaves no edge', async () => {
    const { world, process } = await setUp();
    await put(process, 's', { body: '[1]' });
    const { stream } = await get(process, 's');
    const streams = replacing(world.log.streams, {
      addFork: async (log, fork) => {
        await remove(process, 's');
        await put(process, 's', { body: '[2]' });
        await world.log.streams.addFork(log, fork);
      },
    });

    await expect(put(memoryProcess(world, { streams }), 'c', { fork: { from: 's' } })).rejects.toThrow(
      fields('not-found'),
    );

    expect(await world.log.streams.forks(stream.log)).toEqual([]);
  });

  test('of a closed stream is open', async () => {
    const { process } = await setUp();
    await post(process, 'a', '', { closes: true });
    await put(process, 'c', { fork: { from: 'a' } });
    await post(process, 'c', '["c"]');

    expect(await get(process, 'c')).toMatchObject({ body: '["a1","a2","a3","c"]', isClosed: false });
  });

  test('has a stamp above its source, however its clock goes', async () => {
    const { world, process } = await setUp();
    const { stream } = await get(process, 'a');
    world.clock.setOff(-3_600_000);
    await put(process, 'c', { fork: { from: 'a' } });

    expect((await get(process, 'c')).stream.stamp).toBeGreaterThan(stream.stamp);
  });
});

test.each([
  { asked: {}, source: { ttlS: 5, expiresAt: 'x' }, end: { ttlS: 5, expiresAt: 'x' } },
  { asked: { ttlS: 1 }, source: { expiresAt: 'x' }, end: { ttlS: 1 } },
  { asked: { expiresAt: 'y' }, source: { ttlS: 5 }, end: { expiresAt: 'y' } },
  { asked: {}, source: {}, end: {} },
])('who asks for $asked of a source with $source has $end', ({ asked, source, end }) => {
  const record = { version: 1, record: { ...source } };
  const point = { source: { record } as unknown as Stream, at: 0, segments: [] };

  expect(inheritedEnd(asked, point)).toEqual(end);
  expect(inheritedEnd(asked, undefined)).toEqual(asked);
});

test.each([
  [undefined, undefined, true],
  [{ from: 'a' }, undefined, false],
  [undefined, { from: 'a', log: 'l' }, false],
  [{ from: 'a' }, { from: 'a', log: 'l' }, true],
  [{ from: 'a', subOffset: 0 }, { from: 'a', log: 'l' }, true],
  [{ from: 'a' }, { from: 'b', log: 'l' }, false],
  [{ from: 'a', offset: '-1' }, { from: 'a', log: 'l' }, false],
  [{ from: 'a', offset: '-1', subOffset: 1 }, { from: 'a', offset: '-1', log: 'l' }, false],
] as const)('%j is the fork %j: %s', (asked, made, isSame) => {
  expect(isSameFork(asked, made)).toBe(isSame);
});

test.each(['5', '0000000000000000_9', '9'.repeat(16)])(
  'a Stream-Fork-Offset %s is refused by its name',
  async (at) => {
    const { make } = streamApp();
    await make('a', {}, 'x');
    const refused = await make('b', { 'stream-forked-from': '/v1/stream/a', 'stream-fork-offset': at });

    expect(await refused.json()).toMatchObject({
      status: 400,
      field: 'stream-fork-offset',
      detail: 'Stream-Fork-Offset must be -1, now, or an offset as it was last received.',
    });
  },
);
