/** Where operators are told what happened: logs and counts. */

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
  | 'PollsAnswered'
  | 'PollsEmpty'
  | 'PollsSuperseded'
  | 'MessagesBuried'
  | 'MailboxesSwept';

/** Counts for metrics; names are CloudWatch's. */
export interface Meter {
  count(name: Count, value?: number): void;
}
