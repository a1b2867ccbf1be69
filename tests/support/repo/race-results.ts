/** Results of a race that nobody ran, for tests of what is made of them. */

import type { IdleFigures, LoadFigures, Outcome, RaceResults } from '../../../bench/race/results.ts';
import { casesOf, type Scenario } from '../../../bench/race/scenarios.ts';

export function loadFigures(some: Partial<LoadFigures> = {}): LoadFigures {
  return {
    kind: 'load',
    expected: 100,
    delivered: 100,
    repeated: 0,
    outOfOrder: 0,
    hangUps: 0,
    p50: 2,
    p99: 4,
    max: 5,
    acceptedP50: 1,
    acceptedP99: 3,
    perSecond: 10,
    acceptedPerSecond: 11,
    serverCpu: 20,
    generatorCpu: 30,
    serverMicros: 40,
    generatorMicros: 50,
    pollErrors: 0,
    publishErrors: 0,
    ...some,
  };
}

export function idleFigures(some: Partial<IdleFigures> = {}): IdleFigures {
  return { kind: 'idle', baseMb: 30, kbPerReader: 16, processes: 1, proven: 100, pollErrors: 0, ...some };
}

/** Throws for a case that the race does not have. */
export function outcome(
  peer: string,
  scenario: Scenario,
  size: number,
  figures: Outcome['figures'],
  round = 1,
): Outcome {
  const one = casesOf([scenario], false).find((known) => known.size === size);
  if (!one) throw new Error(`no case ${scenario} ${size}`);
  return { ...one, peer, round, figures };
}

export function raceResults(peers: readonly string[], outcomes: readonly Outcome[]): RaceResults {
  return {
    format: 1,
    date: '2026-01-02T03:04:05.678Z',
    seconds: 60,
    seed: 42,
    rounds: 1,
    quick: false,
    machine: {
      cores: 2,
      cpu: 'a CPU',
      memoryGiB: 24,
      system: 'a system',
      node: 'v24.0.0',
      loadAverage: 0.1,
      ahead: false,
    },
    peers: peers.map((name) => ({ name, about: `about ${name}`, version: '1.0', reaches: 'all' })),
    skipped: [],
    outcomes,
  };
}
