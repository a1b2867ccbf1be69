/** How a run's figures grow with readers, bytes and channels: a table and a chart of each. What grows in cost per event is seen here. */

import { type LineChart, lineChart } from '../chart.ts';
import { type LoadFigures, type RaceResults, sizesOf } from './results.ts';
import type { Scenario } from './scenarios.ts';
import { combined, outcomesOf } from './statistics.ts';
import { figure, idleOf, loadOf, markdownTable } from './text.ts';

interface Growth {
  /** Of the document's part and of the chart's file. */
  readonly name: string;
  readonly scenario: Scenario;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** What is drawn. */
  value(one: Measured): number | null;
  /** What stands in the table. */
  cell(one: Measured): string;
}

interface Measured {
  readonly load: LoadFigures | undefined;
  readonly kbPerReader: number | undefined;
}

const times = ({ load }: Measured) => (load ? `${figure(load.p50)} / ${figure(load.p99)}` : '–');
const p50 = ({ load }: Measured) => load?.p50 ?? null;

export const GROWTHS: readonly Growth[] = [
  {
    name: 'readers',
    scenario: 'fan-out',
    title: 'Publish to delivered, by readers of one channel',
    x: 'readers',
    y: 'ms, p99',
    value: ({ load }) => load?.p99 ?? null,
    cell: times,
  },
  {
    name: 'work',
    scenario: 'fan-out',
    title: 'The server’s CPU time for each delivered event',
    x: 'readers',
    y: 'µs',
    value: ({ load }) => load?.serverMicros ?? null,
    cell: ({ load }) => figure(load?.serverMicros),
  },
  {
    name: 'memory',
    scenario: 'idle',
    title: 'Memory of a reader that waits',
    x: 'readers',
    y: 'kB',
    value: ({ kbPerReader }) => kbPerReader ?? null,
    cell: ({ kbPerReader }) => figure(kbPerReader),
  },
  {
    name: 'bytes',
    scenario: 'size',
    title: 'Publish to delivered, by the size of an event, 10 readers',
    x: 'bytes',
    y: 'ms, p50',
    value: p50,
    cell: times,
  },
  {
    name: 'channels',
    scenario: 'channels',
    title: 'Publish to delivered, by channels: 100 events/s in all, 10 readers on each',
    x: 'channels',
    y: 'ms, p50',
    value: p50,
    cell: times,
  },
];

export function growthTable(results: RaceResults, growth: Growth): string {
  const sizes = sizesOf(results, growth.scenario);
  const rows = results.peers
    .map(({ name }) => [name, ...sizes.map((size) => growth.cell(measured(results, name, growth, size)))])
    .filter(([, ...cells]) => cells.some((cell) => cell !== '–'));
  return markdownTable([`server, ${growth.x}:`, ...sizes.map(figure)], rows);
}

/** Only servers that deliver each event to all: of the others nothing grows. */
export function growthChart(results: RaceResults, growth: Growth): string {
  const sizes = sizesOf(results, growth.scenario);
  const lines = results.peers
    .filter(({ reaches }) => reaches === 'all')
    .map(({ name }) => ({
      name,
      dashed: !name.startsWith('doorbell'),
      points: sizes.flatMap((size) => {
        const value = growth.value(measured(results, name, growth, size));
        // Noise can make a weight negative, and a logarithmic scale has no place for it.
        return value === null || value <= 0 ? [] : [[size, value] as const];
      }),
    }))
    .filter(({ points }) => points.length > 0);
  const drawn: LineChart = {
    title: growth.title,
    note: `${results.date.slice(0, 10)}, ${results.machine.cores} cores, one run; dashed: peers`,
    x: { name: growth.x, log: true, min: sizes[0] ?? 1 },
    y: { name: growth.y, log: true },
    lines,
  };
  return lineChart(drawn);
}

function measured(results: RaceResults, peer: string, { scenario }: Growth, size: number): Measured {
  const figures = combined(outcomesOf(results, peer, scenario, size));
  return { load: loadOf(figures), kbPerReader: idleOf(figures)?.kbPerReader };
}
