/** Many readers at the end of one stream: what wakes them is looked up and read once for all of them. */

import { describe, expect, test, vi } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { SharedReads, sharedReads } from '../../../lib/streams/shared-reads.ts';
import { range } from '../../support/http/http.ts';
import { Calls, counting } from '../../support/memory/doubles.ts';
import { follow, get, post, put, remove } from '../../support/memory/stream-world.ts';
import {
  type MemoryProcess,
  memoryHub,
  memoryProcess,
  memoryWorld,
  track,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const READERS = 1_000;

/** A process whose readers' calls are counted, those of its writers too. */
function counted(make: typeof memoryHub | typeof memoryProcess) {
  const world = memoryWorld();
  const calls = new Calls();
  const process = make(world);
  const { streaming } = process;
  const log = counting(streaming.log, calls);
  const records = counting(streaming.records, calls);
  const reader: MemoryProcess = { ...process, streaming: { ...streaming, log, records } };
  return { world, calls, process, reader };
}

/** A function that was rung about more than it was told: of two appends it has the second in memory. */
async function partlyTold() {
  const { world, calls, process, reader } = counted(memoryProcess);
  const contentType = 'text/plain';
  await put(process, 'notes', { contentType, body: 'a' });
  const { nextOffset } = await get(process, 'notes');
  const follows = (count: number) => range(1, count).map(() => follow(reader, 'notes', nextOffset));
  const say = async () => {
    vi.spyOn(process.streaming.bell, 'ring').mockResolvedValueOnce(undefined);
    await post(process, 'notes', 'b', { contentType });
    await post(process, 'notes', 'c', { contentType });
    await world.clock.advance(2_000);
  };
  return { world, calls, follows, say };
}

test('a function looks once and reads once for what it does not have in memory', async () => {
  const { world, calls, follows, say } = await partlyTold();
  const held = follows(READERS);
  await world.clock.advance(2_000);
  calls.clear();

  await say();

  const answers = await Promise.all(held);
  expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['bc']));
  expect(calls.all).toEqual({ get: 1, last: 1, read: 1 });
});

test('a hub asks the log for nothing when readers come again, or late, or are told of the end', async () => {
  const { world, calls, process, reader } = counted(memoryHub);
  await put(process, 'notes', { body: '"a"' });
  const { nextOffset } = await get(process, 'notes');
  const held = follow(reader, 'notes', nextOffset);
  await world.clock.advance(2_000);
  calls.clear();

  await post(process, 'notes', '"b"');
  const answer = await held;
  const again = follow(reader, 'notes', answer.nextOffset);
  const late = await follow(reader, 'notes', nextOffset);
  await post(process, 'notes', '"c"', { closes: true });
  const last = await again;

  expect([answer.body, late.body, last.body, last.isClosed]).toEqual(['["b"]', '["b"]', '["c"]', true]);
  expect(calls.all).toEqual({});
});

describe.each([
  ['a hub', memoryHub],
  ['a function', memoryProcess],
] as const)('%s with 1,000 readers at the end of a stream', (_, make) => {
  test.each(['application/json', 'text/plain'])(
    'asks the log for nothing that it has in memory, of %s',
    async (contentType) => {
      const { world, calls, process, reader } = counted(make);
      await put(process, 'notes', { contentType, body: '"a"' });
      const { nextOffset } = await get(process, 'notes');
      const held = range(1, READERS).map(() => track(follow(reader, 'notes', nextOffset)));
      await world.clock.advance(2_000);
      calls.clear();

      await post(process, 'notes', '"b"', { contentType });
      await world.clock.advance(2_000);

      const answers = await Promise.all(held.map(({ promise }) => promise));
      const body = contentType === 'text/plain' ? '"b"' : '["b"]';
      expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set([body]));
      expect(calls.all).toEqual({});
    },
  );

  test('tells each of them that the stream was deleted', async () => {
    const { world, process, reader } = counted(make);
    await put(process, 'notes', { body: '"a"' });
    const { nextOffset } = await get(process, 'notes');
    const held = range(1, READERS).map(() =>
      follow(reader, 'notes', nextOffset).catch((error) => error.code),
    );
    await world.clock.advance(2_000);

    await remove(process, 'notes');
    await world.clock.advance(2_000);

    expect(new Set(await Promise.all(held))).toEqual(new Set(['not-found']));
  });
});

test('readers who have seen different things each get what is new to them', async () => {
  const { world, process, reader } = counted(memoryHub);
  await put(process, 'notes', { body: '["a"]' });
  const first = await get(process, 'notes');
  const held = [track(follow(reader, 'notes', first.nextOffset))];
  await settle();
  const bodies: string[] = [];
  for (const word of ['b', 'c', 'd']) {
    await post(process, 'notes', `"${word}"`);
    await world.clock.advance(1_000);
    const answer = await held.at(-1)?.promise;
    bodies.push(answer?.body ?? '');
    held.push(track(follow(reader, 'notes', answer?.nextOffset ?? '')));
    await settle();
  }

  expect(bodies).toEqual(['["b"]', '["c"]', '["d"]']);
});

test('a look that fails is not kept for those who come again', async () => {
  const { world, calls, follows, say } = await partlyTold();
  const failed = follows(2).map((one) => one.catch((error) => error.code));
  await world.clock.advance(1_000);
  const noted = vi.spyOn(calls, 'note').mockImplementation((name) => {
    if (name === 'read') throw new PushError('unavailable', 'The log cannot be read.');
  });

  await say();
  expect(await Promise.all(failed)).toEqual(['unavailable', 'unavailable']);
  noted.mockRestore();

  expect((await follows(1)[0])?.body).toBe('bc');
});

test('are shared under one head, and not where a name has no life: that may be true again of another time', () => {
  const { streaming } = memoryProcess(memoryWorld());
  const watch = {
    channel: 'notes',
    head: { vid: 1, epoch: 'e' as string | null },
    blocksAfter: () => undefined,
  };
  const first = sharedReads(streaming, watch);
  const same = sharedReads(streaming, watch);
  watch.head = { vid: 1, epoch: 'f' };
  const other = sharedReads(streaming, watch);
  watch.head = { vid: 0, epoch: null };

  expect([same === first, other === first]).toEqual([true, false]);
  expect(sharedReads(streaming, watch)).not.toBe(sharedReads(streaming, watch));
});

test('a reader of each place of a few gets its own', async () => {
  const { streaming, ...others } = memoryHub(memoryWorld());
  const process: MemoryProcess = { streaming, ...others };
  await put(process, 'notes', { body: '[0,1,2,3,4,5,6]' });
  const reads = new SharedReads(streaming, { channel: 'notes', blocksAfter: () => undefined });
  const stream = await reads.stream();
  const asked = [...range(0, 6), ...range(0, 6)];
  const answers = await Promise.all(asked.map((place) => reads.answer(stream, place)));

  expect(answers.map(({ page }) => page.parts[0])).toEqual(asked.map(String));
  expect(answers[0]).toBe(answers[7]);
});
