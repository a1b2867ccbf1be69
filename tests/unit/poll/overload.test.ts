/** A log that is too busy: every publisher is answered in time, tries are spread by chance, and nothing half-written remains. */

import { expect, test } from 'vitest';
import type { PushError } from '../../../lib/errors.ts';
import { newEvent } from '../../../lib/log/block.ts';
import type { ChannelRecords, EventLog } from '../../../lib/log/ports.ts';
import type { Clock } from '../../../lib/runtime/ports.ts';
import { replacing, unavailable } from '../../support/memory/doubles.ts';
import { memoryProcess, memoryWorld, track, type World } from '../../support/memory/world.ts';

/** A publisher is answered within this time, if only with 503. */
const DEADLINE_MS = 10_000;
const CHANNEL = 'doors';
/** So large that no two fit one block. */
const large = (id: string) => [newEvent(id, 'x'.repeat(200 * 1024))];

function throttled(world: World): EventLog & ChannelRecords {
  const append = async () => {
    throw unavailable();
  };
  return replacing<EventLog & ChannelRecords>(world.log, { append });
}

test('publishers who wait behind a block that cannot be written are answered within their own deadline', async () => {
  const world = memoryWorld();
  const { publish } = memoryProcess(world, { log: throttled(world) });
  const waiting = Array.from({ length: 5 }, (_, i) =>
    publish.appender.append(CHANNEL, large(`e${i}`), false),
  );
  const tracked = waiting.map((one) => track(one.catch((error: PushError) => error.code)));

  await world.clock.advance(DEADLINE_MS);

  expect(tracked.map(({ done }) => done)).toEqual(Array(5).fill(true));
  expect(await Promise.all(tracked.map(({ promise }) => promise))).toEqual(Array(5).fill('unavailable'));
});

test('a publisher who comes late has a deadline of its own', async () => {
  const world = memoryWorld();
  const { publish } = memoryProcess(world, { log: throttled(world) });
  void publish.appender.append(CHANNEL, large('early'), false).catch(() => undefined);
  await world.clock.advance(DEADLINE_MS / 2);

  const late = track(publish.appender.append(CHANNEL, large('late'), false).catch(() => undefined));
  await world.clock.advance(DEADLINE_MS / 2);
  const half = late.done;
  await world.clock.advance(DEADLINE_MS / 2);

  expect([half, late.done]).toEqual([false, true]);
});

test.each([0, 0.5, 0.999])(
  'pauses are drawn from 0 up to a bound that doubles, with chance %d',
  async (random) => {
    const world = memoryWorld();
    const pauses: number[] = [];
    const clock: Clock = {
      after: world.clock.after,
      now: () => world.clock.now(),
      elapsed: () => world.clock.elapsed(),
      sleep: (ms, signal) => {
        pauses.push(ms);
        // A pause of nothing still takes its turn, and time goes on while a call is made.
        return world.clock.sleep(Math.max(ms, 10), signal);
      },
    };
    const log = throttled(world);
    const { publish } = memoryProcess({ ...world, random: constantly(world, random) }, { log, clock });
    const refused = publish.appender.append(CHANNEL, large('e'), false).catch(() => undefined);

    await world.clock.advance(2 * DEADLINE_MS);
    await refused;

    const bounds = pauses.map((_, i) => Math.min(1_000, 10 * 2 ** i));
    expect(pauses).toEqual(bounds.map((bound) => random * bound));
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(DEADLINE_MS);
  },
);

function constantly(world: World, random: number): World['random'] {
  return replacing(world.random, { fraction: () => random });
}
