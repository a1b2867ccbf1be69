/** docs/evidence/performance.md and its charts, made of the results of one run. The words between the parts are written by hand. */

import { withSection } from '../../tests/support/repo/documents.ts';
import { barChart } from '../chart.ts';
import { GROWTHS, growthChart, growthTable } from './growth.ts';
import { conditions, figuresOf, generatorTable, ratioTable, serverList, summaryTable } from './report.ts';
import type { RaceResults } from './results.ts';
import { loadOf } from './text.ts';

export const DOCUMENT = 'docs/evidence/performance.md';

/** The document with all its parts made anew. Throws when it lacks one. */
export function performanceDocument(document: string, results: RaceResults): string {
  const parts: Readonly<Record<string, string>> = {
    conditions: conditions(results).join('\n'),
    race: summaryTable(results),
    ratios: ratioTable(results),
    ...Object.fromEntries(GROWTHS.map((growth) => [growth.name, growthTable(results, growth)])),
    generator: generatorTable(results),
    servers: serverList(results).join('\n'),
  };
  return Object.entries(parts).reduce(
    (text, [name, part]) => withSection(text, DOCUMENT, name, part),
    document,
  );
}

/** By file name, for docs/evidence/. */
export function performanceCharts(results: RaceResults): ReadonlyMap<string, string> {
  return new Map([
    ['performance-latency.svg', latencyChart(results)],
    ...GROWTHS.map((growth) => [`performance-${growth.name}.svg`, growthChart(results, growth)] as const),
  ]);
}

function latencyChart(results: RaceResults): string {
  const measured = results.peers.flatMap(({ name }) => {
    const load = loadOf(figuresOf(results, name, 'latency', 1));
    return load ? [{ name, load }] : [];
  });
  return barChart({
    title: 'Publish to delivered, one reader',
    note: `${results.date.slice(0, 10)}, ${results.machine.cores} cores, one run`,
    groups: measured.map(({ name }) => name),
    y: { name: 'ms', log: true },
    bars: [
      { name: 'p50', values: measured.map(({ load }) => load.p50 ?? 0) },
      { name: 'p99', values: measured.map(({ load }) => load.p99 ?? 0) },
    ],
  });
}
