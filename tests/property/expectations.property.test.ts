/**
 * Promised events: whoever dies between which calls, however often and how many at once ticks come, each missed deadline is told once, and once that the event has
 * come after all. Mistakes in the order of steps are found.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newEvent } from '../../lib/log/block.ts';
import {
  ALARMS,
  byVid,
  CHANNEL,
  type Mistake,
  MOST_MINUTES,
  mustBeTold,
  PromisedWorld,
  type Step,
  steps,
} from '../support/expectations/promises.ts';
import { replacing } from '../support/memory/doubles.ts';

const RUNS = 250;
/** Clocks of ticks that differ by less than an event is waited for. */
const NEAR_MS = fc.constantFrom(0, 0, 0, -15_000, 15_000);
/** Clocks that were set. */
const FAR_MS = fc.constantFrom(0, 0, -3_600_000, 3_600_000, 90_000_000);

async function run(seed: number, script: readonly Step[], mistake?: Mistake): Promise<PromisedWorld> {
  const world = new PromisedWorld(seed, mistake);
  for (const step of script) await world.take(step);
  // After the longest promise, the longest wait after a failure and a look.
  await world.settle(MOST_MINUTES + 10);
  return world;
}

function isRight(world: PromisedWorld): boolean {
  const must = mustBeTold(world.events(CHANNEL), world.clock.now());
  const told = byVid(world.told());
  return must.size === told.size && [...must].every(([vid, all]) => told.get(vid)?.join() === all.join());
}

test('each missed deadline is told once, and once that the event has come after all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), steps(NEAR_MS), async (seed, script) => {
      const world = await run(seed, script);
      expect(byVid(world.told())).toEqual(mustBeTold(world.events(CHANNEL), world.clock.now()));
    }),
    { numRuns: RUNS },
  );
});

test('ticks that stand still for longer than the log compares ids tell nothing again', async () => {
  const world = await run(0, [
    { kind: 'publish', key: undefined, minutes: 1, death: undefined },
    { kind: 'pass', seconds: 1_500 },
    { kind: 'tick', deaths: [undefined], offMs: -15_000 },
    { kind: 'publish', key: undefined, minutes: undefined, death: undefined },
    { kind: 'freeze', call: 7 },
    { kind: 'freeze', call: 7 },
    { kind: 'pass', seconds: 400 },
    { kind: 'thaw' },
  ]);

  expect(byVid(world.told())).toEqual(new Map([[1, ['overdue', 'recovered']]]));
});

test('with clocks that are set nothing is told twice, and every missed deadline is told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), steps(FAR_MS), async (seed, script) => {
      const world = await run(seed, script);
      const told = byVid(world.told());
      for (const all of told.values()) expect(['overdue', 'overdue,recovered']).toContain(all.join());
      for (const [vid, all] of mustBeTold(world.events(CHANNEL), world.clock.now()))
        expect(told.get(vid)).toEqual(all);
    }),
    { numRuns: RUNS },
  );
});

let made = 0;
const MISTAKES: Readonly<Record<string, Mistake>> = {
  'the look is noted after the append': { armsLate: true },
  'a note is taken back before the look': {
    expectations: (store) =>
      replacing(store, {
        dueLooks: async (now, limit) => {
          const looks = await store.dueLooks(now, limit);
          for (const look of looks) await store.dropLook(look);
          return looks;
        },
      }),
  },
  'the next look is not noted': {
    expectations: (store) => {
      let isTick = false;
      return replacing(store, {
        dueLooks: (now, limit) => {
          isTick = true;
          return store.dueLooks(now, limit);
        },
        noteLook: (look) => (isTick ? Promise.resolve() : store.noteLook(look)),
      });
    },
  },
  'a decision is saved without what it has to tell': {
    expectations: (store) =>
      replacing(store, {
        saveWatch: (channel, version, watch) => store.saveWatch(channel, version, { ...watch, outbox: [] }),
      }),
  },
  'a decision is saved over another': {
    expectations: (store) =>
      replacing(store, {
        saveWatch: async (channel, _, watch) =>
          store.saveWatch(channel, (await store.watch(channel))?.version, watch),
      }),
  },
  'what an earlier look has told is not looked for': {
    tick: (ports) => ({
      ...ports,
      log: {
        read: async (channel, after, limit) =>
          channel === ALARMS ? [] : ports.log.read(channel, after, limit),
      },
    }),
  },
  'ids are made anew': {
    tick: (ports) => ({
      ...ports,
      tell: (channel, events, by) =>
        ports.tell(
          channel,
          events.map(({ data, key }) => newEvent(`made-${++made}`, data, key)),
          by,
        ),
    }),
  },
  'the log is read from the head on at the first look': {
    tick: (ports) => ({
      ...ports,
      log: {
        read: async (channel, after, limit) => (limit === 1 ? [] : ports.log.read(channel, after, limit)),
      },
    }),
  },
};

describe('a mistake is found', () => {
  test.each(Object.entries(MISTAKES))('%s', async (_, mistake) => {
    const property = fc.asyncProperty(fc.integer(), steps(NEAR_MS), async (seed, script) =>
      isRight(await run(seed, script, mistake)),
    );
    const { failed } = await fc.check(property, { numRuns: 1_500, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
