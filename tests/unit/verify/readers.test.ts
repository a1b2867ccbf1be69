/** The checker on what readers were promised: hand-made histories, good and bad. */

import { describe, expect, test } from 'vitest';
import { check } from '../../../packages/testing/src/check/checks/check.ts';
import type { Entry, SeenAnswer } from '../../../packages/testing/src/check/history.ts';
import { cut, end, polled, polledMany, published, seen, story } from '../../support/memory/story.ts';

function rules(...told: ReadonlyArray<readonly Entry[]>): readonly string[] {
  const { violations } = check(story(...told), { boundMs: 25_000 });
  return [...new Set(violations.map(({ rule }) => rule))].sort();
}

const EVENTS = ['a', 'b', 'c'];
/** Three events, acknowledged after 30 ms. */
const LOG = published({ op: 1, at: [0, 30], events: EVENTS }, 1);
const [A, B, C] = [seen(1, 'a'), seen(2, 'b'), seen(3, 'c')];
const END = end(90_000);
const ALL = polled({ op: 9, at: [1_000, 1_010], maxvid: 0 }, [A, B, C]);
const QUIET = { reader: 'quiet', waitMs: 0 };

describe('passes', () => {
  test('a reader that gets everything, bit by bit, and goes back', () => {
    expect(
      rules(
        LOG,
        polled({ op: 2, at: [100, 110], maxvid: 0, limit: 1 }, [A]),
        cut({ op: 3, at: [120, 130], maxvid: 1 }, 'half read'),
        polled({ op: 4, at: [140, 150], maxvid: 1 }, [B, C]),
        polled({ op: 5, at: [160, 170], maxvid: 1 }, [B, C]),
        polled({ op: 6, at: [180, 20_200], maxvid: 3 }, []),
        END,
      ),
    ).toEqual([]);
  });

  test('a reader that begins from now on', () => {
    expect(rules(LOG, ALL, polled({ op: 2, reader: 's', at: [40, 50] }, [C]), END)).toEqual([]);
  });

  test('an empty answer before the first event', () => {
    expect(rules(polled({ op: 2, at: [0, 20_010], maxvid: 0 }, [], { epoch: null }), end(30_000))).toEqual(
      [],
    );
  });

  test('a poll that another of the same client has superseded', () => {
    const mine = { reader: 's', client: 'lobby', maxvid: 3 };

    expect(
      rules(
        LOG,
        ALL,
        polled({ ...mine, op: 2, at: [2_000, 2_600] }, [], { superseded: true }),
        cut({ ...mine, reader: 't', op: 3, at: [2_500, 2_900] }, 'given up'),
        END,
      ),
    ).toEqual([]);
  });

  test('a poll that goes on from its cursor', () => {
    const mine = { reader: 's', client: 'lobby' };

    expect(
      rules(
        LOG,
        ALL,
        polled({ ...mine, op: 2, at: [40, 50], maxvid: 0, limit: 1 }, [A]),
        polled({ ...mine, op: 3, at: [60, 70], maxvid: 1, limit: 1 }, [B]),
        cut({ ...mine, op: 4, at: [80, 90], maxvid: 2 }, 'given up'),
        polled({ ...mine, op: 5, at: [100, 110] }, [B, C]),
        polled({ ...mine, op: 6, at: [120, 130] }, [C]),
        END,
      ),
    ).toEqual([]);
  });
});

