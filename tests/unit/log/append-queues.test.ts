/** A publisher of very many channels remembers only so many of them. */

import { expect, test } from 'vitest';
import { Calls, counting } from '../../support/memory/doubles.ts';
import { eventsIn, memoryProcess, memoryWorld, newEventsFor } from '../../support/memory/world.ts';

/** Channels that one publisher remembers. */
const REMEMBERED = 1_000;

test('the channel that was longest unused is forgotten, and read anew when it comes again', async () => {
  const world = memoryWorld();
  const calls = new Calls();
  const { appender } = memoryProcess(world, { log: counting(world.log, calls) }).publish;
  const append = (channel: string) => appender.append(channel, newEventsFor([channel]), false);
  for (let i = 0; i < REMEMBERED; i++) await append(`channel-${i}`);
  await append('channel-0');
  await append('one-more');
  calls.clear();

  await append('channel-0');
  const remembered = calls.all;
  calls.clear();
  await append('channel-1');

  expect(remembered).toEqual({ append: 1 });
  expect(calls.all).toMatchObject({ last: 1, get: 1, append: 1 });
  expect(eventsIn(world, 'channel-1').map(({ vid }) => vid)).toEqual([1, 2]);
});

test('a channel that is being written is not forgotten', async () => {
  const world = memoryWorld();
  const { appender } = memoryProcess(world).publish;
  const channels = Array.from({ length: REMEMBERED + 50 }, (_, i) => `channel-${i}`);

  const answers = await Promise.all(
    channels.map((channel) => appender.append(channel, newEventsFor(['a', 'b']), false)),
  );

  expect(answers.map(({ answer }) => answer.last)).toEqual(channels.map(() => 2));
});
