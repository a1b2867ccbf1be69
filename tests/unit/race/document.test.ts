import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DOCUMENT, performanceCharts, performanceDocument } from '../../../bench/race/document.ts';
import { GROWTHS, growthTable } from '../../../bench/race/growth.ts';
import { parseResults, resultsText } from '../../../bench/race/results.ts';
import { documentPath } from '../../support/repo/documents.ts';
import { idleFigures, loadFigures, outcome, raceResults } from '../../support/repo/race-results.ts';

const document = readFileSync(documentPath(DOCUMENT), 'utf8');
const RESULTS = raceResults(
  ['nchan', 'doorbell-hub'],
  [
    outcome('nchan', 'latency', 1, loadFigures()),
    outcome('doorbell-hub', 'fan-out', 10, loadFigures({ p50: 1, p99: 2 })),
    outcome('doorbell-hub', 'fan-out', 1_000, loadFigures({ p50: 10, p99: 20 })),
    outcome('doorbell-hub', 'idle', 100, idleFigures({ kbPerReader: -3 })),
    outcome('doorbell-hub', 'idle', 10_000, idleFigures({ kbPerReader: 12 })),
  ],
);

test('docs/evidence/performance.md and its charts are made of the results that are kept', () => {
  const kept = parseResults(readFileSync(documentPath('bench/results/race.json'), 'utf8'));

  expect(performanceDocument(document, kept)).toBe(document);
  for (const [name, svg] of performanceCharts(kept))
    expect(readFileSync(documentPath(`docs/evidence/${name}`), 'utf8'), name).toBe(svg);
});

test('docs/evidence/performance.md shows every chart', () => {
  for (const name of performanceCharts(RESULTS).keys()) expect(document).toContain(`(${name})`);
});

test('growth is a column for each size, and a row for each server that was measured', () => {
  const [readers, , memory] = GROWTHS;
  if (!readers || !memory) throw new Error('the growths are others');

  expect(growthTable(RESULTS, readers)).toBe(
    '| server, readers: | 10 | 1,000 |\n| --- | --: | --: |\n| doorbell-hub | 1 / 2 | 10 / 20 |',
  );
  expect(growthTable(RESULTS, memory)).toContain('| doorbell-hub | -3 | 12 |');
});

test('results that are written are read as they were', () => {
  expect(parseResults(resultsText(RESULTS))).toEqual(RESULTS);
  expect(
    resultsText(RESULTS)
      .split('\n')
      .filter((line) => line.startsWith('{"')),
  ).toHaveLength(5);
});
