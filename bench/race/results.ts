/** What a run leaves behind, as JSON. The report and the charts are made from it and from nothing else. */

import type { NamedCase, Scenario } from './scenarios.ts';

/** Of one server in one load case. */
export interface LoadFigures {
  readonly kind: 'load';
  /** Deliveries that there should have been, and those that there were, each counted once. */
  readonly expected: number;
  readonly delivered: number;
  readonly repeated: number;
  /** Null where publishes run beside each other, so that there is no order to keep. */
  readonly outOfOrder: number | null;
  readonly hangUps: number;
  /** ms from the start of a publish until a reader has the event. Null: nothing was delivered. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /** ms until a publish was accepted. */
  readonly acceptedP50: number | null;
  readonly acceptedP99: number | null;
  /** Events/s from the first publish to the last delivery; accepted/s to the last acceptance. */
  readonly perSecond: number;
  readonly acceptedPerSecond: number;
  /** Percent of one core. */
  readonly serverCpu: number;
  readonly generatorCpu: number;
  /** µs of CPU for each delivery, of all the server's processes and of the generator. */
  readonly serverMicros: number;
  readonly generatorMicros: number;
  readonly pollErrors: number;
  readonly publishErrors: number;
  readonly error?: string;
}

/** Of one server in one idle case. */
export interface IdleFigures {
  readonly kind: 'idle';
  /** Of the server before anybody waits. */
  readonly baseMb: number;
  readonly kbPerReader: number;
  readonly processes: number;
  /** Readers that then got the event that was published to prove that they were waiting. */
  readonly proven: number;
  readonly pollErrors: number;
}

export type Figures = LoadFigures | IdleFigures;

export interface Outcome extends NamedCase {
  readonly peer: string;
  readonly round: number;
  /** Or why there are none. */
  readonly figures: Figures | { readonly kind: 'failed'; readonly why: string };
}

export interface RaceResults {
  readonly format: 1;
  readonly date: string;
  readonly seconds: number;
  readonly seed: number;
  readonly rounds: number;
  readonly quick: boolean;
  readonly machine: {
    readonly cores: number;
    readonly cpu: string;
    readonly memoryGiB: number;
    readonly system: string;
    readonly node: string;
    /** Processes that wanted a core in the minute before the run. */
    readonly loadAverage: number;
    /** Whether the race ran ahead of them all, with real-time priority (`chrt`). */
    readonly ahead: boolean;
  };
  readonly peers: readonly PeerInfo[];
  /** Asked for, and not there. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  readonly outcomes: readonly Outcome[];
}

export interface PeerInfo {
  readonly name: string;
  readonly about: string;
  readonly version: string;
  readonly reaches: 'all' | 'one';
}

/** A line for each outcome, so that two runs can be compared line by line. */
export function resultsText({ outcomes, ...about }: RaceResults): string {
  const head = JSON.stringify(about, null, 1).slice(0, -2);
  return `${head},\n "outcomes": [\n${outcomes.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`;
}

/** Throws an error for the reader unless this is what a run wrote. Only what a mix-up of files would get wrong is looked at. */
export function parseResults(text: string): RaceResults {
  const value: unknown = JSON.parse(text);
  if (!isResults(value)) throw new Error('These are not results of bench:race in format 1: run it anew.');
  return value;
}

function isResults(value: unknown): value is RaceResults {
  if (typeof value !== 'object' || value === null) return false;
  const { format, peers, outcomes } = value as Partial<RaceResults>;
  return format === 1 && Array.isArray(peers) && Array.isArray(outcomes);
}

/** The sizes of a scenario that anybody was measured at, ascending. */
export function sizesOf(results: RaceResults, scenario: Scenario): readonly number[] {
  const sizes = results.outcomes.filter((one) => one.scenario === scenario).map(({ size }) => size);
  return [...new Set(sizes)].sort((a, b) => a - b);
}