describe('the checker finds', () => {
  test.each([
    { name: 'a gap', events: [A, C], finds: ['gap', 'uncovered'] },
    { name: 'a repeat', events: [A, A, B, C], finds: ['gap'] },
    { name: 'events that changed places', events: [B, A, C], finds: ['gap'] },
  ])('$name in an answer', ({ events, finds }) => {
    expect(
      rules(LOG, ALL, polled({ op: 2, reader: 's', at: [100, 110], maxvid: 0 }, events, { maxvid: 3 }), END),
    ).toEqual(finds);
  });

  test('an answer that skips the first event after its place', () => {
    expect(rules(LOG, ALL, polled({ op: 2, reader: 's', at: [100, 110], maxvid: 0 }, [B, C]), END)).toEqual([
      'gap',
      'uncovered',
    ]);
  });

  test.each([
    { name: 'other data', other: { ...A, data: 'z' } },
    { name: 'another id', other: { ...A, id: 'z' } },
    { name: 'another time', other: { ...A, at: 'z' } },
  ])('an event that a second reader gets with $name', ({ other }) => {
    expect(
      rules(LOG, ALL, polled({ op: 10, reader: 's', at: [1_100, 1_110], maxvid: 0 }, [other, B, C]), END),
    ).toEqual(['differs']);
  });

  test.each<{ name: string; answer: Partial<SeenAnswer>; finds: readonly string[] }>([
    { name: 'another epoch', answer: { epoch: 'other' }, finds: ['epoch'] },
    { name: 'no epoch', answer: { epoch: null }, finds: ['epoch'] },
    { name: 'missed events', answer: { missed: 1 }, finds: ['missed'] },
    { name: 'a place that does not fit', answer: { maxvid: 2 }, finds: ['answer'] },
    { name: 'another channel', answer: { channel: 'logs' }, finds: ['answer', 'invented', 'uncovered'] },
    { name: 'a supersede without a rival', answer: { superseded: true }, finds: ['superseded'] },
  ])('an answer with $name', ({ answer, finds }) => {
    expect(
      rules(LOG, ALL, polled({ op: 10, reader: 's', at: [1_100, 1_110], maxvid: 0 }, [A, B, C], answer), END),
    ).toEqual(finds);
  });

  test('more events than were asked for', () => {
    expect(rules(LOG, polled({ op: 2, at: [100, 110], maxvid: 0, limit: 2 }, [A, B, C]), END)).toEqual([
      'answer',
    ]);
  });

  test.each([
    { name: 'further back', events: [A, B, C] },
    { name: 'further on', events: [C] },
  ])('a poll that goes on from $name than its cursor', ({ events }) => {
    const mine = { reader: 's', client: 'lobby' };

    expect(
      rules(
        LOG,
        ALL,
        polled({ ...mine, op: 2, at: [40, 50], maxvid: 0 }, [A, B, C]),
        polled({ ...mine, op: 3, at: [60, 70], maxvid: 1 }, [B, C]),
        polled({ ...mine, op: 4, at: [80, 90] }, events),
        END,
      ),
    ).toEqual(['cursor']);
  });

  test('a reader that never gets the last event', () => {
    expect(rules(LOG, ALL, polled({ op: 2, reader: 's', at: [100, 110], maxvid: 0 }, [A, B]), END)).toEqual([
      'uncovered',
    ]);
  });

  test('a reader that cannot read up to the end, and a history without one', () => {
    expect(rules(LOG, ALL, end(90_000, ['s']))).toEqual(['unfinished']);
    expect(rules(LOG, ALL)).toEqual(['unfinished']);
  });

  const LOGS = published({ op: 20, at: [0, 30], events: ['z'], channel: 'logs' }, 1);
  const Z = seen(1, 'z');
  const BOTH = ['doors', 'logs'];

  test.each<{ name: string; brought: Parameters<typeof polledMany>[2]; finds: readonly string[] }>([
    { name: 'the channel that has news', brought: [['doors', [A, B, C]]], finds: [] },
    {
      name: 'channels in another order',
      brought: [
        ['logs', [Z]],
        ['doors', [A, B, C]],
      ],
      finds: ['answer'],
    },
    {
      name: 'an empty channel beside news',
      brought: [
        ['doors', [A, B, C]],
        ['logs', []],
      ],
      finds: ['answer'],
    },
    { name: 'no channel', brought: [], finds: ['answer', 'hurried'] },
  ])('$name in the answer for several: $finds', ({ brought, finds }) => {
    const logs = polled({ op: 22, channel: 'logs', at: [1_050, 1_060], maxvid: 0 }, [Z]);

    expect(rules(LOG, LOGS, ALL, logs, polledMany({ op: 21, at: [100, 110] }, BOTH, brought), END)).toEqual(
      finds,
    );
  });

  test('a fault', () => {
    expect(rules(LOG, ALL, [{ kind: 'fault', at: 40, op: 7, what: '400' }], END)).toEqual(['fault']);
  });
});

