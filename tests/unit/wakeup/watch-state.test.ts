/** The machine of `lib/wakeup/watch-state.ts`: every phase meets every event. */

import { describe, expect, test } from 'vitest';
import type { Block } from '../../../lib/log/block.ts';
import { type Head, standing } from '../../../lib/log/head.ts';
import type { Ring } from '../../../lib/wakeup/doorbell.ts';
import {
  appended,
  checked,
  due,
  failed,
  heard,
  rearm,
  type Step,
  startedAnew,
  UNARMED,
  type WatchState,
} from '../../../lib/wakeup/watch-state.ts';

const HEAD: Head = { vid: 10, epoch: 'e1' };
const UNTIL = 20_000;

const SITUATIONS = {
  'unarmed, nothing known': UNARMED,
  unarmed: { phase: 'unarmed', head: HEAD },
  'arming, nothing known': { phase: 'arming', head: null, nonce: 'mine', rung: false, appended: null },
  arming: { phase: 'arming', head: HEAD, nonce: 'mine', rung: false, appended: null },
  'arming, rung meanwhile': { phase: 'arming', head: HEAD, nonce: 'mine', rung: true, appended: null },
  'arming, and has appended meanwhile': {
    phase: 'arming',
    head: { vid: 12, epoch: 'e1' },
    nonce: 'mine',
    rung: false,
    appended: { vid: 12, epoch: 'e1' },
  },
  armed: { phase: 'armed', head: HEAD, nonce: 'mine', until: UNTIL },
  'armed on an unborn channel': {
    phase: 'armed',
    head: { vid: 0, epoch: null },
    nonce: 'mine',
    until: UNTIL,
  },
} as const satisfies Record<string, WatchState>;

type Situation = keyof typeof SITUATIONS;

const block = (first: number, last: number, epoch = 'e1'): Block => ({
  first,
  last,
  epoch,
  at: '2026-01-01T00:00:00.000Z',
  entries: Array.from({ length: last - first + 1 }, (_, i) => ({ id: `id-${first + i}`, data: null })),
});

function ring(nonce: string, first: number, last: number, more: Partial<Ring> = {}): Ring {
  const whole = block(first, last);
  return { kind: 'ring', channel: 'doors', nonce, epoch: 'e1', first, last, block: whole, ...more };
}

function bare(nonce: string, first: number, last: number, epoch = 'e1'): Ring {
  return { kind: 'ring', channel: 'doors', nonce, epoch, first, last };
}

/** Everything that can happen to a watch. */
const EVENTS = {
  'the turn begins': (watch: WatchState): Step => ({ watch: rearm(watch, 'next'), wake: false }),
  'the turn fails': (watch: WatchState): Step => ({ watch: failed(watch), wake: false }),
  'the check finds the same head': (watch: WatchState) => checked(watch, HEAD, UNTIL),
  'the check finds more': (watch: WatchState) => checked(watch, { vid: 11, epoch: 'e1' }, UNTIL),
  'the check finds another life': (watch: WatchState) => checked(watch, { vid: 10, epoch: 'e2' }, UNTIL),
  'its own arm rings with the next block': (watch: WatchState) => heard(watch, ring('mine', 11, 12)),
  'its own arm rings without the block': (watch: WatchState) => heard(watch, bare('mine', 11, 12)),
  'its own arm rings about what is known': (watch: WatchState) => heard(watch, ring('mine', 9, 10)),
  'its own arm rings past a hole': (watch: WatchState) => heard(watch, ring('mine', 13, 13)),
  'an older arm rings with the next block': (watch: WatchState) => heard(watch, ring('old', 11, 12)),
  'an older arm rings without the block': (watch: WatchState) => heard(watch, bare('old', 11, 12)),
  'an older arm rings about what is known': (watch: WatchState) => heard(watch, ring('old', 9, 10)),
  'an older arm rings past a hole': (watch: WatchState) => heard(watch, ring('old', 13, 13)),
  'another life rings': (watch: WatchState) =>
    heard(watch, ring('mine', 11, 12, { epoch: 'e2', block: block(11, 12, 'e2') })),
  'the first block of the channel rings': (watch: WatchState) => heard(watch, ring('mine', 1, 2)),
  'its process appends': (watch: WatchState) => appended(watch, { vid: 13, epoch: 'e1' }),
  'its process finds what is known in the log': (watch: WatchState) =>
    appended(watch, { vid: 10, epoch: 'e1' }),
  'its process appends in another life': (watch: WatchState) => appended(watch, { vid: 11, epoch: 'e2' }),
  'its process ends the life, or begins another': startedAnew,
} as const satisfies Record<string, (watch: WatchState) => Step>;

