/** Waiting at the end of a stream: what ends it, and that nothing of it is left behind. */

import { describe, expect, test, vi } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { requireStream } from '../../../lib/streams/locate.ts';
import { waitAtEnd } from '../../../lib/streams/wait.ts';
import { post, put, remove } from '../../support/memory/stream-world.ts';
import { memoryProcess, memoryWorld, track } from '../../support/memory/world.ts';

const CALLER = { ...TRUSTED, principal: 'reader' };

async function waiting(waitMs = 10_000, signal?: AbortSignal) {
  const world = memoryWorld();
  const [reader, writer] = [memoryProcess(world), memoryProcess(world)];
  await put(writer, 'notes', { body: '1' });
  const { name, life, tail } = await requireStream(reader.streaming, 'notes');
  const resume = vi.spyOn(reader.streaming.mailbox, 'resume');
  const hold = vi.spyOn(reader.streaming.held, 'hold');
  const leave = vi.fn();
  const join = reader.streaming.watchRegistry.join.bind(reader.streaming.watchRegistry);
  vi.spyOn(reader.streaming.watchRegistry, 'join').mockImplementation((channel) => {
    const watch = join(channel);
    const left = watch.leave.bind(watch);
    watch.leave = () => {
      leave();
      left();
    };
    return watch;
  });
  const begin = (place: { after?: number; life?: string } = {}) =>
    track(waitAtEnd(reader.streaming, CALLER, { name, life, after: tail, ...place }, waitMs, signal));
  return { world, reader, writer, begin, resume, hold, leave };
}

describe('a wait at the end of a stream', () => {
  test('is held for its principal, resumes the mailbox, and leaves nothing when news ends it', async () => {
    const { world, reader, writer, begin, resume, hold, leave } = await waiting();
    const wait = begin();
    await world.clock.advance(2_000);
    expect([wait.done, reader.streaming.held.size]).toEqual([false, 1]);
    expect(hold.mock.calls[0]?.[2]).toBe('reader');
    expect(resume).toHaveBeenCalledOnce();

    await post(writer, 'notes', '2');
    await world.clock.advance(2_000);

    const reads = await wait.promise;
    expect((await reads?.stream())?.tail).toBe(2);
    expect([reader.streaming.held.size, leave.mock.calls.length]).toEqual([0, 1]);
  });

  test('is over without news when its time is, and not before', async () => {
    const { world, reader, begin, leave } = await waiting(5_000);
    const wait = begin();
    await world.clock.advance(4_900);
    expect(wait.done).toBe(false);
    await world.clock.advance(2_000);

    expect(await wait.promise).toBeUndefined();
    expect([reader.streaming.held.size, leave.mock.calls.length]).toEqual([0, 1]);
  });

  test.each([
    ['before it begins', 0],
    ['while it waits', 1_000],
  ])('is over at once when its client hangs up %s', async (_, afterMs) => {
    const gone = new AbortController();
    const removed = vi.spyOn(gone.signal, 'removeEventListener');
    const { world, reader, begin } = await waiting(10_000, gone.signal);
    if (afterMs === 0) gone.abort();
    const wait = begin();
    await world.clock.advance(afterMs);
    gone.abort();
    await world.clock.advance(10);

    expect([wait.done, await wait.promise, reader.streaming.held.size]).toEqual([true, undefined, 0]);
    expect(removed).toHaveBeenCalledOnce();
  });

  test('is over when the process closes', async () => {
    const { world, reader, begin } = await waiting();
    const wait = begin();
    await world.clock.advance(1_000);
    reader.streaming.held.close();
    await world.clock.advance(10);

    expect([wait.done, await wait.promise]).toEqual([true, undefined]);
  });

  test.each([
    ['behind', { after: 0 }],
    ['of another life', { life: 'other' }],
  ])('of one who is %s is news at once', async (_, place) => {
    const { world, begin } = await waiting();
    const wait = begin(place);
    await world.clock.advance(10);

    expect(wait.done).toBe(true);
    expect(await wait.promise).toBeDefined();
  });

  test('of one who knows of more than this process checks once more, and then waits', async () => {
    const { world, reader, writer, begin } = await waiting();
    const first = begin();
    await world.clock.advance(100);
    const check = vi.spyOn(reader.streaming.headReader, 'check');
    // Its ring has not come yet.
    vi.spyOn(reader.streaming.watchRegistry, 'heard').mockImplementation(() => undefined);
    await post(writer, 'notes', '2');
    const second = begin({ after: 2 });
    await world.clock.advance(10);

    expect(check).toHaveBeenCalledOnce();
    expect([first.done, second.done]).toEqual([true, false]);
    await remove(writer, 'notes');
    await world.clock.advance(25_000);
    await second.promise;
  });
});