describe('bounds', () => {
  const waiting = (op: number, at: readonly [number, number]) => ({ op, reader: 's', at, maxvid: 2 });

  test('passes an event whose doorbell was lost, but not one that comes later than the sleep', () => {
    const inTime = polled(waiting(2, [5_000, 25_000]), [C]);
    const tooLate = polled(waiting(2, [0, 18_000]), [], { maxvid: 2 });
    const again = polled(waiting(3, [18_000, 25_500]), [C]);

    expect(rules(LOG, ALL, inTime, END)).toEqual([]);
    expect(rules(LOG, ALL, tooLate, again, END)).toEqual(['hurried', 'late']);
  });

  test('counts only while the reader waits, and anew after a failure or an answer that it threw away', () => {
    const away = [cut(waiting(2, [0, 15_000]), 'given up'), polled(waiting(3, [40_000, 45_000]), [C])];
    const failed = [cut(waiting(2, [0, 20_000]), 'failed'), polled(waiting(3, [20_000, 40_000]), [C])];

    expect(rules(LOG, ALL, ...away, END)).toEqual([]);
    expect(rules(LOG, ALL, ...failed, END)).toEqual([]);
    const thrownAway = [cut(waiting(2, [0, 15_000]), 'half read'), polled(waiting(3, [15_000, 30_000]), [C])];
    expect(rules(LOG, ALL, ...thrownAway, END)).toEqual([]);
  });

  test.each([
    { name: 'answered long after its wait', at: [100, 25_200] as const, waitMs: 20_000, finds: ['overdue'] },
    { name: 'held though it asked not to be', at: [100, 5_200] as const, waitMs: 0, finds: ['overdue'] },
    { name: 'answered empty at once', at: [100, 150] as const, waitMs: 20_000, finds: ['hurried'] },
  ])('finds a poll that is $name', ({ at, waitMs, finds }) => {
    expect(rules(LOG, ALL, polled({ op: 2, at, maxvid: 3, waitMs }, []), END)).toEqual(finds);
  });

  test('finds a poll without a wait that does not see what was acknowledged before', () => {
    const empty = polled({ ...QUIET, op: 2, at: [40, 50], maxvid: 0 }, []);
    const then = polled({ ...QUIET, op: 3, at: [60, 70], maxvid: 0 }, [A, B, C]);

    expect(rules(LOG, ALL, empty, then, END)).toEqual(['stale']);
  });

  const direct = (told: Parameters<typeof polled>[0], events: Parameters<typeof polled>[1] = []) =>
    polled({ waitMs: 20_000, ...told }, events).map((entry) =>
      entry.kind === 'poll' ? { ...entry, direct: true as const } : entry,
    );

  test('of a direct wait: its reader may hear a bell of before, and lose one for as long as its ticket lasts', () => {
    const heardOld = direct({ op: 2, at: [100, 150], maxvid: 3 });
    const quiet = Array.from({ length: 7 }, (_, i) => i * 20_000);
    const waits = (count: number) =>
      quiet
        .slice(0, count)
        .flatMap((at, i) => direct({ op: 2 + i, at: [at + 1_000, at + 21_000], maxvid: 0 }));

    expect(rules(LOG, ALL, heardOld, END)).toEqual([]);
    expect(rules(LOG, ALL, ...[waits(4)], end(200_000))).toEqual([]);
    // So many that hear nothing are told of all the same.
    expect(rules(LOG, ALL, ...[waits(6)], end(200_000))).toEqual(['unheard']);
    expect(rules(LOG, ALL, ...[waits(7)], end(200_000))).toContain('late');
    expect(rules(LOG, ALL, direct({ op: 2, at: [50, 60], maxvid: 0, waitMs: 0 }), END)).toEqual(['stale']);
  });

  test('of direct waits: that more of them lose bells than hear them', () => {
    const unheard = Array.from({ length: 5 }, (_, i) =>
      direct({ op: 20 + i, reader: `waits-${i}`, at: [20, 20_020], maxvid: 0 }, [A, B, C]),
    );
    const heard = Array.from({ length: 5 }, (_, i) =>
      direct({ op: 30 + i, reader: `hears-${i}`, at: [20, 60], maxvid: 0 }, [A, B, C]),
    );

    expect(rules(LOG, ALL, ...unheard.slice(1), END)).toEqual([]);
    expect(rules(LOG, ALL, ...unheard, ...heard, END)).toEqual([]);
    expect(rules(LOG, ALL, ...unheard, ...heard.slice(1), END)).toEqual(['unheard']);
  });

  test('of a shared poll: it ends with its slot, and a cache may give what is a second old', () => {
    const shared = (told: Parameters<typeof polled>[0]) =>
      polled(told, []).map((entry) => (entry.kind === 'poll' ? { ...entry, shared: true as const } : entry));
    const all = polled({ ...QUIET, op: 3, at: [9_000, 9_010], maxvid: 0 }, [A, B, C]);

    const endsEarly = shared({ op: 2, at: [100, 150], maxvid: 3, waitMs: 20_000 });
    const cached = shared({ ...QUIET, op: 2, at: [1_000, 1_010], maxvid: 0 });
    const old = shared({ ...QUIET, op: 2, at: [8_000, 8_010], maxvid: 0 });

    expect(rules(LOG, ALL, endsEarly, END)).toEqual([]);
    expect(rules(LOG, cached, all, END)).toEqual([]);
    expect(rules(LOG, old, all, END)).toEqual(['stale']);
  });

  test('tells how long readers waited', () => {
    const { figures } = check(story(LOG, polled({ op: 2, at: [10, 80], maxvid: 0 }, [A, B, C]), END), {
      boundMs: 25_000,
    });

    expect(figures).toMatchObject({
      deliveries: 3,
      first: 3,
      live: { count: 3, p50: 50, p99: 50 },
      longestWait: 50,
    });
  });
});
