/** Many readers at the end of one stream: what wakes them is looked up and read once for all of them. */

import { describe, expect, test } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { SharedReads, sharedReads } from '../../../lib/streams/shared-reads.ts';
import { range } from '../../support/http/http.ts';
import { Calls, counting, replacing } from '../../support/memory/doubles.ts';
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

describe.each([
  ['a hub', memoryHub],
  ['a function', memoryProcess],
] as const)('%s with 1,000 readers at the end of a stream', (_, make) => {
  test.each(['application/json', 'text/plain'])(
    'looks once and reads once for what comes, of %s',
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
      expect(new Set(answers.map(({ body }) => body))).toEqual(
        new Set([contentType === 'text/plain' ? '"b"' : '["b"]']),
      );
      expect(calls.all).toEqual({ get: 1, last: 1, read: 1 });
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
  const world = memoryWorld();
  const process = memoryHub(world);
  const { streaming } = process;
  let isFailing = false;
  const log = replacing(streaming.log, {
    read: async (name, after, limit) => {
      if (isFailing) throw new PushError('unavailable', 'The log cannot be read.');
      return streaming.log.read(name, after, limit);
    },
  });
  const reader: MemoryProcess = { ...process, streaming: { ...streaming, log } };
  await put(process, 'notes', { body: '"a"' });
  const { nextOffset } = await get(process, 'notes');
  const failed = follow(reader, 'notes', nextOffset).catch((error) => error.code);
  await world.clock.advance(1_000);
  isFailing = true;
  await post(process, 'notes', '"b"');
  await world.clock.advance(1_000);
  isFailing = false;

  expect(await failed).toBe('unavailable');
  expect((await follow(reader, 'notes', nextOffset)).body).toBe('["b"]');
});

test('are shared under one head, and not where a name has no life: that may be true again of another time', () => {
  const { streaming } = memoryProcess(memoryWorld());
  const watch = { channel: 'notes', head: { vid: 1, epoch: 'e' as string | null } };
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
  const reads = new SharedReads(streaming, 'notes');
  const stream = await reads.stream();
  const asked = [...range(0, 6), ...range(0, 6)];
  const answers = await Promise.all(asked.map((place) => reads.answer(stream, place)));

  expect(answers.map(({ page }) => page.parts[0])).toEqual(asked.map(String));
  expect(answers[0]).toBe(answers[7]);
});