type Happening = keyof typeof EVENTS;
/** A head's vid, with its epoch where that is not e1; null where none is known. */
type ShownHead = number | string | null;
type Wake = 'wakes' | 'lets sleep';
type Cell = readonly [phase: WatchState['phase'], head: ShownHead, wake: Wake];

/** As it was in the situation. */
const SAME = Symbol('same');
type ByDefault = readonly [
  phase: WatchState['phase'] | typeof SAME,
  head: ShownHead | typeof SAME,
  wake: Wake,
];

interface Row {
  /** What becomes of it in every situation that is not among the exceptions. */
  readonly byDefault: ByDefault;
  readonly but?: Partial<Record<Situation, Cell>>;
}

const STAYS: ByDefault = [SAME, SAME, 'lets sleep'];
const NO_LIFE = '0 of no life';
/** A ring that does not bring the next block ends the arm, and tells nothing. */
const DISARMED: Partial<Record<Situation, Cell>> = {
  armed: ['unarmed', 10, 'lets sleep'],
  'armed on an unborn channel': ['unarmed', NO_LIFE, 'lets sleep'],
};
const NEXT_BLOCK: Row = { byDefault: STAYS, but: { ...DISARMED, armed: ['unarmed', 12, 'wakes'] } };
const NO_NEWS: Row = { byDefault: STAYS, but: DISARMED };

/** 19 events in 8 situations: the compiler asks for a row of each event, and a situation that no row names is met by the defaults. */
const EXPECTED: Record<Happening, Row> = {
  'its process ends the life, or begins another': {
    byDefault: ['unarmed', NO_LIFE, 'wakes'],
    but: {
      'unarmed, nothing known': ['unarmed', null, 'lets sleep'],
      'arming, nothing known': ['arming', null, 'lets sleep'],
      arming: ['arming', NO_LIFE, 'wakes'],
      'arming, rung meanwhile': ['arming', NO_LIFE, 'wakes'],
      'arming, and has appended meanwhile': ['arming', NO_LIFE, 'wakes'],
      'armed on an unborn channel': ['unarmed', NO_LIFE, 'lets sleep'],
    },
  },
  'the turn begins': { byDefault: ['arming', SAME, 'lets sleep'] },
  'the turn fails': { byDefault: ['unarmed', SAME, 'lets sleep'] },
  'the check finds the same head': {
    byDefault: ['unarmed', 10, 'lets sleep'],
    but: {
      'arming, nothing known': ['armed', 10, 'lets sleep'],
      arming: ['armed', 10, 'lets sleep'],
      'arming, and has appended meanwhile': ['armed', 12, 'lets sleep'],
      'armed on an unborn channel': ['unarmed', 10, 'wakes'],
    },
  },
  'the check finds more': {
    byDefault: ['unarmed', 11, 'wakes'],
    but: {
      'unarmed, nothing known': ['unarmed', 11, 'lets sleep'],
      'arming, nothing known': ['armed', 11, 'lets sleep'],
      arming: ['armed', 11, 'wakes'],
      'arming, and has appended meanwhile': ['armed', 12, 'lets sleep'],
    },
  },
  'the check finds another life': {
    byDefault: ['unarmed', '10 of e2', 'wakes'],
    but: {
      'unarmed, nothing known': ['unarmed', '10 of e2', 'lets sleep'],
      'arming, nothing known': ['armed', '10 of e2', 'lets sleep'],
      arming: ['armed', '10 of e2', 'wakes'],
    },
  },
  'its own arm rings with the next block': NEXT_BLOCK,
  'its own arm rings without the block': NO_NEWS,
  'its own arm rings about what is known': NO_NEWS,
  'its own arm rings past a hole': NO_NEWS,
  'an older arm rings with the next block': NEXT_BLOCK,
  'an older arm rings without the block': NO_NEWS,
  'an older arm rings about what is known': {
    byDefault: STAYS,
    but: { 'armed on an unborn channel': ['unarmed', NO_LIFE, 'lets sleep'] },
  },
  'an older arm rings past a hole': NO_NEWS,
  'another life rings': NO_NEWS,
  'the first block of the channel rings': {
    byDefault: STAYS,
    but: { ...DISARMED, 'armed on an unborn channel': ['unarmed', 2, 'wakes'] },
  },
  'its process appends': {
    byDefault: [SAME, 13, 'wakes'],
    but: {
      'unarmed, nothing known': ['unarmed', null, 'lets sleep'],
      'arming, nothing known': ['arming', null, 'lets sleep'],
    },
  },
  'its process finds what is known in the log': {
    byDefault: STAYS,
    but: { 'armed on an unborn channel': ['armed', 10, 'wakes'] },
  },
  'its process appends in another life': {
    byDefault: STAYS,
    but: {
      armed: ['unarmed', 10, 'lets sleep'],
      'armed on an unborn channel': ['armed', '11 of e2', 'wakes'],
    },
  },
};

