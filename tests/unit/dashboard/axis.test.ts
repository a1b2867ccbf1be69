/** Scales and labels of the charts. */
import { describe, expect, test } from 'vitest';
import {
  shortly,
  timeLabels,
  timeRange,
  valueLabel,
  valueLabels,
  valueRange,
} from '../../../dashboard/model/axis.ts';

const NOON = new Date(2026, 0, 1, 12).getTime() / 1_000;

describe('the time scale', () => {
  test('of one sample is a minute around it, and not three times the same label', () => {
    expect(timeRange(NOON, NOON)).toEqual([NOON - 30, NOON + 30]);
    expect(timeRange(NOON, NOON + 0.0625)).toEqual([NOON - 29.96875, NOON + 30.03125]);
    expect(timeRange(NOON, NOON + 2)).toEqual([NOON, NOON + 2]);
    expect(timeLabels([NOON - 30, NOON, NOON + 30])).toEqual(['11:59:30', '12:00:00', '12:00:30']);
  });

  test.each([
    [[NOON + 5], ['12:00:05']],
    [
      [NOON, NOON + 60],
      ['12:00', '12:01'],
    ],
    [
      [NOON, NOON + 43_200, NOON + 86_400],
      ['01-01 12:00', '01-02 00:00', '01-02 12:00'],
    ],
    [
      [NOON, NOON + 86_400],
      ['01-01', '01-02'],
    ],
    [
      [Number.NaN, 1e300],
      ['', ''],
    ],
    [[], []],
  ])('%j is labelled %j', (times, labels) => {
    expect(timeLabels(times)).toEqual(labels);
  });
});

describe('the value scale', () => {
  test.each([
    [0, 50, 100, [0, 100]],
    [0, 200, 1, [0, 220]],
    [5, 5, 0, [0, 5.5]],
    [0, 0, 0, [0, 1]],
    [-10, 20, 0, [-11, 22]],
    [-10, -5, 0, [-11, 0]],
    [1_000, 1_010, 0, [999, 1_011]],
    [1_000, 1_010, 1, [0, 1_111]],
    [Number.NaN, Number.NaN, 1, [0, 1]],
  ])('of values from %d to %d, at least %d high, is %j', (low, high, least, range) => {
    const [from, to] = valueRange(low, high, least);

    expect(from).toBeCloseTo(range[0] ?? Number.NaN);
    expect(to).toBeCloseTo(range[1] ?? Number.NaN);
  });

  test.each([
    [0, '0'],
    [0.25, '0.25'],
    [9_500, '9,500'],
    [10_000, '10K'],
    [12_500, '12.5K'],
    [-1_500_000, '-1.5M'],
    [2e12, '2T'],
    [1e300, '1e+300'],
    [1e-9, '1e-9'],
  ])('is labelled, for %d, with %s', (value, label) => {
    expect(valueLabel(value)).toBe(label);
  });

  test('writes numbers out where the short ones would be the same', () => {
    expect(valueLabels([10_000, 20_000])).toEqual(['10K', '20K']);
    expect(valueLabels([100_001, 100_002])).toEqual(['100,001', '100,002']);
  });
});

test.each([
  [4_074.4, '4,074'],
  [-1_234.6, '-1,235'],
  [2.591, '2.59'],
  [1e300, '1.00e+300'],
])('the value %d is read as %s', (value, text) => {
  expect(shortly(value)).toBe(text);
});
