import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combined, median, outcomesOf, spread } from '../../../bench/race/statistics.ts';
import { idleFigures, loadFigures, outcome, raceResults } from '../../support/repo/race-results.ts';

describe('the spread of samples', () => {
  test('is nothing for none', () => {
    expect(spread([])).toEqual({ p50: null, p99: null, max: null });
  });

  test('is of samples in any order, and ordered itself', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (samples) => {
        const { p50, p99, max } = spread(samples);

        expect(p50).toBeLessThanOrEqual(p99 ?? 0);
        expect(p99).toBeLessThanOrEqual(max ?? 0);
        expect(max).toBeCloseTo(Math.max(...samples), 2);
      }),
    );
  });

  test('of 1 to 1,000 has its percentiles where they belong', () => {
    const samples = Array.from({ length: 1_000 }, (_, i) => 1_000 - i);

    expect(spread(samples)).toEqual({ p50: 501, p99: 991, max: 1_000 });
  });
});

describe('the median', () => {
  test.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[null, 7, null], 7],
    [[], null],
  ])('of %j is %j', (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});

describe('several rounds', () => {
  test('count as their median, and what any of them lost or repeated is lost or repeated', () => {
    const rounds = [
      loadFigures({ p50: 1, delivered: 99, repeated: 1 }),
      loadFigures({ p50: 9 }),
      loadFigures({ p50: 2, error: 'HTTP 502' }),
    ];

    const all = combined(rounds.map((figures, i) => outcome('a', 'latency', 1, figures, i + 1)));

    expect(all).toMatchObject({ p50: 2, expected: 300, delivered: 299, repeated: 1, error: 'HTTP 502' });
  });

  test('go without those that failed', () => {
    const failed = { kind: 'failed', why: 'it did not start' } as const;

    expect(
      combined([outcome('a', 'idle', 100, failed), outcome('a', 'idle', 100, idleFigures(), 2)]),
    ).toEqual(idleFigures());
    expect(combined([outcome('a', 'idle', 100, failed)])).toBeUndefined();
  });

  test('know no order where there was none', () => {
    const figures = loadFigures({ outOfOrder: null });

    expect(combined([outcome('a', 'burst', 2_000, figures)])).toMatchObject({ outOfOrder: null });
  });
});

test('the outcomes of a case are those of its server, scenario and size', () => {
  const wanted = outcome('a', 'fan-out', 100, loadFigures());
  const others = [
    outcome('b', 'fan-out', 100, loadFigures()),
    outcome('a', 'fan-out', 10, loadFigures()),
    outcome('a', 'idle', 100, idleFigures()),
  ];

  expect(outcomesOf(raceResults(['a', 'b'], [...others, wanted]), 'a', 'fan-out', 100)).toEqual([wanted]);
});
