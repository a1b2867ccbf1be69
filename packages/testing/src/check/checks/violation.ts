/** What the checks can find. Each rule is a sentence of PROTOCOL.md or of the design, broken. */

export const RULES = {
  lost: 'an acknowledged event is not in the log',
  repeated: 'an event is in the log more than once',
  changed: 'an event is in the log with other data or another id than were sent',
  invented: 'an event was read that nobody had sent',
  torn: 'an array is in the log in part, or lines without the lines before them',
  receipt: 'the answer to a publish does not say where its events are',
  state: 'a state is not that of the events up to its number',
  order: 'an event stands before one that was acknowledged before it was sent',
  gap: 'numbers in the log or in an answer do not follow one another',
  differs: 'two readers got different events under one number',
  epoch: "a channel's epoch changed",
  missed: 'a reader was told that it missed events',
  answer: 'an answer does not fit its poll',
  cursor: "a poll did not go on from its client's cursor",
  superseded: 'a poll was superseded though nobody polled as that client',
  stale: 'a poll that does not wait did not see an event that was acknowledged before it',
  late: 'a reader waited too long for an event',
  unheard: 'of those who waited directly for an event, most heard no bell',
  overdue: 'a poll was answered too long after its wait',
  hurried: 'a poll was answered empty before its wait was over',
  uncovered: 'a reader never got an event',
  fault: 'an answer that the protocol does not allow',
  unfinished: 'a reader could not read up to the end',
} as const;

export type Rule = keyof typeof RULES;

export interface Violation {
  readonly rule: Rule;
  readonly what: string;
  /** The history's entries with these `op` are the evidence. */
  readonly ops: readonly number[];
}

export function violation(rule: Rule, what: string, ...ops: readonly number[]): Violation {
  return { rule, what, ops };
}
