/**
 * The catalogue of metrics: the same figures on CloudWatch, written by the functions, and at a hub's /metrics. Documents are made from it (`npm run docs`).
 * The functions' bundles hold none of it.
 */

import type { Count, Measure } from './ports.ts';

export interface Metric {
  /** Prometheus' name, after `doorbell_`. */
  readonly name: string;
  /** What it counts, or measures. */
  readonly help: string;
  /** When it is emitted. */
  readonly when: string;
  /** What to do when it rises. */
  readonly rises: string;
}

export const COUNTERS: Readonly<Record<Count, Metric>> = {
  EventsPublished: {
    name: 'events_published_total',
    help: 'Events appended to the log by this process',
    when: 'a block is in the log',
    rises: 'Nothing: it is the load.',
  },
  EventsDelivered: {
    name: 'events_delivered_total',
    help: 'Events in answers to polls, counted once per reader',
    when: 'an answer with events is built',
    rises: 'Nothing: it is the load.',
  },
  Duplicates: {
    name: 'duplicates_total',
    help: 'Published events that were in the log already',
    when: 'an event comes again under its id',
    rises: 'Look at the producers: they send again what was taken. A timeout there may be too short.',
  },
  AppendConflicts: {
    name: 'append_conflicts_total',
    help: 'Appends that found their number taken',
    when: 'another process was first',
    rises:
      'Many processes write one channel. Send its events through the ingest queue, or split the channel.',
  },
  DoorbellsRung: {
    name: 'doorbells_rung_total',
    help: 'Doorbells sent to other processes',
    when: 'a mailbox has taken the message',
    rises: 'Nothing: it grows with the processes that hold polls.',
  },
  DoorbellsFailed: {
    name: 'doorbells_failed_total',
    help: 'Doorbells that could not be sent',
    when: 'looking for sleepers, or sending, failed for good',
    rises:
      'Readers hear late, by 20 s at most. Look for throttling, and at the permissions of the mailboxes.',
  },
  DoorbellsMissed: {
    name: 'doorbells_missed_total',
    help: 'Checks that found events for which no doorbell had come',
    when: 'a sleeping process checks its channel anew and finds news under an arm that nobody rang',
    rises:
      'Nothing is lost, but those readers heard late. Look at DoorbellsFailed and ReceivesFailed, and for publishers that died.',
  },
  ReceivesFailed: {
    name: 'receives_failed_total',
    help: 'Receives on a mailbox that failed',
    when: 'SQS refuses or cannot be reached',
    rises: 'Readers hear late, by 20 s at most. Look at the permissions of the mailboxes and at the network.',
  },
  CallsThrottled: {
    name: 'calls_throttled_total',
    help: 'Attempts of AWS calls that were throttled',
    when: 'AWS answers that there are too many; the SDK tries again',
    rises:
      'A channel or the account is at its limit. Look at which table throttles, and spread the load over channels.',
  },
  PollsAnswered: {
    name: 'polls_answered_total',
    help: 'Polls answered with events',
    when: 'an answer with events is built',
    rises: 'Nothing: it is the load.',
  },
  PollsEmpty: {
    name: 'polls_empty_total',
    help: 'Polls whose wait ended without an event',
    when: 'an empty answer is built',
    rises:
      'Nothing: readers wait on quiet channels. If channels are busy, look for readers that ask with wait=0.',
  },
  PollsSuperseded: {
    name: 'polls_superseded_total',
    help: 'Polls ended by a newer one of the same client',
    when: 'a client asks again while its older poll is held',
    rises:
      'Clients hang up early, or share one name. Look at proxies that cut polls, and at `client` in the readers.',
  },
  TicketsGiven: {
    name: 'tickets_given_total',
    help: 'Tickets of direct waits',
    when: 'a reader who waits directly has seen everything',
    rises:
      'Nothing: a quiet reader takes one in 100 s. Many more come of busy channels, or of waits that break off.',
  },
  ReaderMailboxesMade: {
    name: 'reader_mailboxes_made_total',
    help: 'Mailboxes made for readers who wait directly',
    when: 'a reader comes without a ticket, or its mailbox is gone',
    rises:
      'Readers come, or do not send the ticket of before. Many of one token are braked: `too-many-requests` among the refusals.',
  },
  MessagesBuried: {
    name: 'messages_buried_total',
    help: 'Ingest messages put aside for good',
    when: 'a message can never be published',
    rises:
      'A producer sends what is refused. Read the reason in the dead-letter queue: docs/operations/dead-letters.md.',
  },
  MessagesRedriven: {
    name: 'messages_redriven_total',
    help: 'Dead letters sent back to the ingest queue by HTTP',
    when: 'a dead letter stands in the ingest queue again',
    rises:
      'Nothing: somebody clears the dead letters. If MessagesBuried rises with it, what is wrong was not mended.',
  },
  MessagesDropped: {
    name: 'messages_dropped_total',
    help: 'Dead letters that somebody has thrown away',
    when: 'a dead letter is removed for good',
    rises: 'Their events are lost. Ask who has the claim `dead`.',
  },
  Sweeps: {
    name: 'sweeps_total',
    help: 'Sweeps that came to their end',
    when: 'every minute',
    rises:
      'It must rise, by 60 an hour. When it stands still, dead mailboxes stay: look at the errors of `sweep`.',
  },
  MailboxesSwept: {
    name: 'mailboxes_swept_total',
    help: 'Mailboxes of dead processes deleted',
    when: 'a sweep finds some',
    rises: 'Processes die without closing their mailbox. On Lambda that is usual; of hubs it is a crash.',
  },
  FoldsFailed: {
    name: 'folds_failed_total',
    help: 'Channels whose state could not be folded',
    when: 'a sweep turns to a channel and cannot read its log, or not write its state; the next sweep tries again',
    rises:
      'States fall behind, and what expires before it is folded is not in them. Look at the log of `sweep`, and for throttling.',
  },
};

export const MEASURES: Readonly<Record<Measure, Metric>> = {
  HoldTime: {
    name: 'hold_seconds',
    help: 'How long polls were held before they were answered',
    when: 'a poll that may wait is answered',
    rises: 'Nothing: it is the silence between two events, up to 20 s.',
  },
  WakeTime: {
    name: 'wake_seconds',
    help: 'From waking to the answer of a held poll',
    when: 'a poll that slept is answered with events',
    rises:
      'The process has too much to do at once, or the table answers late. Give it more memory, or spread readers over more processes; look at CallsThrottled.',
  },
  AppendTime: {
    name: 'append_seconds',
    help: 'How long it took to write a block, with its reservation',
    when: 'a block is in the log, or its number was taken',
    rises: 'The store is slow: look for throttling on AWS, and at the disk of a hub.',
  },
  ReaderLag: {
    name: 'reader_lag_events',
    help: 'Events that a reader had not seen when it asked',
    when: 'a poll finds its reader behind',
    rises:
      'Readers cannot keep up, or come back after an outage. Its maximum is the reader who is furthest behind.',
  },
  FoldLag: {
    name: 'fold_lag_events',
    help: "Events that a channel's state was behind its log when it was folded",
    when: 'a sweep has folded a channel with something new. Not on a hub with a file, which writes the state with the event',
    rises:
      'Channels get more events than the sweep folds: reading a state costs more. Split them, or look for throttling.',
  },
};

/** Counted by the code of the problem document, under the label `code`. */
export const REFUSALS: Metric = {
  name: 'refusals_total',
  help: 'Requests refused, by the code of their problem document',
  when: 'a problem document is answered',
  rises:
    '`unavailable` and `internal` are faults of the server; the others are of its callers. docs/reference lists the codes.',
};