function cellOf(happening: Happening, situation: Situation): Cell {
  const { byDefault, but = {} } = EXPECTED[happening];
  const [phase, head, wake] = but[situation] ?? byDefault;
  const before: WatchState = SITUATIONS[situation];
  return [phase === SAME ? before.phase : phase, head === SAME ? shortHead(before.head) : head, wake];
}

function keysOf<K extends string>(record: Record<K, unknown>): K[] {
  const keys: K[] = [];
  for (const key in record) keys.push(key);
  return keys;
}

function shortHead(head: Head | null): ShownHead {
  if (head === null || head.epoch === 'e1') return head?.vid ?? null;
  return `${head.vid} of ${head.epoch ?? 'no life'}`;
}

describe('a watch', () => {
  for (const situation of keysOf(SITUATIONS)) {
    for (const happening of keysOf(EVENTS)) {
      const [phase, head, wake] = cellOf(happening, situation);
      test(`${situation}: when ${happening} it is ${phase} at ${head} and ${wake}`, () => {
        const step = EVENTS[happening](SITUATIONS[situation]);

        const told = [step.watch.phase, shortHead(step.watch.head), step.wake ? 'wakes' : 'lets sleep'];
        expect(told).toEqual([phase, head, wake]);
      });
    }
  }

  test('arms under the nonce of its turn, and until the time of its check', () => {
    const arming = rearm(UNARMED, 'n1');

    const { watch } = checked(arming, HEAD, 123);

    expect(watch).toEqual({ phase: 'armed', head: HEAD, nonce: 'n1', until: 123 });
  });

  test('notes a ring of its arm that comes before the check, and no other', () => {
    const own = heard(SITUATIONS.arming, bare('mine', 11, 11)).watch;
    const other = heard(SITUATIONS.arming, bare('old', 11, 11)).watch;

    expect(own).toMatchObject({ phase: 'arming', rung: true });
    expect(other).toMatchObject({ phase: 'arming', rung: false });
  });

  test('forgets the ring of an earlier turn when the next begins', () => {
    const next = rearm(SITUATIONS['arming, rung meanwhile'], 'next');

    expect(next).toEqual({ phase: 'arming', head: HEAD, nonce: 'next', rung: false, appended: null });
  });

  test('sleeps on an arm that was written before what its own process appended, though the check looked earlier', () => {
    const arming = rearm(SITUATIONS.unarmed, 'n1');
    const meanwhile = appended(arming, { vid: 11, epoch: 'e1' });

    const { watch, wake } = checked(meanwhile.watch, HEAD, UNTIL);

    expect([meanwhile.wake, wake]).toEqual([true, false]);
    expect(watch).toEqual({ phase: 'armed', head: { vid: 11, epoch: 'e1' }, nonce: 'n1', until: UNTIL });
  });

  test('tells the first check of what its own process appended meanwhile', () => {
    const { watch } = appended(rearm(UNARMED, 'n1'), { vid: 11, epoch: 'e1' });

    const { head } = checked(watch, HEAD, UNTIL).watch;

    expect(head).toEqual({ vid: 11, epoch: 'e1' });
  });

  test.each([
    {
      what: 'the furthest in one life',
      reached: [12, 11],
      epochs: ['e1', 'e1'],
      expected: { vid: 12, epoch: 'e1' },
    },
    {
      what: 'the newest of two lives',
      reached: [12, 1],
      epochs: ['e0', 'e1'],
      expected: { vid: 1, epoch: 'e1' },
    },
  ])('keeps of what its own process appends during a turn $what', ({ reached, epochs, expected }) => {
    let watch = rearm(UNARMED, 'n1');
    for (const [i, vid] of reached.entries()) watch = appended(watch, { vid, epoch: epochs[i] ?? '' }).watch;

    expect(checked(watch, { vid: 0, epoch: 'e1' }, UNTIL).watch.head).toEqual(expected);
  });

  test('does not sleep on a check of another life than its own process appended in meanwhile', () => {
    const { watch } = appended(rearm(SITUATIONS.unarmed, 'n1'), { vid: 1, epoch: 'e2' });

    expect(checked(watch, HEAD, UNTIL).watch.phase).toBe('unarmed');
  });

  test('stays in the life of the head when a ring moves it on', () => {
    const { watch } = heard(SITUATIONS['armed on an unborn channel'], ring('mine', 1, 2));

    expect(watch.head).toEqual({ vid: 2, epoch: 'e1' });
  });
});

