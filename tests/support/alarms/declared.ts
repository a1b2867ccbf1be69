/** The alarms of serverless.yml, and half an hour in which what they look at goes on as it is. */

import { loadService } from '../../../local/emulators/service.ts';
import { type Alarm, type Sample, stateOf } from './alarm.ts';

export const MINUTE = 60_000;
/** The evaluation comes just after half an hour. */
export const NOW = 30 * MINUTE + 1_000;
export const EVERY_PERIOD = [2, 7, 12, 17, 22, 27].map((minute) => minute * MINUTE);

export type Alarms = Readonly<Record<string, Alarm>>;

/** By their ids in the template, of stage `dev`. */
export async function declaredAlarms(): Promise<Alarms> {
  const { resources } = await loadService();
  return Object.fromEntries(
    Object.entries(resources.Resources).flatMap(([id, { Type, Properties }]) => {
      if (Type !== 'AWS::CloudWatch::Alarm') return [];
      const alarm = Properties as unknown as Alarm;
      return [[id, { ...alarm, Threshold: Number(alarm.Threshold) }]];
    }),
  );
}

/** What AWS counts for the alarm's own metric, in each period the same. */
export function counted(
  { Namespace, MetricName, Dimensions = [] }: Alarm,
  values: readonly number[],
): readonly Sample[] {
  // A reference is to the same thing wherever it stands.
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value as string]));
  return EVERY_PERIOD.map((at) => ({ namespace: Namespace, metric: MetricName, dimensions, at, values }));
}

/** What was seen once, as if it had gone on in each period. */
export function lasting(samples: readonly Sample[]): readonly Sample[] {
  return EVERY_PERIOD.flatMap((at) => samples.map((sample) => ({ ...sample, at })));
}

export function isFiring(alarm: Alarm, samples: readonly Sample[]): boolean {
  return stateOf(alarm, samples, NOW) === 'ALARM';
}
