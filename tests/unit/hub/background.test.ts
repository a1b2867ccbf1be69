/** How a hub's work ends: what was begun is done before what it needs is taken away. */

import { expect, test } from 'vitest';
import { startBackground } from '../../../hub/background.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { FakeClock, settle } from '../../support/time/clock.ts';

function setUp() {
  const done: string[] = [];
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const rings = Promise.withResolvers<void>();
  const note = (what: string) => async () => void done.push(what);
  const ports = {
    bell: {
      quiet: async () => {
        await rings.promise;
        done.push('rings sent');
      },
    },
    late: { flush: note('cursors saved') },
    poll: {
      afterResponse: { flush: note('put-off work done') },
      mailbox: { listenForGood: () => done.push('listening'), close: note('mailbox closed') },
    },
  };
  // Of the real ports nothing else is used.
  const work = startBackground(ports as unknown as Parameters<typeof startBackground>[0], { clock, logger });
  return { done, clock, logger, rings, work };
}

test('a hub that stops waits for the rings that are under way, before it gives its mailbox back', async () => {
  const { done, rings, work } = setUp();
  const stopped = work.stop();
  await settle();
  expect(done).toEqual(['listening']);

  rings.resolve();
  await stopped;

  expect(done[1]).toBe('rings sent');
  expect(done.slice(2, 4).sort()).toEqual(['cursors saved', 'put-off work done']);
  expect(done.at(-1)).toBe('mailbox closed');
});

test('a ring that does not end holds a stop up for ten seconds, and the log says so', async () => {
  const { done, clock, logger, work } = setUp();
  const stopped = work.stop();
  await clock.advance(10_000);
  await stopped;

  expect(done).toEqual(['listening']);
  expect(logger.lines.map(({ message }) => message)).toEqual([
    'the hub stopped before all that it had put off was done',
  ]);
});