describe('due', () => {
  const cases: Record<Situation, { before: boolean; atUntil: boolean }> = {
    'unarmed, nothing known': { before: true, atUntil: true },
    unarmed: { before: true, atUntil: true },
    'arming, nothing known': { before: false, atUntil: false },
    arming: { before: false, atUntil: false },
    'arming, rung meanwhile': { before: false, atUntil: false },
    'arming, and has appended meanwhile': { before: false, atUntil: false },
    armed: { before: false, atUntil: true },
    'armed on an unborn channel': { before: false, atUntil: true },
  };

  test.each(keysOf(SITUATIONS))('says whether a new turn is needed when %s', (situation) => {
    const watch = SITUATIONS[situation];

    const said = { before: due(watch, UNTIL - 1), atUntil: due(watch, UNTIL) };

    expect(said).toEqual(cases[situation]);
  });
});

describe('standing', () => {
  const unborn: Head = { vid: 0, epoch: null };
  test.each([
    { what: 'sees what is missing', after: 9, epoch: 'e1', head: HEAD, expected: 'behind' },
    {
      what: 'sees what is missing without an epoch',
      after: 0,
      epoch: undefined,
      head: HEAD,
      expected: 'behind',
    },
    { what: 'is level at the head', after: 10, epoch: 'e1', head: HEAD, expected: 'level' },
    {
      what: 'is level at the head without an epoch',
      after: 10,
      epoch: undefined,
      head: HEAD,
      expected: 'level',
    },
    { what: 'is reset when it is ahead', after: 11, epoch: 'e1', head: HEAD, expected: 'reset' },
    {
      what: 'is reset when it is ahead without an epoch',
      after: 11,
      epoch: undefined,
      head: HEAD,
      expected: 'reset',
    },
    { what: 'is reset in another life, though behind', after: 3, epoch: 'e2', head: HEAD, expected: 'reset' },
    { what: 'is reset in another life, though level', after: 10, epoch: 'e2', head: HEAD, expected: 'reset' },
    { what: 'is level on an unborn channel', after: 0, epoch: undefined, head: unborn, expected: 'level' },
    {
      what: 'is reset by an unborn channel when it knew a life',
      after: 0,
      epoch: 'e1',
      head: unborn,
      expected: 'reset',
    },
    {
      what: 'is reset by an unborn channel when it knew a number',
      after: 1,
      epoch: undefined,
      head: unborn,
      expected: 'reset',
    },
  ])('a reader $what', ({ after, epoch, head, expected }) => {
    const stands = standing(after, epoch, head);

    expect(stands).toBe(expected);
  });
});
