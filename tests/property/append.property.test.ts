/**
 * Several appenders on one log, in any interleaving of their calls, while calls fail, answers are lost and puts arrive late:
 * numbers have no gaps, and everything is in the log once.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Appended, Appender } from '../../lib/log/append/appender.ts';
import type { ChannelRecords, EventLog } from '../../lib/log/ports.ts';
import type { Clock } from '../../lib/runtime/ports.ts';
import { MemoryDigests } from '../../packages/testing/src/memory/digests.ts';
import { MemoryLog } from '../../packages/testing/src/memory/stores.ts';
import { MemoryLogger, MemoryMeter, replacing, unavailable } from '../support/memory/doubles.ts';
import { draftsFor, WEEK_MS } from '../support/memory/world.ts';
import { SeededChance } from '../support/time/clock.ts';

const CHANNEL = 'doors';
const RUNS = 150;

/** What becomes of a call: it fails before it takes effect, its answer is lost, or it takes effect after it was given up. */
type Fate = 'good' | 'fails' | 'answer lost' | 'late';
const fates = fc.array(fc.constantFrom<Fate>('good', 'good', 'fails', 'answer lost', 'late'), {
  maxLength: 25,
});

/** Every call waits twice for its turn: on its way there, and on its way back. */
function shaken(log: MemoryLog, scheduler: fc.Scheduler, script: readonly Fate[]): EventLog & ChannelRecords {
  const left = [...script];
  const turn = () => scheduler.schedule(Promise.resolve());
  async function call<T>(act: () => Promise<T>, writes: boolean): Promise<T> {
    const fate = left.shift() ?? 'good';
    await turn();
    if (fate === 'late' && writes) void turn().then(act);
    if (fate === 'fails' || (fate === 'late' && writes)) throw unavailable();
    const result = await act();
    await turn();
    if (fate === 'answer lost') throw unavailable();
    return result;
  }
  return replacing<EventLog & ChannelRecords>(log, {
    append: (channel, block) => call(() => log.append(channel, block), true),
    begin: (channel, life) => call(() => log.begin(channel, life), true),
    reserve: (channel, epoch, upTo) => call(() => log.reserve(channel, epoch, upTo), true),
    last: (channel, after) => call(() => log.last(channel, after), false),
    read: (channel, after, limit) => call(() => log.read(channel, after, limit), false),
    since: (channel, sinceMs, span) => call(() => log.since(channel, sinceMs, span), false),
    get: (channel) => call(() => log.get(channel), false),
  });
}

/** Appends each process's batches, in order but all at once, and returns where they went. */
async function appendAll(
  scheduler: fc.Scheduler,
  script: readonly Fate[],
  processes: ReadonlyArray<ReadonlyArray<readonly string[]>>,
  hasProducerIds: boolean,
): Promise<{ log: MemoryLog; appended: readonly Appended[][] }> {
  const log = new MemoryLog();
  const random = new SeededChance();
  // Time stands still, so that no publisher gives up.
  const sleep = () => scheduler.schedule(Promise.resolve());
  const clock: Clock = { now: () => 0, elapsed: () => 0, sleep, after: () => () => undefined };
  const seen = shaken(log, scheduler, script);
  const ports = {
    log: seen,
    records: seen,
    digests: new MemoryDigests(),
    // So that there are some.
    digestStep: 2,
    random,
    clock,
    meter: new MemoryMeter(),
    logger: new MemoryLogger(),
    retentionMs: WEEK_MS,
  };
  const appending = processes.map((batches) => {
    const appender = new Appender(ports);
    return Promise.all(batches.map((ids) => appender.append(CHANNEL, draftsFor(ids), hasProducerIds)));
  });
  const appended = await scheduler.waitFor(Promise.all(appending));
  await scheduler.waitIdle();
  return { log, appended };
}

const entriesIn = (log: MemoryLog) =>
  log.blocks(CHANNEL).flatMap(({ first, entries }) => entries.map(({ id }, i) => ({ vid: first + i, id })));

/** Sizes of batches, per process, as ids that no other batch has. */
const uniqueBatches = fc
  .array(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: 3,
  })
  .map((processes) =>
    processes.map((sizes, p) =>
      sizes.map((size, b) => Array.from({ length: size }, (_, i) => `process-${p} batch-${b} event-${i}`)),
    ),
  );

test("numbers events without gaps, each once, each batch together and in its publisher's order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fates, uniqueBatches, async (scheduler, script, processes) => {
      const { log, appended } = await appendAll(scheduler, script, processes, false);

      const entries = entriesIn(log);
      expect(entries.map(({ vid }) => vid)).toEqual(entries.map((_, i) => i + 1));
      expect(entries.map(({ id }) => id).sort()).toEqual(processes.flat(2).sort());
      processes.forEach((batches, p) => {
        const own = entries.filter(({ id }) => id.startsWith(`process-${p} `)).map(({ id }) => id);
        expect(own).toEqual(batches.flat());
        batches.forEach((ids, b) => {
          const first = entries.findIndex(({ id }) => id === ids[0]) + 1;
          const answer = { first, last: first + ids.length - 1, count: ids.length, duplicates: 0 };
          expect(appended[p]?.[b]?.answer).toEqual(answer);
        });
      });
    }),
    { numRuns: RUNS },
  );
});

test('lives one life, and reserves every number before it is given out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fates, uniqueBatches, async (scheduler, script, processes) => {
      const { log } = await appendAll(scheduler, script, processes, false);

      const life = await log.get(CHANNEL);
      const epochs = new Set(log.blocks(CHANNEL).map(({ epoch }) => epoch));
      expect(epochs.size).toBe(1);
      if (life) {
        expect(epochs).toContain(life.epoch);
        expect(life.highWaterMark).toBeGreaterThanOrEqual(entriesIn(log).length);
      }
    }),
    { numRuns: RUNS },
  );
});

const sharedIds = fc.array(
  fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 4,
  }),
  { minLength: 2, maxLength: 3 },
);

test('appends an id once, whoever publishes it and however often, and tells everyone where it stands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fates, sharedIds, async (scheduler, script, processes) => {
      const { log, appended } = await appendAll(scheduler, script, processes, true);

      const entries = entriesIn(log);
      expect(entries.map(({ vid }) => vid)).toEqual(entries.map((_, i) => i + 1));
      expect(entries.map(({ id }) => id).sort()).toEqual([...new Set(processes.flat(2))].sort());
      processes.forEach((batches, p) => {
        batches.forEach((ids, b) => {
          const vids = ids.map((id) => entries.findIndex((entry) => entry.id === id) + 1);
          const answer = appended[p]?.[b]?.answer;
          expect(answer).toMatchObject({ first: Math.min(...vids), last: Math.max(...vids) });
          expect((answer?.count ?? 0) + (answer?.duplicates ?? 0)).toBe(ids.length);
        });
      });
      const counted = appended.flat().reduce((sum, { answer }) => sum + answer.count, 0);
      expect(counted).toBe(entries.length);
    }),
    { numRuns: RUNS },
  );
});
