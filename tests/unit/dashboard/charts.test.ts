/** Numbers of events as lines over time. */
import { describe, expect, test } from 'vitest';
import { Charts, measureOf } from '../../../dashboard/model/charts.ts';
import { MOST_LINES, MOST_SAMPLES, Series } from '../../../dashboard/model/series.ts';
import type { Event } from '../../../packages/client/src/index.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
/** When all of them had come. */
const LATER = START + 30 * 24 * 3_600_000;
const at = (minute: number, data: unknown): Event => ({
  vid: minute + 1,
  id: 'x',
  at: new Date(START + minute * 60_000).toISOString(),
  data,
});
const sample = (minute: number, cpuPercent: unknown, host: unknown = 'a') =>
  at(minute, { host, cpuPercent, memoryUsedMiB: 100 + minute });
const hosts = () => new Series({ keys: ['cpuPercent', 'memoryUsedMiB'], by: 'host' });

describe('samples', () => {
  test('are one line for each value of a member, with nothing where it said nothing', () => {
    const series = hosts();
    series.see('host', sample(0, 10), LATER);
    series.see('host', sample(1, 20, 'b'), LATER);
    series.see('host', sample(2, 30), LATER);

    const start = START / 1_000;
    expect(series.names).toEqual(['a', 'b']);
    expect(series.lines(0)).toEqual([
      [start, start + 60, start + 120],
      [10, null, 30],
      [null, 20, null],
    ]);
    expect(series.newest(0)).toBe(30);
    expect(series.newest(1)).toBe(102);
  });

  test('are one line for each channel where nothing tells them apart', () => {
    const series = new Series({ keys: ['n'], by: undefined });
    series.see('north', at(0, { n: 1 }), LATER);
    series.see('south', at(1, { n: 2 }), LATER);

    expect(series.names).toEqual(['north', 'south']);
  });

  test('are those of a day', () => {
    const series = hosts();
    for (let minute = 0; minute < MOST_SAMPLES + 100; minute++) series.see('host', sample(minute, 1), LATER);

    expect(series.size).toBe(MOST_SAMPLES);
    expect(series.lines(0)[0][0]).toBe(START / 1_000 + 100 * 60);
  });

  test('of more lines than can be told apart are left out', () => {
    const series = hosts();
    for (let i = 0; i < 100; i++) series.see('host', sample(i, 1, `host ${i}`), LATER);

    expect(series.names.length).toBe(MOST_LINES);
    expect(series.size).toBe(MOST_LINES);
  });

  test('never run backwards', () => {
    const series = hosts();
    series.see('host', sample(5, 1), LATER);
    series.see('host', sample(4, 2), LATER);

    const start = START / 1_000;
    expect(series.lines(0)).toEqual([
      [start + 240, start + 300],
      [2, 1],
    ]);
    expect(series.newest(0)).toBe(2);
  });

  test('go on after one of a writer whose clock was an hour ahead', () => {
    const series = hosts();
    const now = (minute: number) => START + minute * 60_000;
    series.see('host', sample(60, 1), now(0));
    series.see('host', sample(1, 2), now(1));
    series.see('host', sample(2, 3), now(2));

    const start = START / 1_000;
    expect(series.lines(0)[0]).toEqual([start, start + 60, start + 120]);
  });

  test.each([['a text'], [{ cpuPercent: '1' }], [{ cpuPercent: 1e308 }], [null], [[1]]])(
    'are not taken from %j',
    (data) => {
      const series = new Series({ keys: ['cpuPercent'], by: undefined });
      series.see('host', at(0, data), LATER);
      expect(series.size).toBe(0);
    },
  );
});

describe('the charts', () => {
  const chartsOf = (...data: unknown[]) => {
    const kept: Array<readonly [string, Event]> = [];
    const charts = new Charts(() => kept);
    for (const [minute, one] of data.entries()) {
      kept.push(['c', at(minute, one)]);
      charts.see('c', at(minute, one), LATER);
    }
    return charts;
  };

  test('are the first numbers of any data, from its first event on', () => {
    const charts = chartsOf({ pressure: 1 }, { pressure: 2, temperature: -4 }, { label: 'x' });

    expect(charts.series.choice).toEqual({ keys: ['pressure', 'temperature'], by: undefined });
    expect(charts.series.lines(0)[1]).toEqual([1, 2]);
    expect(charts.numbers).toEqual(['pressure', 'temperature']);
    expect(charts.texts).toEqual(['label']);
    expect(charts.hosts).toBe(false);
  });

  test('of hosts are what is known of hosts, a line for each', () => {
    const charts = chartsOf({ uptimeSeconds: 1, load1: 2, cpuPercent: 3, host: 'a' });

    expect(charts.series.choice).toEqual({ keys: ['cpuPercent', 'load1'], by: 'host' });
    expect(charts.hosts).toBe(true);
    expect(measureOf('cpuPercent')).toMatchObject({ label: 'CPU', unit: '%' });
    expect(measureOf('uptimeSeconds')).toMatchObject({ label: 'uptimeSeconds', unit: '' });
  });

  test('are what somebody chose, also for the events before', () => {
    const charts = chartsOf({ a: 1, b: 10, side: 'left' }, { a: 2, b: 20, side: 'right' });
    charts.choose({ keys: ['b'], by: 'side' });
    charts.see('c', at(9, { b: 30, side: 'left', more: 1 }), LATER);

    expect(charts.series.names).toEqual(['left', 'right']);
    expect(charts.series.lines(0).slice(1)).toEqual([
      [10, null, 30],
      [null, 20, null],
    ]);
    charts.choose(undefined);
    expect(charts.series.choice.keys).toEqual(['a', 'b', 'more']);
  });

  test('look at so many keys of hostile data and no more', () => {
    const keys = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key${i}`, i]));
    const charts = chartsOf(keys, JSON.parse('{"__proto__": 7}'));

    expect(charts.numbers.length).toBe(32);
    expect(charts.series.choice.keys.length).toBe(4);
  });
});
