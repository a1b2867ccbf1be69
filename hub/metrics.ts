/** What a hub counts, for Prometheus. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { COUNTERS, MEASURES, type Metric, REFUSALS } from '../lib/telemetry/metric-names.ts';
import type { InvocationMeter } from '../lib/telemetry/metrics.ts';
import type { Count, Measure } from '../lib/telemetry/ports.ts';
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

/**
 * Fixed, for every Prometheus reads them; native histograms are still behind a switch in many. In s: from the tenth of a millisecond that a wake takes to the 20 s of a held
 * poll.
 */
const TIME_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 20, 30] as const;
/** In events: a full page of a poll has 500. */
const LAG_BUCKETS = [1, 10, 100, 500, 1_000, 10_000, 100_000, 1_000_000] as const;

const UNREAD_CUTS: readonly UnreadCut[] = ['connection', 'process', 'time'];

export function hubMetrics(): HubMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counts = ofEach(COUNTERS, ({ name, help }) => total(registry, `doorbell_${name}`, help));
  const measures = ofEach(
    MEASURES,
    ({ name, help }, measure) =>
      new Histogram({
        name: `doorbell_${name}`,
        help,
        buckets: [...(isLag(measure) ? LAG_BUCKETS : TIME_BUCKETS)],
        registers: [registry],
      }),
  );
  const refusals = new Counter({
    name: `doorbell_${REFUSALS.name}`,
    help: REFUSALS.help,
    labelNames: ['code'],
    registers: [registry],
  });
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
        counts[name].value += value;
      },
      record(name, value) {
        measures[name].observe(isLag(name) ? value : value / 1000);
      },
      refused: (code) => refusals.inc({ code }),
      flush: () => undefined,
    },
  };
}

/** In events. All other measures are times. */
function isLag(measure: Measure): boolean {
  return measure === 'ReaderLag' || measure === 'FoldLag';
}

function ofEach<K extends Count | Measure, V>(
  catalogue: Readonly<Record<K, Metric>>,
  make: (metric: Metric, name: K) => V,
): Readonly<Record<K, V>> {
  const names = Object.keys(catalogue) as K[];
  return Object.fromEntries(names.map((name) => [name, make(catalogue[name], name)])) as Record<K, V>;
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

/** A figure that is read when it is asked for. One that cannot be read stays what it was. */
export function gauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | Promise<number>,
): void {
  new Gauge({
    name: `doorbell_${name}`,
    help,
    registers: [registry],
    async collect() {
      const value = await Promise.resolve(read()).catch(() => undefined);
      if (value !== undefined) this.set(value);
    },
  });
}
