/** Charts of the documents: the same data gives the same file, and what it shows stands there in words. */

import { expect, test } from 'vitest';
import { type BarChart, barChart, type LineChart, lineChart } from '../../../bench/chart.ts';

const lines: LineChart = {
  title: 'Dollars a month',
  note: 'prices of 2026-11-26',
  x: { name: 'readers', log: true },
  y: { name: 'dollars', log: true },
  lines: [
    {
      name: 'classic Lambda',
      points: [
        [10, 15],
        [1_000, 1_500],
      ],
    },
    {
      name: 'hub',
      dashed: true,
      points: [
        [10, 30],
        [1_000, 45],
      ],
    },
  ],
};
const bars: BarChart = {
  title: 'Idle readers',
  groups: ['100', '1,000'],
  y: { name: 'kB' },
  bars: [
    { name: 'hub', values: [12, 9_500] },
    { name: 'peer', values: [20, 18] },
  ],
};

test('a line chart names its title, note, axes and lines', () => {
  const svg = lineChart(lines);

  expect(svg).toMatch(/^<svg /);
  for (const text of [
    'Dollars a month',
    'prices of 2026-11-26',
    'readers',
    'dollars',
    'classic Lambda',
    'hub',
  ])
    expect(svg).toContain(`>${text}<`);
});

test('a bar chart names its groups and bars, and says what each bar counts', () => {
  const svg = barChart(bars);

  for (const text of ['Idle readers', '100', '1,000', 'kB', 'hub', 'peer', '9.5k', '12'])
    expect(svg).toContain(`>${text}<`);
});

test('parts that stand on each other make one bar a group, and the scale covers their sum', () => {
  const svg = barChart({
    ...bars,
    stacked: true,
    bars: bars.bars.map((one) => ({ ...one, values: [60, 60] })),
  });

  expect(svg).toContain('>120<');
});

test("a chart's title is there for those who cannot see it, and is text", () => {
  expect(barChart({ ...bars, title: 'a < b & c' })).toContain('<title>a &lt; b &amp; c</title>');
});

test('a chart of the same data is the same drawing, whatever was drawn before', () => {
  const first = lineChart(lines);
  barChart(bars);

  expect(lineChart(lines)).toBe(first);
});
