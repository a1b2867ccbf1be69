/**
 * The checker: from a history to a verdict. It knows nothing of how the history was made and asks nobody: the same history always gets the
 * same verdict. Pure.
 */

import type { Entry } from '../history.ts';
import { checkAnswers } from './answers.ts';
import { checkBells } from './bells.ts';
import { checkCoverage } from './coverage.ts';
import { checkCursors } from './cursors.ts';
import { checkOrder } from './order.ts';
import { checkPublishes, standings } from './publishes.ts';
import { standstills } from './standstills.ts';
import { checkStates } from './states.ts';
import { acknowledged, type Trace, trace, visits } from './trace.ts';
import type { Violation } from './violation.ts';
import { checkWaits, type Waits } from './waits.ts';

export interface CheckOptions {
  /** How long a reader that polls may wait for an acknowledged event, in ms: `LIMITS.waitSeconds` and something for the network. */
  readonly boundMs: number;
}

export interface Figures {
  readonly publishes: number;
  readonly retried: number;
  /** Events in publishes that were acknowledged, wholly or in part. */
  readonly acknowledged: number;
  readonly unacknowledged: number;
  readonly polls: number;
  /** Polls that were given up or half read by the reader. */
  readonly aborted: number;
  /** Polls that failed. */
  readonly failed: number;
  readonly superseded: number;
  /** States that were read to their end, and their entries. */
  readonly states: number;
  readonly stateEntries: number;
  /** Events in answers; `first` is how many of them their reader got for the first time. */
  readonly deliveries: number;
  readonly first: number;
  readonly kills: number;
  /** How often the disk was full. */
  readonly fullDisks: number;
  /** How often the load's own process stood still, for how long at most (ms), and how many polls may have ended late only for that. */
  readonly stood: { readonly count: number; readonly longest: number; readonly forgiven: number };
  /** Deliveries to readers who were waiting when the event was acknowledged, in ms from then on. */
  readonly live: Shares;
  /** The same of readers who waited directly. */
  readonly rung: Shares;
  /** The longest that any reader has waited, over all its polls, for the next event, in ms. */
  readonly longestWait: number;
  /** Longest time from the first try of a publish to its acknowledgement, in ms. */
  readonly slowestPublish: number;
}

/** How many there were, and what half and 99 of 100 of them had at most. */
export interface Shares {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly figures: Figures;
}

export function check(history: readonly Entry[], { boundMs }: CheckOptions): Verdict {
  const traced = trace(history);
  const placed = standings(traced);
  const waits = checkWaits(traced, placed, boundMs, standstills(history));
  return {
    violations: [
      ...checkPublishes(traced, placed),
      ...checkOrder(traced, placed),
      ...checkAnswers(traced),
      ...checkCursors(traced),
      ...checkCoverage(traced, placed),
      ...checkStates(traced, placed),
      ...checkBells(traced, placed),
      ...waits.violations,
    ],
    figures: figures(history, traced, waits),
  };
}

function figures(history: readonly Entry[], traced: Trace, waits: Waits): Figures {
  const { publishings, pollings } = traced;
  const sent = publishings.reduce((sum, { publish }) => sum + publish.events.length, 0);
  const sure = publishings.reduce((sum, publishing) => sum + acknowledged(publishing), 0);
  const answers = pollings.flatMap((polling) => visits(polling).map(({ answer }) => answer));
  const published = publishings.flatMap(({ publish, end }) =>
    end?.kind === 'published' ? [{ attempts: end.attempts, ms: end.at - publish.at }] : [],
  );
  const states = traced.statings.flatMap(({ end }) => (end?.kind === 'stated' ? [end.pages] : []));
  const cut = pollings.flatMap(({ end }) => (end?.kind === 'cut' ? [end.why] : []));
  return {
    publishes: publishings.length,
    retried: published.filter(({ attempts }) => attempts > 1).length,
    acknowledged: sure,
    unacknowledged: sent - sure,
    polls: pollings.length,
    aborted: cut.filter((why) => why !== 'failed').length,
    failed: cut.filter((why) => why === 'failed').length,
    superseded: answers.filter(({ superseded }) => superseded).length,
    states: states.length,
    stateEntries: states.flat().reduce((sum, { entries }) => sum + entries.length, 0),
    deliveries: answers.reduce((sum, { events }) => sum + events.length, 0),
    first: waits.news,
    kills: history.filter(({ kind }) => kind === 'killed').length,
    fullDisks: history.filter(({ kind }) => kind === 'full').length,
    stood: stoodStill(history, waits),
    live: shares(waits.live),
    rung: shares(waits.rung),
    longestWait: waits.longest,
    slowestPublish: published.reduce((most, { ms }) => Math.max(most, ms), 0),
  };
}

function stoodStill(history: readonly Entry[], { forgiven }: Waits): Figures['stood'] {
  const stood = history.flatMap((entry) => (entry.kind === 'stood' ? [entry.ms] : []));
  return { count: stood.length, longest: stood.reduce((most, ms) => Math.max(most, ms), 0), forgiven };
}

function shares(times: readonly number[]): Shares {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}
