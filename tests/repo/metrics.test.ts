/** Metrics are one catalogue: the document is made from it, and the code emits each of it and no other. */

import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COUNTERS, MEASURES, REFUSALS } from '../../lib/telemetry/metric-names.ts';
import { documentPath, sectionOf } from '../support/repo/documents.ts';
import { metricAdvice, metricTable } from '../support/repo/metric-tables.ts';

const DOCUMENT = 'docs/reference/metrics.md';

test('the document is made from the catalogue (npm run docs)', () => {
  expect(sectionOf(DOCUMENT, 'metrics')).toBe(metricTable());
  expect(sectionOf(DOCUMENT, 'advice')).toBe(metricAdvice());
});

test('each metric of the catalogue is emitted somewhere in lib/', () => {
  const sources = globSync('lib/**/*.ts', { cwd: documentPath('.') })
    .filter((file) => !file.startsWith('lib/telemetry'))
    .map((file) => readFileSync(documentPath(file), 'utf8'))
    .join('\n');
  // The compiler holds the names; `PollsEmpty` and its like stand in a choice.
  const silent = [...Object.keys(COUNTERS), ...Object.keys(MEASURES)].filter(
    (name) => !new RegExp(`(count|record)\\([^;]*'${name}'`).test(sources),
  );

  expect(silent).toEqual([]);
  expect(sources).toMatch(/\.refused\(/);
});

test('every name is one of its own, and says its unit as Prometheus wants it', () => {
  const names = [...Object.values(COUNTERS), ...Object.values(MEASURES), REFUSALS].map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  expect(Object.values(COUNTERS).filter(({ name }) => !/^[a-z_]+_total$/.test(name))).toEqual([]);
  expect(Object.values(MEASURES).filter(({ name }) => !/^[a-z_]+_(seconds|events)$/.test(name))).toEqual([]);
});

test.each(['hub/monitoring/rules.yml', 'hub/monitoring/grafana.json'])(
  '%s names metrics that a hub has',
  (file) => {
    const there = new Set(readFileSync(documentPath(DOCUMENT), 'utf8').match(/doorbell_[a-z_]+/g));
    const named = readFileSync(documentPath(file), 'utf8').match(/doorbell_[a-z_]+/g) ?? [];

    expect(named.length).toBeGreaterThan(5);
    // A histogram is read by its buckets.
    const unknown = named.filter((name) => !there.has(name.replace(/(?<=_(?:seconds|events))_bucket$/, '')));
    expect(unknown).toEqual([]);
  },
);
