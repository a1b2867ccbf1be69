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
  const counts = new Map(
    Object.entries(COUNTERS).map(([count, [name, help]]) => [
      count,
      total(registry, `doorbell_${name}`, help),
    ]),
  );
  const responses = new Map<number, number>();
  new Counter({
    name: 'doorbell_http_responses_total',
    help: 'HTTP responses by status',
    labelNames: ['status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [status, value] of responses) this.inc({ status }, value);
    },
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
  return {
    registry,
    onCall: (operation) => calls.inc({ operation }),
    onResponse: (status) => responses.set(status, (responses.get(status) ?? 0) + 1),
    onUnreadCut: (reason) => cuts.inc({ reason }),
    meter: {
      count(name, value = 1) {
        const counted = counts.get(name);
        if (counted) counted.value += value;
      },
      flush: () => undefined,
    },
  };
}

/** A count that is kept as a number, and only written as a metric when it is asked for: it goes up with each event and reader. */
function total(registry: Registry, name: string, help: string): { value: number } {
  const counted = { value: 0 };
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(counted.value);
    },
  });
  return counted;
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
