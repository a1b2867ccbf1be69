/** A writer who goes on is not looked up again; and what others have done to its stream meanwhile, it is told all the same. */

import { describe, expect, test } from 'vitest';
import { Calls, counting } from '../../support/memory/doubles.ts';
import { get, post, produce, put, remove } from '../../support/memory/stream-world.ts';
import { type MemoryProcess, memoryProcess, memoryWorld, track } from '../../support/memory/world.ts';

/** A process that has written to the stream `notes`, and another one. */
async function known(contentType = 'application/json', ttlS?: number) {
  const world = memoryWorld();
  const calls = new Calls();
  const { streaming, ...others } = memoryProcess(world);
  const counted = {
    log: counting(streaming.log, calls),
    records: counting(streaming.records, calls),
    streams: counting(streaming.streams, calls),
  };
  const mine: MemoryProcess = { ...others, streaming: { ...streaming, ...counted } };
  const other = memoryProcess(world);
  await put(other, 'notes', { contentType, ...(ttlS === undefined ? {} : { ttlS }) });
  await post(mine, 'notes', '"a"', { contentType });
  calls.clear();
  /** A conflict with the other process is tried again after a while. */
  const write: typeof post = async (...args) => {
    const writing = track(post(...args));
    while (!writing.done) await world.clock.advance(10);
    return writing.promise;
  };
  return { world, calls, mine, other, write };
}

test.each(['application/json', 'text/plain'])('is looked up once in 10 s, of %s', async (contentType) => {
  const { world, calls, mine } = await known(contentType);
  for (let i = 0; i < 3; i++) await post(mine, 'notes', '"b"', { contentType });
  expect(calls.all).toEqual({});

  await world.clock.advance(10_000);
  await post(mine, 'notes', '"c"', { contentType });
  expect(calls.all).toEqual({ get: 1, last: 1 });
});

test('is looked up, and touched, as often as its time to live asks for', async () => {
  const { world, calls, mine, other } = await known('application/json', 40);
  await world.clock.advance(1_999);
  await post(mine, 'notes', '"b"');
  expect(calls.all).toEqual({});

  await world.clock.advance(1);
  await post(mine, 'notes', '"c"');
  expect(calls.all).toEqual({ get: 1, last: 1, swap: 1 });

  await world.clock.advance(39_000);
  await post(mine, 'notes', '"d"');
  await world.clock.advance(40_000);
  await expect(post(mine, 'notes', '"e"')).rejects.toMatchObject({ code: 'not-found' });
  await expect(get(other, 'notes')).rejects.toMatchObject({ code: 'not-found' });
});

describe('what another process has done meanwhile', () => {
  test('deleted', async () => {
    const { write, mine, other } = await known();
    await remove(other, 'notes');

    await expect(write(mine, 'notes', '"b"')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('deleted and made anew: it is written to the new life', async () => {
    const { write, mine, other } = await known();
    await remove(other, 'notes');
    await put(other, 'notes', { body: '"x"' });

    expect(await write(mine, 'notes', '"b"')).toMatchObject({ kind: 'appended', tail: 2 });
    expect((await get(other, 'notes')).body).toBe('["x","b"]');
  });

  test('made anew with another content type: the old one is refused, and the new one is taken', async () => {
    const { write, mine, other } = await known();
    await remove(other, 'notes');
    await put(other, 'notes', { contentType: 'text/plain' });

    await expect(write(mine, 'notes', '"b"')).rejects.toMatchObject({ code: 'conflict' });
    expect(await write(mine, 'notes', 'b', { contentType: 'text/plain' })).toMatchObject({ tail: 1 });
  });

  test('closed: it is told where the stream has ended', async () => {
    const { write, mine, other } = await known();
    const end = await post(other, 'notes', '"z"', { closes: true });

    expect(await write(mine, 'notes', '"b"')).toMatchObject({ kind: 'closed', nextOffset: end.nextOffset });
    expect(await write(mine, 'notes', 'no JSON')).toMatchObject({ kind: 'closed' });
  });

  test('closed by this process, then deleted and made anew: it is not closed any more', async () => {
    const { write, mine, other } = await known();
    await write(mine, 'notes', '', { closes: true });
    await remove(other, 'notes');
    await put(other, 'notes');

    expect(await write(mine, 'notes', '"b"')).toMatchObject({ kind: 'appended', tail: 1 });
  });

  test('deleted and made anew: a batch that the old life has is no duplicate in the new one', async () => {
    const { write, mine, other } = await known();
    const producer = { id: 'p', epoch: 0, seq: 0 };
    expect((await produce(mine, 'notes', producer)).kind).toBe('appended');
    expect((await produce(mine, 'notes', producer)).kind).toBe('duplicate');
    await remove(other, 'notes');
    await put(other, 'notes');

    expect((await write(mine, 'notes', '"p:0:0"', { producer })).kind).toBe('appended');
    expect((await get(other, 'notes')).body).toBe('["p:0:0"]');
  });
});
