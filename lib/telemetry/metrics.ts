/**
 * Counts for CloudWatch, by Powertools in embedded metric format: log lines, so no AWS call. Collected during an invocation and
 * written at its end.
 */

import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Meter } from './ports.ts';

export interface InvocationMeter extends Meter {
  /** Writes what was counted since the last time. */
  flush(): void;
}

export function powertoolsMeter(): InvocationMeter {
  const metrics = new Metrics();
  return {
    count: (name, value = 1) => metrics.addMetric(name, MetricUnit.Count, value),
    flush: () => {
      // Powertools warns when there is nothing to write.
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
