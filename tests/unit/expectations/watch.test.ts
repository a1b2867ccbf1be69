import { describe, expect, test } from 'vitest';
import type { Watch } from '../../../lib/expectations/ports.ts';
import { GRACE_MS, LOOK_MS } from '../../../lib/expectations/times.ts';
import { WatchFold } from '../../../lib/expectations/watch.ts';
import type { Entry, Mark } from '../../../lib/log/block.ts';
import { type Alarm, LIMITS } from '../../../lib/protocol/doorbell.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const MINUTE_MS = 60_000;
const FRESH: Watch = { epoch: 'e1', upTo: 0, pending: [], outbox: [], alarmsFrom: 0 };

type Given = Pick<Entry, 'key' | 'expect'>;

/** Blocks one after the other, each so many minutes after the start. */
function folded(
  blocks: ReadonlyArray<readonly [minute: number, ...Given[]]>,
  watch = FRESH,
  mark?: Mark,
): WatchFold {
  const fold = new WatchFold('jobs', watch);
  let { upTo } = watch;
  for (const [minute, ...given] of blocks) {
    const first = upTo + 1;
    const isMarked = mark !== undefined && given.length === 0;
    upTo += isMarked ? 1 : given.length;
    const at = new Date(START + minute * MINUTE_MS).toISOString();
    const entries = given.map((one, i) => ({ id: `i${first + i}`, ...one, data: null }));
    fold.add({ first, last: upTo, at, entries, ...(isMarked ? { mark } : {}) });
  }
  return fold;
}

const alarms = (fold: WatchFold) => fold.result(0).outbox.map(({ data }) => data as Alarm);
const told = (fold: WatchFold) => alarms(fold).map(({ status, vid }) => `${status} ${vid}`);
const E5 = { expect: 'PT5M' };

describe('an event that was promised', () => {
  test('has come when any event of the channel has, in time', () => {
    const fold = folded([
      [0, E5],
      [5, { key: 'other' }],
    ]);

    fold.judge(START + 60 * MINUTE_MS);
    expect(told(fold)).toEqual([]);
    expect(fold.result(0).pending).toEqual([]);
    expect(fold.nextLook(START)).toBeUndefined();
  });

  test('of a key has come only when one of that key has', () => {
    const fold = folded([
      [0, { ...E5, key: 'a' }],
      [1, { key: 'b' }, {}],
    ]);

    fold.judge(START + 6 * MINUTE_MS);
    expect(told(fold)).toEqual(['overdue 1']);
  });

  test('is overdue after its deadline and a grace, and not before', () => {
    const fold = folded([[0, E5]]);

    fold.judge(START + 5 * MINUTE_MS + GRACE_MS);
    expect(told(fold)).toEqual([]);
    fold.judge(START + 5 * MINUTE_MS + GRACE_MS + 1);
    expect(told(fold)).toEqual(['overdue 1']);
    fold.judge(START + 50 * MINUTE_MS);
    expect(told(fold)).toEqual(['overdue 1']);
  });

  test('that comes late is told as overdue and as come, with its number', () => {
    const fold = folded([
      [0, E5],
      [6, {}],
    ]);

    expect(alarms(fold)).toEqual([
      { status: 'overdue', channel: 'jobs', vid: 1, expect: 'PT5M', due: '2026-01-01T00:05:00.000Z' },
      {
        status: 'recovered',
        channel: 'jobs',
        vid: 1,
        expect: 'PT5M',
        due: '2026-01-01T00:05:00.000Z',
        next: 2,
      },
    ]);
    expect(fold.result(0).outbox.map(({ id, key }) => [id, key])).toEqual([
      ['overdue.e1.1', '*'],
      ['recovered.e1.1', '*'],
    ]);
  });

  test('and was told as overdue is told as come, and no more', () => {
    const first = folded([[0, { ...E5, key: 'a' }]]);
    first.judge(START + 9 * MINUTE_MS);
    const second = folded([[20, { key: 'a' }]], { ...first.result(0), outbox: [] });

    expect(told(first)).toEqual(['overdue 1']);
    expect(told(second)).toEqual(['recovered 1']);
    expect(second.result(0).outbox.map(({ key }) => key)).toEqual(['a']);
  });

  test('is promised anew by the event that comes', () => {
    const fold = folded([
      [0, E5],
      [4, E5],
      [8, E5],
      [12, {}],
    ]);

    fold.judge(START + 60 * MINUTE_MS);
    expect(told(fold)).toEqual([]);
  });

  test('is overdue though the log was read on only after other events had come', () => {
    const fold = folded([
      [0, { ...E5, key: 'a' }],
      [30, { key: 'b' }],
    ]);

    expect(told(fold)).toEqual(['overdue 1']);
  });

  test('is awaited no more when its channel is closed', () => {
    const inTime = folded([[0, E5], [1]], FRESH, 'closed');
    inTime.judge(START + 60 * MINUTE_MS);
    expect(told(inTime)).toEqual([]);

    expect(told(folded([[0, E5], [7]], FRESH, 'closed'))).toEqual(['overdue 1', 'recovered 1']);
  });

  test('is not awaited when it was promised in what is no duration here', () => {
    const fold = folded([[0, { expect: 'PT1S' }, { expect: 'P1Y' }]]);

    expect(fold.result(0).pending).toEqual([]);
  });
});

