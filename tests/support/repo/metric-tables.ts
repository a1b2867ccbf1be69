/** The catalogue of metrics as Markdown, made from `lib/telemetry/metric-names.ts`. */

import { COUNTERS, MEASURES, type Metric, REFUSALS } from '../../../lib/telemetry/metric-names.ts';

const HEAD = ['| on CloudWatch | at `/metrics` | unit | what | when |', '| --- | --- | --- | --- | --- |'];

export function metricTable(): string {
  const rows = [
    ...each(COUNTERS).map(([name, metric]) => row(name, metric, 'count')),
    ...each(MEASURES).map(([name, metric]) => row(name, metric, unitOf(metric))),
    row('Refusals', REFUSALS, 'count, by `code`'),
  ];
  return [...HEAD, ...rows].join('\n');
}

/** What to do about each. */
export function metricAdvice(): string {
  const all = [...each(COUNTERS), ...each(MEASURES), ['Refusals', REFUSALS] as const];
  const rows = all.map(([name, { rises }]) => `| \`${name}\` | ${rises} |`);
  return ['| when this rises | do this |', '| --- | --- |', ...rows].join('\n');
}

function row(name: string, { name: prometheus, help, when }: Metric, unit: string): string {
  return `| \`${name}\` | \`doorbell_${prometheus}\` | ${unit} | ${help} | ${when} |`;
}

function unitOf({ name }: Metric): string {
  return name.endsWith('_seconds') ? 'ms; at `/metrics` s' : 'events';
}

function each(catalogue: Readonly<Record<string, Metric>>) {
  return Object.entries(catalogue);
}
