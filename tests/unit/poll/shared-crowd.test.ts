/** 1,000 readers of one channel behind something that joins equal requests: the origin holds one poll for all of them, and each reader gets everything once. */

import { describe, expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { sharedRoutes } from '../../../lib/http/v1/shared.ts';
import { Collapser, type Joining } from '../../support/http/collapser.ts';
import { range, type Served } from '../../support/http/http.ts';
import { SharedReader } from '../../support/http/shared-reader.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';
import { SetClock } from '../../support/time/clock.ts';

const EVENTS = 15;
/** Nobody waits longer once the last event is there: a slot, and a pause after an answer that was none. */
const CATCH_UP_MS = 60_000;
const BOTH: readonly Joining[] = ['documented', 'eager'];

interface Crowd {
  readonly joining: Joining;
  readonly size: number;
  /** What happens before an event comes. */
  readonly disturb?: (collapser: Collapser, clock: SetClock, event: number) => void;
}

async function crowd({ joining, size, disturb = () => undefined }: Crowd) {
  const world = memoryWorld();
  const process = memoryProcess(world);
  const router = createApp({ logger: process.logger, random: world.random }, everyone, [
    sharedRoutes(process.poll, ['*']),
  ]);
  let held = 0;
  let most = 0;
  const counted: Served = {
    async request(path, init) {
      most = Math.max(most, ++held);
      try {
        return await router.request(path, init);
      } finally {
        held--;
      }
    },
  };
  const clock = new SetClock(world.clock);
  const collapser = new Collapser(counted, () => clock.now(), joining);
  let over = false;
  const readers = range(1, size).map(() => {
    const reader = new SharedReader(collapser, 'doors', (ms) => world.clock.sleep(ms));
    const read = async () => {
      // One after the other, not all in one moment.
      await world.clock.sleep(world.random.fraction() * 30_000);
      await reader.readUntil(() => over);
    };
    void read();
    return reader;
  });
  await say(process, 'doors', 'first');
  for (const event of range(2, EVENTS)) {
    await world.clock.advance(world.random.fraction() * 25_000);
    disturb(collapser, clock, event);
    await say(process, 'doors', `event ${event}`);
  }
  await world.clock.advance(CATCH_UP_MS);
  over = true;
  const { asked } = collapser;
  const elapsedMs = world.clock.now() - Date.parse('2026-01-01T00:00:00.000Z');
  await world.clock.advance(CATCH_UP_MS);
  return { readers, most, asked, elapsedMs };
}

function expectAll(readers: readonly SharedReader[]): void {
  for (const { seen, repeated, missed } of readers) {
    expect([...seen.values()]).toEqual([range(1, EVENTS)]);
    expect([repeated, missed]).toEqual([[], 0]);
  }
}

describe.each(BOTH)('a collapser that joins as %s', (joining) => {
  test('holds at most 2 polls at the origin for 1,000 readers, and each gets every event once, in order', async () => {
    const { readers, most, asked, elapsedMs } = await crowd({ joining, size: 1_000 });

    expectAll(readers);
    expect(most).toBeLessThanOrEqual(2);
    // A request for each event and each slot; those who come late ask for what is kept no longer.
    expect(asked).toBeLessThan(2 * (EVENTS + elapsedMs / 20_000));
  });

  test('that is killed, and whose cache is emptied, loses nothing', async () => {
    const { readers } = await crowd({
      joining,
      size: 200,
      disturb(collapser, _clock, event) {
        if (event % 4 === 0) collapser.kill();
        if (event % 3 === 0) collapser.empty();
      },
    });

    expectAll(readers);
  });
});

test.each([-3_600_000, 3_600_000])(
  'a collapser whose clock leaps by %i ms, again and again, loses nothing',
  async (ms) => {
    const { readers } = await crowd({ joining: 'eager', size: 200, disturb: (_, clock) => clock.set(ms) });

    expectAll(readers);
  },
);
