/**
 * The client under any answers: whatever a server or a proxy says, round and round, no reader asks in a hot loop, none is lost for good, and
 * events that it does give are bounded only by what the server gives.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { From } from '../../packages/client/src/index.ts';
import { startScene } from '../support/browser/client.ts';
import { OddServer, oddAnswer } from '../support/browser/odd-answers.ts';

const MINUTES = 3;
/** Requests that one reader may make in a minute without a single event. A wait of 20 s takes 3. */
const PER_MINUTE = 70;

test.each([
  ['one reader', 1],
  ['three tabs that share a poll', 3],
])(
  'no answers, however odd, make %s ask more than 70 times a minute and once for each event',
  async (_, tabs) => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(oddAnswer, { minLength: 1, maxLength: 6 }),
        fc.constantFrom<From>('start', 'now', 3),
        async (seed, answers, from) => {
          const { time, server, browser, read } = startScene(seed);
          const odd = new OddServer(time, answers);
          const readers = Array.from({ length: tabs }, (_, i) =>
            read(i === 1 ? ['doors', 'alerts'] : 'doors', { from }, browser.open(odd.fetch)),
          );

          await time.advance(MINUTES * 60_000);

          const events = readers.reduce((sum, { seen }) => sum + seen.length, 0);
          expect(odd.asked.length).toBeLessThanOrEqual(MINUTES * PER_MINUTE + events);
          for (const { subscription } of readers) expect(subscription.status.state).not.toBe('stopped');
          for (const { subscription } of readers) subscription.close();
          expect(server.asked).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  },
  120_000,
);
