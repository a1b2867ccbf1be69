/** What a hub counts, for Prometheus. */

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Count } from '../lib/log/ports.ts';
import type { InvocationMeter } from '../lib/telemetry/metrics.ts';
import type { UnreadCut } from './unread-bytes.ts';

/** Prometheus' name and help for each count. */
const COUNTERS = {
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

export interface HubMetrics {
  readonly registry: Registry;
  readonly meter: InvocationMeter;
  /** Told of each attempt of an AWS call. */
  readonly onCall: (operation: string) => void;
  /** Told of the status of each response. */
  readonly onResponse: (status: number) => void;
  /** Told of each answer that is cut because it is not read. */
  readonly onUnreadCut: (why: UnreadCut) => void;
}

const UNREAD_CUTS: readonly UnreadCut[] = ['connection', 'process', 'time'];

export function hubMetrics(): HubMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map(
    Object.entries(COUNTERS).map(([count, [name, help]]) => [
      count,
      new Counter({ name: `doorbell_${name}`, help, registers: [registry] }),
    ]),
  );
  const responses = new Counter({
    name: 'doorbell_http_responses_total',
    help: 'HTTP responses by status',
    labelNames: ['status'],
    registers: [registry],
  });
  const calls = new Counter({
    name: 'doorbell_aws_calls_total',
    help: 'Attempts of AWS calls by operation',
    labelNames: ['operation'],
    registers: [registry],
  });
  const cuts = new Counter({
    name: 'doorbell_unread_cut_total',
    help: 'Answers cut because their client did not read: too many bytes on its connection or in the process, or for too long a time',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of UNREAD_CUTS) cuts.inc({ reason }, 0);
  const byStatus = new Map<number, { inc(): void }>();
  const responsesOf = (status: number) => {
    const known = byStatus.get(status) ?? responses.labels({ status });
    byStatus.set(status, known);
    return known;
  };
  return {
    registry,
    onCall: (operation) => calls.inc({ operation }),
    onResponse: (status) => responsesOf(status).inc(),
    onUnreadCut: (reason) => cuts.inc({ reason }),
    meter: { count: (name, value = 1) => counters.get(name)?.inc(value), flush: () => undefined },
  };
}

/** A figure that is read when it is asked for. */
export function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name: `doorbell_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
