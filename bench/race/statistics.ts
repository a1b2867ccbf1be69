/** Arithmetic of the results: pure, and the same for every server. */

import { percentiles } from '../figures.ts';
import type { Figures, IdleFigures, LoadFigures, Outcome, RaceResults } from './results.ts';
import type { Scenario } from './scenarios.ts';

/** Of ms, to the microsecond, which is finer than the noise. Null where there are no samples. */
export function spread(samples: readonly number[]): {
  p50: number | null;
  p99: number | null;
  max: number | null;
} {
  if (samples.length === 0) return { p50: null, p99: null, max: null };
  const { p50, p99 } = percentiles(samples);
  const max = samples.reduce((most, sample) => Math.max(most, sample), 0);
  return { p50: round(p50, 3), p99: round(p99, 3), max: round(max, 3) };
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** The middle one, or the mean of the two in the middle; null where there is none. */
export function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** The outcomes of one server in one case, in the order of rounds. */
export function outcomesOf(
  results: RaceResults,
  peer: string,
  scenario: Scenario,
  size: number,
): readonly Outcome[] {
  return results.outcomes.filter(
    (one) => one.peer === peer && one.scenario === scenario && one.size === size,
  );
}

/**
 * The rounds of one server in one case as one: of measurements the median, of faults the sum, since one event lost in any round is lost.
 * Undefined where no round has figures.
 */
export function combined(outcomes: readonly Outcome[]): Figures | undefined {
  const figures = outcomes.map((one) => one.figures);
  const loads = figures.filter((one) => one.kind === 'load');
  if (loads.length > 0) return combinedLoads(loads);
  const idles = figures.filter((one) => one.kind === 'idle');
  return idles.length > 0 ? combinedIdles(idles) : undefined;
}

function combinedLoads(loads: readonly LoadFigures[]): LoadFigures {
  const middle = (pick: (one: LoadFigures) => number | null) => median(loads.map(pick));
  const all = (pick: (one: LoadFigures) => number) => loads.reduce((sum, one) => sum + pick(one), 0);
  const error = loads.find((one) => one.error !== undefined)?.error;
  return {
    kind: 'load',
    expected: all((one) => one.expected),
    delivered: all((one) => one.delivered),
    repeated: all((one) => one.repeated),
    outOfOrder: loads[0]?.outOfOrder === null ? null : all((one) => one.outOfOrder ?? 0),
    hangUps: all((one) => one.hangUps),
    p50: middle((one) => one.p50),
    p99: middle((one) => one.p99),
    max: middle((one) => one.max),
    acceptedP50: middle((one) => one.acceptedP50),
    acceptedP99: middle((one) => one.acceptedP99),
    perSecond: middle((one) => one.perSecond) ?? 0,
    acceptedPerSecond: middle((one) => one.acceptedPerSecond) ?? 0,
    serverCpu: middle((one) => one.serverCpu) ?? 0,
    generatorCpu: middle((one) => one.generatorCpu) ?? 0,
    serverMicros: middle((one) => one.serverMicros) ?? 0,
    generatorMicros: middle((one) => one.generatorMicros) ?? 0,
    pollErrors: all((one) => one.pollErrors),
    publishErrors: all((one) => one.publishErrors),
    ...(error === undefined ? {} : { error }),
  };
}

function combinedIdles(idles: readonly IdleFigures[]): IdleFigures {
  const middle = (pick: (one: IdleFigures) => number) => median(idles.map(pick)) ?? 0;
  return {
    kind: 'idle',
    baseMb: middle((one) => one.baseMb),
    kbPerReader: middle((one) => one.kbPerReader),
    processes: middle((one) => one.processes),
    proven: middle((one) => one.proven),
    pollErrors: idles.reduce((sum, one) => sum + one.pollErrors, 0),
  };
}
