/** Plans by chance, for fast-check: it makes them from a seed and shrinks those that fail. */

import fc from 'fast-check';
import { KEYS } from './keys.ts';
import {
  CALLS,
  CHANNELS,
  FAULTS,
  type Fault,
  type FaultKind,
  MESSAGE_FAULTS,
  type Plan,
  SET_MS,
} from './plan.ts';

/** Upper bounds of a plan. */
export interface Size {
  readonly steps: number;
  readonly faults: number;
  readonly readers: number;
}

export const SHORT: Size = { steps: 6, faults: 5, readers: 3 };

/** The n-th size of a soak: every plan of the suite first, then longer and longer ones. */
export function grown(n: number): Size {
  return { steps: 6 + 2 * n, faults: 5 + 3 * n, readers: Math.min(6, 3 + n) };
}

const FREEZE_MS = 20 * 60_000;
const names = <T extends object>(of: T) => Object.keys(of) as Array<keyof T>;

/** Without `hasStates` nobody folds or asks for a state: fewer calls, so that faults meet the others more often. */
export function plans({ steps, faults, readers }: Size, hasStates = true): fc.Arbitrary<Plan> {
  return fc.integer({ min: 2, max: 3 }).chain((slots) =>
    fc.record({
      hubs: fc.boolean(),
      jitter: fc.nat({ max: 1000 }),
      skewsMs: fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: slots, maxLength: slots }),
      youngMs: fc.constantFrom(0, 500, 1000),
      pageItems: fc.constantFrom(1000, 2),
      readers: fc.array(readerPlans(slots), { minLength: 1, maxLength: readers }),
      stateReaders: hasStates
        ? fc.array(stateReaderPlans(slots), { maxLength: Math.ceil(readers / 2) })
        : fc.constant([]),
      steps: fc.array(stepPlans(slots, hasStates), { minLength: 1, maxLength: steps }),
      faults: fc.array(faultPlans(slots), { maxLength: faults }),
    }),
  );
}

const channel = fc.oneof({ weight: 4, arbitrary: fc.constant(CHANNELS[0]) }, fc.constant(CHANNELS[1]));
const milliseconds = fc.oneof(
  fc.integer({ min: 0, max: 30 }),
  fc.integer({ min: 0, max: 3000 }),
  fc.integer({ min: 0, max: 30_000 }),
);

function readerPlans(slots: number): fc.Arbitrary<Plan['readers'][number]> {
  const habit = fc.record({
    kind: fc.constantFrom('reads', 'reads', 'loses', 'hangs up', 'vanishes', 'reloads', 'pauses'),
    ms: milliseconds,
  });
  return fc.record({
    slot: fc.nat({ max: slots - 1 }),
    roams: fc.boolean(),
    startMs: fc.constantFrom(0, 0, 50, 5000),
    waitMs: fc.constantFrom(20_000, 20_000, 7000, 1000, 0),
    limit: fc.constantFrom(500, 500, 3, 1),
    hasClient: fc.boolean(),
    namesEpoch: fc.boolean(),
    from: fc.constantFrom('start', 'start', 'now'),
    channels: fc.constantFrom([CHANNELS[0]], [CHANNELS[0]], [...CHANNELS]),
    habits: fc.array(habit, { maxLength: 6 }),
  }) as fc.Arbitrary<Plan['readers'][number]>;
}

function stateReaderPlans(slots: number): fc.Arbitrary<Plan['stateReaders'][number]> {
  return fc.record({
    slot: fc.nat({ max: slots - 1 }),
    roams: fc.boolean(),
    startMs: fc.constantFrom(0, 50, 5000, 20_000),
    waitMs: fc.constantFrom(20_000, 7000, 1000, 0),
    limit: fc.constantFrom(500, 500, 3, 1),
    channel,
    keys: fc.constantFrom([], [], [KEYS[0]], [...KEYS]),
    latest: fc.boolean(),
  });
}

function stepPlans(slots: number, hasStates: boolean): fc.Arbitrary<Plan['steps'][number]> {
  const slot = fc.nat({ max: slots - 1 });
  const gapMs = milliseconds;
  const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 });
  const publish = fc.record({
    gapMs,
    kind: fc.constant('publish' as const),
    publisher: fc.nat({ max: 1 }),
    slot,
    channel,
    sizes,
    hasProducerIds: fc.boolean(),
  });
  const folds = fc.record({
    gapMs,
    kind: fc.constant('fold' as const),
    slot,
    times: fc.integer({ min: 1, max: 8 }),
    everyMs: fc.constantFrom(20, 1000, 5000),
  });
  const lines = fc.record({
    gapMs,
    kind: fc.constant('publish lines' as const),
    slot,
    channel,
    lines: fc.constantFrom(3, 3, 120, 230),
  });
  const send = fc.record({
    gapMs,
    kind: fc.constant('send' as const),
    channel,
    sizes: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 4 }),
  });
  const kill = fc.record({
    gapMs,
    kind: fc.constant('kill' as const),
    slot,
    downMs: fc.constantFrom(0, 300, 5000),
  });
  return fc.oneof(
    { weight: 20, arbitrary: publish },
    { weight: 4, arbitrary: send },
    { weight: 1, arbitrary: lines },
    { weight: 2, arbitrary: kill },
    { weight: 2, arbitrary: fc.record({ gapMs, kind: fc.constant('sweep' as const), slot }) },
    ...(hasStates ? [{ weight: 8, arbitrary: folds }] : []),
    {
      weight: 3,
      arbitrary: fc.record({
        gapMs,
        kind: fc.constant('set clock' as const),
        slot,
        ms: fc.integer({ min: -SET_MS, max: SET_MS }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ gapMs, kind: fc.constant('night' as const) }) },
  );
}

function faultPlans(slots: number): fc.Arbitrary<Fault> {
  const where = {
    slot: fc.oneof(fc.constant('any' as const), fc.nat({ max: slots - 1 })),
    skip: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 40 })),
    times: fc.oneof(
      { weight: 5, arbitrary: fc.constant(1) },
      { weight: 2, arbitrary: fc.integer({ min: 2, max: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 5, max: 40 }) },
    ),
  };
  const on = fc.oneof(fc.constantFrom(...CALLS), fc.constant('any' as const));
  const ms = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 200, max: 9000 }));
  const call = fc.record({ on, ...where, kind: fc.constantFrom(...names(FAULTS)), ms });
  const frozen = fc.record({
    on,
    ...where,
    times: fc.constant(1),
    kind: fc.constant<FaultKind>('freezes'),
    ms: fc.integer({ min: 1, max: FREEZE_MS }),
  });
  const message = fc.record({
    on: fc.constant('any' as const),
    ...where,
    kind: fc.constantFrom(...names(MESSAGE_FAULTS)),
    ms: fc.integer({ min: 1, max: 40_000 }),
  });
  return fc.oneof(
    { weight: 12, arbitrary: call },
    { weight: 1, arbitrary: frozen },
    { weight: 3, arbitrary: message },
  );
}
