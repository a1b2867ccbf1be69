/** Where operators are told what happened: logs and metrics. */

import type { ProblemCode } from '../protocol/problems.ts';

/** What happened, for operators. Fields never hold event data, tokens or stacks. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export type Count =
  | 'EventsPublished'
  | 'EventsDelivered'
  | 'Duplicates'
  | 'AppendConflicts'
  | 'DoorbellsRung'
  | 'DoorbellsFailed'
  | 'DoorbellsMissed'
  | 'ReceivesFailed'
  | 'CallsThrottled'
  | 'PollsAnswered'
  | 'PollsEmpty'
  | 'PollsSuperseded'
  | 'TicketsGiven'
  | 'ReaderMailboxesMade'
  | 'MessagesBuried'
  | 'MessagesRedriven'
  | 'MessagesDropped'
  | 'Sweeps'
  | 'MailboxesSwept'
  | 'FoldsFailed';

/** A figure whose spread matters, not its sum: times in ms, and lags in events. */
export type Measure = 'HoldTime' | 'WakeTime' | 'AppendTime' | 'ReaderLag' | 'FoldLag';

/** Metrics; names are CloudWatch's. `metric-names.ts` says what each means. */
export interface Meter {
  count(name: Count, value?: number): void;
  record(name: Measure, value: number): void;
  /** A request was refused with this code. */
  refused(code: ProblemCode): void;
}
