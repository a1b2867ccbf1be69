/** What runs beside a hub: the sample producer. */

import { expect, test } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { startSamples } from '../../../local/hub-jobs.ts';
import { MemoryLogger, replacing } from '../../support/memory/doubles.ts';
import { eventsIn, memoryProcess, memoryWorld } from '../../support/memory/world.ts';

const MINUTE_MS = 60_000;

test('a sample a minute is published; that none can be is said once, until one was', async () => {
  const world = memoryWorld();
  const logger = new MemoryLogger();
  let isFull = false;
  const log = replacing(world.log, {
    append: async (channel, block) => {
      if (isFull) throw new PushError('unavailable', 'The disk is full.', { retryAfter: 1 });
      return world.log.append(channel, block);
    },
  });
  const { publish } = memoryProcess(world, { log });
  const { clock } = world;
  const samples = startSamples({ clock, logger }, publish);

  for (const full of [false, true, false, true]) {
    isFull = full;
    await clock.advance(3 * MINUTE_MS);
  }
  samples.stop();
  await clock.advance(3 * MINUTE_MS);

  expect(logger.lines).toEqual(
    Array.from({ length: 2 }, () => ({
      level: 'error',
      message: 'a sample of this machine was not published',
      fields: { reason: 'The disk is full.' },
    })),
  );
  expect(eventsIn(world, 'host')).toHaveLength(6);
});
