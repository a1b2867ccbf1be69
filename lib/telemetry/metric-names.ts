/** The name of each metric at a hub's /metrics, and what it counts. */

import type { Count } from './ports.ts';

/** Prometheus' name and help for each count. */
export const COUNTERS = {
  EventsPublished: ['events_published_total', 'Events appended to the log by this process'],
  EventsDelivered: ['events_delivered_total', 'Events in answers to polls, counted once per reader'],
  Duplicates: ['duplicates_total', 'Published events that were in the log already'],
  AppendConflicts: ['append_conflicts_total', 'Appends that found their number taken'],
  DoorbellsRung: ['doorbells_rung_total', 'Doorbells sent to other processes'],
  DoorbellsFailed: ['doorbells_failed_total', 'Doorbells that could not be sent'],
  PollsAnswered: ['polls_answered_total', 'Polls answered with events'],
  PollsEmpty: ['polls_empty_total', 'Polls whose wait ended without an event'],
  PollsSuperseded: ['polls_superseded_total', 'Polls ended by a newer one of the same client'],
  MessagesBuried: ['messages_buried_total', 'Ingest messages put aside for good'],
  MailboxesSwept: ['mailboxes_swept_total', 'Mailboxes of dead processes deleted'],
} as const satisfies Record<Count, readonly [name: string, help: string]>;
