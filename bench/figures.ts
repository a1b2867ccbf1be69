/** Figures and where they were taken. Only ratios within one run mean anything: machines are noisy. */

import { cpus, totalmem } from 'node:os';

export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

export function percentiles(samples: readonly number[]): Percentiles {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}

export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${memory} GiB, Node ${process.version}, ${new Date().toISOString()}`;
}

export function row(name: string, { count, p50, p99 }: Percentiles): string {
  return `${name.padEnd(34)} ${String(count).padStart(6)} ${p50.toFixed(2).padStart(9)} ${p99.toFixed(2).padStart(9)}`;
}
