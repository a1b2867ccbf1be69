/**
 * The order of the log: numbers without gaps, and what was acknowledged before another publish began stands before it. That holds for all
 * producers together, and so for each of them. Pure.
 */

import type { Standing } from './publishes.ts';
import { acknowledged, type Publishing, type Trace } from './trace.ts';
import { type Violation, violation } from './violation.ts';

export function checkOrder({ logs }: Trace, placed: ReadonlyMap<Publishing, Standing>): Violation[] {
  const gaps = [...logs].flatMap(([channel, log]) => {
    const vids = [...log.keys()].sort((a, b) => a - b);
    const at = vids.findIndex((vid, i) => vid !== i + 1);
    if (at < 0) return [];
    const op = log.get(vids[at] ?? 0)?.op ?? 0;
    return violation('gap', `${channel}: ${vids[at]} follows ${vids[at - 1] ?? 'nothing'} in the log`, op);
  });
  return [...gaps, ...[...logs.keys()].flatMap((channel) => checkChannel(channel, placed))];
}

interface Span {
  readonly op: number;
  readonly begun: number;
  /** When it was acknowledged; never, where it was not. */
  readonly acknowledged: number;
  readonly first: number;
  readonly last: number;
}

function checkChannel(channel: string, placed: ReadonlyMap<Publishing, Standing>): Violation[] {
  const spans = [...placed].flatMap(([publishing, standing]) =>
    publishing.publish.channel === channel ? spanOf(publishing, standing) : [],
  );
  const begun = spans.toSorted((a, b) => a.begun - b.begun);
  const ended = spans.toSorted((a, b) => a.acknowledged - b.acknowledged);
  const found: Violation[] = [];
  let settled: Span | undefined;
  let next = 0;
  for (const span of begun) {
    for (let one = ended[next]; one && one.acknowledged <= span.begun; one = ended[++next]) {
      if (!settled || one.last > settled.last) settled = one;
    }
    if (settled && span.first <= settled.last) {
      const what = `${channel}: ${span.first} was sent after ${settled.last} was acknowledged`;
      found.push(violation('order', what, settled.op, span.op));
    }
  }
  return found;
}

/** Nothing for a publish that is not in the log. What is acknowledged in part counts as not acknowledged. */
function spanOf(publishing: Publishing, standing: Standing): Span | [] {
  const { publish, end } = publishing;
  const vids = standing.flatMap(([vid]) => vid ?? []);
  if (vids.length === 0) return [];
  const whole = end !== undefined && acknowledged(publishing) === publish.events.length;
  return {
    op: publish.op,
    begun: publish.at,
    acknowledged: whole ? end.at : Number.MAX_VALUE,
    first: Math.min(...vids),
    last: Math.max(...vids),
  };
}
