/** What a hub counts, for Prometheus. */

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { COUNTERS } from '../lib/telemetry/metric-names.ts';
import type { InvocationMeter } from '../lib/telemetry/metrics.ts';
import type { UnreadCut } from './unread-bytes.ts';

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
