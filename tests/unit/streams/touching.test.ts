/** What counts as reading or writing a stream that ends when nobody does, and how often it is noted. */

import { describe, expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { lookAt } from '../../../lib/streams/read.ts';
import { Calls, counting } from '../../support/memory/doubles.ts';
import { follow, get, post, put } from '../../support/memory/stream-world.ts';
import { type MemoryProcess, memoryProcess, memoryWorld } from '../../support/memory/world.ts';

async function setUp(ttlS: number | undefined) {
  const world = memoryWorld();
  const calls = new Calls();
  const process = memoryProcess(world, { streams: counting(world.log.streams, calls) });
  await put(process, 'a', { ...(ttlS === undefined ? {} : { ttlS }), body: '[1]' });
  const touched = async () => (await world.log.get('a'))?.stream?.record.touchedAt ?? 0;
  return { world, clock: world.clock, process, calls, touched };
}

const USES: Readonly<Record<string, (process: MemoryProcess) => Promise<unknown>>> = {
  'a read': (process) => get(process, 'a'),
  'a read from now on': (process) => get(process, 'a', 'now'),
  'a long poll': (process) => follow(process, 'a', '-1'),
  'an append': (process) => post(process, 'a', '2'),
  'a close': (process) => post(process, 'a', '', { closes: true }),
};

describe('a stream with a time to live', () => {
  test.each(Object.entries(USES))('lives on after %s', async (_, use) => {
    const { clock, process, touched } = await setUp(60);
    await clock.advance(59_000);
    await use(process);

    expect(await touched()).toBe(clock.now());
  });

  test('does not live on because somebody looks at it, or is refused', async () => {
    const { clock, process, touched } = await setUp(60);
    const made = await touched();
    await clock.advance(59_000);
    await lookAt(process.streaming, TRUSTED, 'a');
    await expect(get(process, 'a', 'x')).rejects.toMatchObject({ code: 'bad-parameter' });
    await expect(post(process, 'a', '')).rejects.toMatchObject({ code: 'bad-body' });

    expect(await touched()).toBe(made);
  });

  test.each([
    { ttlS: 100, pauseMs: 5_000 },
    { ttlS: 1_200, pauseMs: 60_000 },
    { ttlS: 1_000_000, pauseMs: 60_000 },
    { ttlS: 1, pauseMs: 50 },
  ])('of $ttlS s is noted as read once in $pauseMs ms', async ({ ttlS, pauseMs }) => {
    const { clock, process, calls } = await setUp(ttlS);
    calls.clear();
    await clock.advance(pauseMs - 1);
    await get(process, 'a');
    const early = calls.of('swap');
    await clock.advance(1);
    await get(process, 'a');
    await get(process, 'a');

    expect([early, calls.of('swap')]).toEqual([0, 1]);
  });

  test('is noted as read when a long poll that got nothing ends', async () => {
    const { clock, process, touched } = await setUp(60);
    const { nextOffset } = await get(process, 'a');
    const polling = follow(process, 'a', nextOffset);
    await clock.advance(25_000);
    await polling;

    expect(await touched()).toBeGreaterThanOrEqual(clock.now() - 5_000);
  });
});

test('a stream without one is not noted', async () => {
  const { clock, process, calls } = await setUp(undefined);
  calls.clear();
  await clock.advance(3_600_000);
  for (const use of Object.values(USES)) await use(process);

  expect(calls.of('swap')).toBe(0);
});

test('an end that was asked for stays where it is, whoever reads', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  const expiresAt = new Date(world.clock.now() + 60_000).toISOString();
  await put(process, 'a', { expiresAt });
  await world.clock.advance(59_999);
  expect((await get(process, 'a')).body).toBe('[]');
  await world.clock.advance(1);

  await expect(get(process, 'a')).rejects.toMatchObject({ code: 'not-found' });
});
