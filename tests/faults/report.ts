/** Counts what was tried: for each fault, the calls that met it, the runs in which it was met, and the runs among them that were violated. */

import { FAULTS, MESSAGE_FAULTS } from './plan.ts';
import type { Outcome } from './run.ts';

interface Row {
  calls: number;
  runs: number;
  violations: number;
}

/** What befalls others than calls. */
const OTHERS = {
  killed: 'the process dies at any time',
  'hung up': 'the client goes, and the server may not see it',
};
export const MEANINGS: Readonly<Record<string, string>> = { ...FAULTS, ...MESSAGE_FAULTS, ...OTHERS };

export class Report {
  readonly #faults = new Map<string, Row>();
  readonly #calls = new Map<string, Row>();
  #all: Row = { calls: 0, runs: 0, violations: 0 };

  note({ hits, violations }: Outcome): void {
    const violated = violations.length > 0;
    count(this.#all, hits.length, violated);
    tally(this.#faults, hits, ({ kind }) => kind, violated);
    tally(this.#calls, hits, ({ on }) => on, violated);
  }

  get runs(): number {
    return this.#all.runs;
  }

  /** Two tables in Markdown: by fault, and by the call that met one. */
  toString(): string {
    return `${this.byFault()}\n\n${this.byCall()}`;
  }

  byFault(): string {
    const faults = Object.keys(MEANINGS).map((kind) =>
      line([kind, MEANINGS[kind] ?? '', ...cells(this.#faults.get(kind))]),
    );
    return [
      line(['fault', 'what it means', 'met', 'runs', 'violations']),
      '| --- | --- | ---: | ---: | ---: |',
      ...faults,
      line(['**all**', '', ...cells(this.#all)]),
    ].join('\n');
  }

  byCall(): string {
    const calls = [...this.#calls]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([on, row]) => line([on, ...cells(row)]));
    return [
      line(['call', 'faults met', 'runs', 'violations']),
      '| --- | ---: | ---: | ---: |',
      ...calls,
    ].join('\n');
  }
}

function tally<T>(
  rows: Map<string, Row>,
  hits: readonly T[],
  keyOf: (hit: T) => string,
  violated: boolean,
): void {
  const counts = new Map<string, number>();
  for (const hit of hits) counts.set(keyOf(hit), (counts.get(keyOf(hit)) ?? 0) + 1);
  for (const [key, calls] of counts) {
    const row = rows.get(key) ?? { calls: 0, runs: 0, violations: 0 };
    rows.set(key, row);
    count(row, calls, violated);
  }
}

function count(row: Row, calls: number, violated: boolean): void {
  row.calls += calls;
  row.runs++;
  if (violated) row.violations++;
}

function cells(row: Row = { calls: 0, runs: 0, violations: 0 }): string[] {
  return [row.calls, row.runs, row.violations].map((n) => n.toLocaleString('en'));
}

function line(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`;
}
