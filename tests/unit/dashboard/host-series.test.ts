/** Samples of hosts as lines. */
import { describe, expect, test } from 'vitest';
import { HostSeries, MEASURES, MOST_HOSTS, MOST_SAMPLES } from '../../../dashboard/model/host-series.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const sample = (minute: number, cpuPercent: unknown, host: unknown = 'a') => ({
  vid: minute + 1,
  id: 'x',
  at: new Date(START + minute * 60_000).toISOString(),
  data: { host, cpuPercent, memoryUsedMiB: 100 + minute },
});
const [CPU, MEMORY] = MEASURES;

describe('the samples of hosts', () => {
  test('are one line for each host, with nothing where it said nothing', () => {
    const hosts = new HostSeries();
    hosts.see(sample(0, 10));
    hosts.see(sample(1, 20, 'b'));
    hosts.see(sample(2, 30));

    const start = START / 1_000;
    expect(hosts.hosts).toEqual(['a', 'b']);
    expect(hosts.lines(CPU)).toEqual([
      [start, start + 60, start + 120],
      [10, null, 30],
      [null, 20, null],
    ]);
    expect(hosts.newest(CPU)).toBe(30);
    expect(hosts.newest(MEMORY)).toBe(102);
  });

  test('are those of a day', () => {
    const hosts = new HostSeries();
    for (let minute = 0; minute < MOST_SAMPLES + 100; minute++) hosts.see(sample(minute, 1));

    expect(hosts.size).toBe(MOST_SAMPLES);
    expect(hosts.lines(CPU)[0][0]).toBe(START / 1_000 + 100 * 60);
  });

  test('of more hosts than can be told apart are left out', () => {
    const hosts = new HostSeries();
    for (let i = 0; i < 100; i++) hosts.see(sample(i, 1, `host ${i}`));

    expect(hosts.hosts.length).toBe(MOST_HOSTS);
    expect(hosts.size).toBe(MOST_HOSTS);
  });

  test('never run backwards', () => {
    const hosts = new HostSeries();
    hosts.see(sample(5, 1));
    hosts.see(sample(4, 2));

    const [times] = hosts.lines(CPU);
    expect(times[1]).toBe(times[0]);
  });

  test.each([['a text'], [{ cpuPercent: 1 }], [{ cpuPercent: '1', load1: '2' }], [null]])(
    'are not %j',
    (data) => {
      expect(new HostSeries().see({ ...sample(0, 1), data })).toBe(false);
    },
  );
});
