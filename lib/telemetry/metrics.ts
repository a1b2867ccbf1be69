/**
 * Metrics for CloudWatch, by Powertools in embedded metric format: log lines, so no AWS call. Collected during an invocation and
 * written at its end.
 */

import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { ProblemCode } from '../protocol/problems.ts';
import type { Measure, Meter } from './ports.ts';

export interface InvocationMeter extends Meter {
  /** Writes what was counted since the last time. */
  flush(): void;
}

const UNITS = {
  HoldTime: MetricUnit.Milliseconds,
  WakeTime: MetricUnit.Milliseconds,
  AppendTime: MetricUnit.Milliseconds,
  ReaderLag: MetricUnit.Count,
  FoldLag: MetricUnit.Count,
} as const satisfies Record<Measure, string>;

/** Which are written: CloudWatch bills every name, in each hour in which it is. */
export type Extent = 'none' | 'counts' | 'all';

export function powertoolsMeter(extent: Extent): InvocationMeter {
  const metrics = new Metrics();
  const nothing = () => undefined;
  return {
    count:
      extent === 'none' ? nothing : (name, value = 1) => metrics.addMetric(name, MetricUnit.Count, value),
    record: extent === 'all' ? (name, value) => metrics.addMetric(name, UNITS[name], value) : nothing,
    refused: extent === 'all' ? (code) => refused(metrics, code) : nothing,
    flush: () => {
      // Powertools warns when there is nothing to write.
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}

/** A line of its own: the code is a dimension, which would else be one of everything that is counted beside it. */
function refused(metrics: Metrics, code: ProblemCode): void {
  metrics.singleMetric().addDimension('code', code).addMetric('Refusals', MetricUnit.Count, 1);
}
