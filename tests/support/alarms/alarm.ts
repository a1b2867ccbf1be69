/**
 * Alarms as CloudWatch evaluates them: periods, a statistic of each, a threshold, and what is made of periods without data
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html). Of the choices for missing data only those that serverless.yml makes.
 */

export interface Alarm {
  readonly AlarmName: string;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: ReadonlyArray<{ readonly Name: string; readonly Value: unknown }>;
  readonly Statistic?: 'Sum' | 'Maximum';
  /** As `p99`. */
  readonly ExtendedStatistic?: string;
  /** Seconds. */
  readonly Period: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold: number;
  readonly ComparisonOperator: 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
  readonly TreatMissingData: 'breaching' | 'notBreaching';
}

export interface Sample {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly at: number;
  readonly values: readonly number[];
}

/** CloudWatch looks at some periods more than it asks for, so that late data is seen: its documentation's example has two more. */
const MORE_PERIODS = 2;

/** What the alarm says at `now`, ms, whose period is not over yet and does not count. */
export function stateOf(alarm: Alarm, samples: readonly Sample[], now: number): 'ALARM' | 'OK' {
  const { EvaluationPeriods: wanted, DatapointsToAlarm = wanted, TreatMissingData } = alarm;
  const period = alarm.Period * 1000;
  const end = Math.floor(now / period);
  const mine = samples.filter((sample) => isOf(alarm, sample));
  const real: number[] = [];
  // Newest first: enough of real data is all that counts.
  for (let at = end - 1; at >= end - wanted - MORE_PERIODS && real.length < wanted; at--) {
    const values = mine.filter((one) => Math.floor(one.at / period) === at).flatMap((one) => one.values);
    if (values.length > 0) real.push(statistic(alarm, values));
  }
  const missing = TreatMissingData === 'breaching' ? wanted - real.length : 0;
  const breaching = real.filter((value) => breaches(alarm, value)).length + missing;
  return breaching >= DatapointsToAlarm ? 'ALARM' : 'OK';
}

/** CloudWatch finds a metric by its exact dimensions. */
function isOf({ Namespace, MetricName, Dimensions = [] }: Alarm, sample: Sample): boolean {
  const named = Object.entries(sample.dimensions);
  return (
    sample.namespace === Namespace &&
    sample.metric === MetricName &&
    named.length === Dimensions.length &&
    Dimensions.every(({ Name, Value }) => sample.dimensions[Name] === Value)
  );
}

function statistic({ Statistic, ExtendedStatistic }: Alarm, values: readonly number[]): number {
  if (Statistic === 'Sum') return values.reduce((sum, value) => sum + value, 0);
  if (Statistic === 'Maximum') return Math.max(...values);
  const share = Number(/^p(\d+)$/.exec(ExtendedStatistic ?? '')?.[1]) / 100;
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error(`no statistic ${Statistic ?? ExtendedStatistic}`);
  return value;
}

function breaches({ ComparisonOperator, Threshold }: Alarm, value: number): boolean {
  return ComparisonOperator === 'LessThanThreshold' ? value < Threshold : value >= Threshold;
}

interface Emf {
  readonly _aws: {
    readonly CloudWatchMetrics: ReadonlyArray<{
      readonly Namespace: string;
      readonly Dimensions: ReadonlyArray<readonly string[]>;
      readonly Metrics: ReadonlyArray<{ readonly Name: string }>;
    }>;
  };
  readonly [field: string]: unknown;
}

/** What CloudWatch makes of a line of the embedded metric format that a function has printed at `at`. */
export function samplesOf(line: string, at: number): readonly Sample[] {
  const emf = JSON.parse(line) as Emf;
  return emf._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) => ({
        namespace: Namespace,
        metric: Name,
        dimensions: Object.fromEntries(names.map((name) => [name, String(emf[name])])),
        at,
        values: [emf[Name]].flat().map(Number),
      })),
    ),
  );
}
