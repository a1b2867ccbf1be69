/** Figures as text, for the terminal and for tables. */

import type { Figures, Outcome } from './results.ts';

/** One line for whoever watches. */
export function inBrief(figures: Outcome['figures']): string {
  if (figures.kind === 'failed') return `FAILED: ${figures.why.split('\n')[0]}`;
  if (figures.kind === 'idle') {
    const { kbPerReader, baseMb, proven, processes } = figures;
    return `${figure(kbPerReader)} kB per reader over ${figure(baseMb)} MB in ${processes} processes; ${figure(proven)} got the event`;
  }
  const { delivered, expected, p50, p99, perSecond, error } = figures;
  const faults = [
    [figures.repeated, 'repeated'],
    [figures.outOfOrder ?? 0, 'out of order'],
    [figures.pollErrors, 'poll errors'],
    [figures.publishErrors, 'publish errors'],
  ] as const;
  const told = faults.filter(([count]) => count > 0).map(([count, name]) => `; ${count} ${name}`);
  const times = `p50 ${figure(p50)} ms, p99 ${figure(p99)} ms`;
  const cpu = `CPU ${figures.serverCpu} %, generator ${figures.generatorCpu} %`;
  return `${figure(delivered)} of ${figure(expected)}, ${times}, ${figure(perSecond)}/s, ${cpu}${told.join('')}${error === undefined ? '' : ` (${error})`}`;
}

/** Three significant digits at least, none that mean nothing; `–` where there is no figure. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** `1.25 ×`, how many times `base` this is; `–` where either is missing. */
export function ratio(value: number | null | undefined, base: number | null | undefined): string {
  return typeof value === 'number' && typeof base === 'number' && base > 0
    ? `${figure(value / base)} ×`
    : '–';
}

export function markdownTable(headReader: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = headReader.map((_, column) => (column === 0 ? '---' : '--:'));
  return [headReader, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** `load` figures of a combined outcome; undefined for anything else. */
export function loadOf(figures: Figures | undefined) {
  return figures?.kind === 'load' ? figures : undefined;
}

export function idleOf(figures: Figures | undefined) {
  return figures?.kind === 'idle' ? figures : undefined;
}