test('a log gives the same alarms, read in one step and in several', () => {
  const log: Parameters<typeof folded>[0] = [
    [0, E5, { ...E5, key: 'a' }],
    [7, { key: 'b' }],
    [9, { ...E5, key: 'a' }],
    [30, {}],
  ];
  const whole = folded(log);
  let watch = FRESH;
  const steps = log.flatMap((block) => {
    const fold = folded([block], watch);
    const { outbox, ...rest } = fold.result(0);
    watch = { ...rest, outbox: [] };
    return outbox;
  });

  expect(steps).toEqual(whole.result(0).outbox);
  expect(told(whole)).toEqual(['overdue 2', 'recovered 2', 'overdue 4']);
});

test('events that were taken before are not taken again', () => {
  const fold = new WatchFold('jobs', { ...FRESH, upTo: 2 });
  const entries = [E5, {}, {}].map((one, i) => ({ id: `i${i}`, ...one, data: null }));
  fold.add({ first: 1, last: 3, at: new Date(START).toISOString(), entries });

  expect(fold.result(0)).toMatchObject({ upTo: 3, pending: [] });
  expect(fold.hasChanged).toBe(false);
});

test('as many keys as are watched are watched, and that there are more is told once', () => {
  const many = Array.from({ length: LIMITS.expectedKeys + 20 }, (_, i) => ({ ...E5, key: `k${i}` }));
  const fold = folded([[0, ...many]]);

  expect(fold.result(0).pending).toHaveLength(LIMITS.expectedKeys);
  expect(told(fold)).toEqual([`unwatched ${LIMITS.expectedKeys + 1}`]);
  const again = folded([[1, ...many]], { ...fold.result(0), outbox: [] });
  expect(told(again)).toEqual([]);
});

describe('looks again', () => {
  test('when the first deadline can be judged', () => {
    const fold = folded([[0, { expect: 'PT20M', key: 'a' }, { ...E5, key: 'b' }]]);

    expect(fold.nextLook(START)).toBe(START + 6 * MINUTE_MS);
  });

  test('soon enough that no event expires unseen', () => {
    const fold = folded([[0, { expect: 'P31D' }]]);

    expect(fold.nextLook(START)).toBe(START + LOOK_MS + MINUTE_MS);
  });

  test('in the next minute where something is overdue', () => {
    const fold = folded([[0, { ...E5, key: 'a' }, { expect: 'P1D' }]]);
    fold.judge(START + 10 * MINUTE_MS);

    expect(fold.nextLook(START + 10 * MINUTE_MS + 5)).toBe(START + 11 * MINUTE_MS);
  });
});
