import { describe, expect, test } from 'vitest';
import { raceReport, ratioTable, summaryTable } from '../../../bench/race/report.ts';
import { parseResults } from '../../../bench/race/results.ts';
import { figure, inBrief, ratio } from '../../../bench/race/text.ts';
import { idleFigures, loadFigures, outcome, raceResults } from '../../support/repo/race-results.ts';

const RESULTS = raceResults(
  ['durable-streams', 'doorbell-hub'],
  [
    outcome('durable-streams', 'latency', 1, loadFigures({ p50: 2, p99: 4 })),
    outcome('doorbell-hub', 'latency', 1, loadFigures({ p50: 3, p99: 3 })),
    outcome(
      'doorbell-hub',
      'hang-ups',
      20,
      loadFigures({ expected: 4_000, delivered: 3_999, repeated: 2, hangUps: 9 }),
    ),
    outcome('doorbell-hub', 'idle', 1_000, idleFigures({ kbPerReader: 12.5 })),
    outcome('doorbell-hub', 'burst', 2_000, { kind: 'failed', why: 'it ended with 1' }),
  ],
);

describe('the report of a race', () => {
  test('sums up each server in a row, and leaves out what was not measured', () => {
    const rows = summaryTable(RESULTS).split('\n').slice(2);

    expect(rows).toEqual([
      '| durable-streams | 2 / 4 | – | – | – | – | – / – |',
      '| doorbell-hub | 3 / 3 | – | – | – | 1 of 4,000, 2, 0 in 9 hang-ups | 12.5 / – |',
    ]);
  });

  test('gives ratios to the base of the same run', () => {
    expect(ratioTable(RESULTS)).toContain('| doorbell-hub | 1.50 × | 0.75 × |');
  });

  test('says when, where, how often and by which seed', () => {
    expect(raceReport(RESULTS)).toContain(
      '2026-01-02T03:04:05.678Z, 2 × a CPU, 24 GiB, a system, Node v24.0.0; 1 round, seed 42, 60 s in all.',
    );
  });

  test('names who did not run, and what failed', () => {
    const report = raceReport({ ...RESULTS, skipped: [{ name: 'nchan', why: 'nginx not found' }] });

    expect(report).toContain('**nchan** did not run: nginx not found');
    expect(report).toContain('doorbell-hub, burst 2000, round 1: it ended with 1');
  });

  test('of a quick run warns of its figures', () => {
    expect(raceReport({ ...RESULTS, quick: true })).toContain('Its figures mean nothing.');
    expect(raceReport(RESULTS)).not.toContain('Its figures mean nothing.');
  });

  test('warns when others used the machine', () => {
    const machine = { ...RESULTS.machine, loadAverage: 13.2 };

    expect(raceReport({ ...RESULTS, machine })).toContain('not quiet: 13.2 processes wanted its 2 cores');
    expect(raceReport({ ...RESULTS, machine: { ...machine, ahead: true } })).toContain('ran ahead of them');
    expect(raceReport(RESULTS)).not.toContain('not quiet');
  });

  test('is the same of results that were written and read again', () => {
    expect(raceReport(parseResults(JSON.stringify(RESULTS)))).toBe(raceReport(RESULTS));
  });
});

test.each(['{}', '[]', 'null', '{"format":2,"peers":[],"outcomes":[]}'])(
  '%s is no result of a race',
  (text) => {
    expect(() => parseResults(text)).toThrow('These are not results of bench:race');
  },
);

test('figures have the digits that mean something', () => {
  expect([0, 0.543, 9.996, 12.34, 123.4, 12_345.6, null, undefined].map(figure)).toEqual([
    '0',
    '0.54',
    '10.00',
    '12.3',
    '123',
    '12,346',
    '–',
    '–',
  ]);
  expect([ratio(3, 2), ratio(3, 0), ratio(null, 2)]).toEqual(['1.50 ×', '–', '–']);
});

test('whoever watches is told of faults, and of nothing else that is in order', () => {
  expect(inBrief(loadFigures())).toBe('100 of 100, p50 2 ms, p99 4 ms, 10/s, CPU 20 %, generator 30 %');
  expect(inBrief(loadFigures({ delivered: 99, outOfOrder: 3, pollErrors: 1, error: 'HTTP 502' }))).toBe(
    '99 of 100, p50 2 ms, p99 4 ms, 10/s, CPU 20 %, generator 30 %; 3 out of order; 1 poll errors (HTTP 502)',
  );
  expect(inBrief({ kind: 'failed', why: 'no\nmore' })).toBe('FAILED: no');
});
