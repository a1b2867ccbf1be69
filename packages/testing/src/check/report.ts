/** A verdict as text. Shows the data of events, which the run itself made up; never a token. Pure. */

import type { Figures, Verdict } from './checks/check.ts';
import { RULES, type Rule, type Violation } from './checks/violation.ts';
import type { Entry } from './history.ts';

const SHOWN_PER_RULE = 3;
const EVIDENCE_PER_VIOLATION = 4;
const EVIDENCE_CHARACTERS = 300;

/** Nothing was found, and there was something to find. */
export function passed({ violations, figures }: Verdict): boolean {
  return violations.length === 0 && figures.acknowledged > 0 && figures.first > 0;
}

/** `again` is the command that repeats the run. */
export function report(verdict: Verdict, history: readonly Entry[], seed: number, again: string): string {
  const { violations, figures } = verdict;
  const rules = [...new Set(violations.map(({ rule }) => rule))];
  const found = rules.flatMap((rule) =>
    explain(
      rule,
      violations.filter((one) => one.rule === rule),
      history,
    ),
  );
  return [
    ...found,
    ...counts(figures, otherWays(history)),
    sum(verdict),
    `seed ${seed}; again: ${again}`,
  ].join('\n');
}

function sum(verdict: Verdict): string {
  const { length } = verdict.violations;
  if (length > 0) return `FAILED: ${length} ${length === 1 ? 'violation' : 'violations'}`;
  if (!passed(verdict)) return 'FAILED: nothing was acknowledged or nothing delivered, so nothing is proved';
  return 'PASSED: nothing lost, repeated, swapped, invented or late';
}

/** Of the polls, those that went another way than the usual one. */
function otherWays(history: readonly Entry[]): string {
  const polls = history.filter((entry) => entry.kind === 'poll');
  const shared = polls.filter((poll) => poll.shared).length;
  const direct = polls.filter((poll) => poll.direct).length;
  return `${shared > 0 ? `, ${shared} shared` : ''}${direct > 0 ? `, ${direct} direct` : ''}`;
}

function counts(figures: Figures, others: string): string[] {
  const { live, rung } = figures;
  const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  const rows: Array<readonly [string, string]> = [
    ['publishes', `${figures.publishes}, ${figures.retried} of them acknowledged only when tried again`],
    ['events', `${figures.acknowledged} acknowledged, ${figures.unacknowledged} given up`],
    [
      'polls',
      `${figures.polls}: ${figures.aborted} aborted, ${figures.failed} failed, ${figures.superseded} superseded${others}`,
    ],
    ['states', figures.states > 0 ? `${figures.states} read, ${figures.stateEntries} entries` : 'none read'],
    ['deliveries', `${figures.deliveries}, ${figures.deliveries - figures.first} of them once more`],
    [
      '',
      `${live.count} to a reader in wait: p50 ${ms(live.p50)}, p99 ${ms(live.p99)} after the acknowledgement`,
    ],
    ...(rung.count > 0
      ? [['', `${rung.count} to one who waited directly: p50 ${ms(rung.p50)}, p99 ${ms(rung.p99)}`] as const]
      : []),
    [
      'longest wait',
      `${ms(figures.longestWait)} for an event, ${ms(figures.slowestPublish)} for an acknowledgement`,
    ],
    ...(figures.stood.count > 0 ? [['stood still', stoodText(figures.stood)] as const] : []),
    ...(figures.kills > 0 ? [['kills', `${figures.kills}`] as const] : []),
    ...(figures.fullDisks > 0 ? [['full disks', `${figures.fullDisks}`] as const] : []),
  ];
  return rows.map(([name, text]) => `${name.padEnd(13)} ${text}`);
}

/** Of the checker itself, which then saw answers late. */
function stoodText({ count, longest, forgiven }: Figures['stood']): string {
  const said = `this checker, ${count} times, ${longest.toFixed(0)} ms at most`;
  if (forgiven === 0) return said;
  return `${said}; ${forgiven} polls were seen late only for that`;
}

function explain(rule: Rule, violations: readonly Violation[], history: readonly Entry[]): string[] {
  const shown = violations.slice(0, SHOWN_PER_RULE).flatMap(({ what, ops }) => [
    `  ${what}`,
    ...history
      .filter((entry) => 'op' in entry && ops.includes(entry.op))
      .slice(0, EVIDENCE_PER_VIOLATION)
      .map((entry) => `    ${shortened(JSON.stringify(entry))}`),
  ]);
  const more = violations.length - SHOWN_PER_RULE;
  return [`${rule}: ${RULES[rule]}`, ...shown, ...(more > 0 ? [`  … and ${more} more`] : []), ''];
}

function shortened(text: string): string {
  return text.length <= EVIDENCE_CHARACTERS ? text : `${text.slice(0, EVIDENCE_CHARACTERS)}…`;
}
