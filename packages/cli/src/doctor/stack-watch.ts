/** Whether somebody would hear of it: alarms and whom they tell; and whether the sweep of each minute runs. */

import { counted, plain } from '../text.ts';
import type { Aws } from './aws-cli.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

interface Alarms {
  readonly MetricAlarms?: ReadonlyArray<{
    readonly AlarmName: string;
    readonly StateValue: string;
    readonly StateReason?: string;
    readonly ActionsEnabled?: boolean;
    readonly AlarmActions?: readonly string[];
  }>;
}

const DOCUMENT = 'docs/operations/alarms.md says what to do.';

export async function alarmFindings(aws: Aws, name: string): Promise<readonly Finding[]> {
  const found = await aws.ask<Alarms>('cloudwatch', 'describe-alarms', '--alarm-name-prefix', `${name}-`);
  if (!found)
    return [warn('whether there are alarms could not be seen', 'It takes cloudwatch:DescribeAlarms.')];
  const alarms = found.MetricAlarms ?? [];
  if (alarms.length === 0)
    return [
      warn(
        'there are no alarms: nobody hears of a fault',
        'Deploy with alarms=true and alarmTopic (docs/operations/alarms.md).',
      ),
    ];
  const firing = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  const findings = firing.map(({ AlarmName, StateReason = 'no reason is told' }) =>
    fail(`the alarm ${plain(AlarmName.slice(name.length + 1))} is on: ${plain(StateReason)}`, DOCUMENT),
  );
  const isTold = alarms.some((one) => one.ActionsEnabled !== false && (one.AlarmActions ?? []).length > 0);
  return [
    ...(firing.length === 0 ? [ok(`${counted(alarms.length, 'alarm')}, and none is on`)] : findings),
    ...(isTold ? [] : [warn('the alarms tell nobody', 'Deploy with alarmTopic, the ARN of a topic of SNS.')]),
  ];
}

interface Rules {
  readonly Rules?: ReadonlyArray<{
    readonly Name: string;
    readonly State: string;
    readonly ScheduleExpression?: string;
  }>;
}
interface Statistics {
  readonly Datapoints?: ReadonlyArray<{ readonly Sum?: number }>;
}

/** ms: a sweep runs each minute. */
const LOOK_MS = 15 * 60_000;

export async function sweepFindings(
  aws: Aws,
  name: string,
  settings: Readonly<Record<string, string>>,
  now: number,
): Promise<readonly Finding[]> {
  const { Rules = [] } = (await aws.ask<Rules>('events', 'list-rules', '--name-prefix', `${name}-`)) ?? {};
  const rule = Rules.find((one) => one.Name.includes('Sweep'));
  if (!rule)
    return [
      fail(
        'no rule of EventBridge calls sweep',
        'Deploy again: mailboxes and deleted streams stay, and states are not folded.',
      ),
    ];
  if (rule.State !== 'ENABLED')
    return [
      fail(
        'the rule of EventBridge that calls sweep is off',
        `aws events enable-rule --name ${plain(rule.Name)}`,
      ),
    ];
  if (settings.METRICS === 'none')
    return [
      warn(
        'whether sweeps come to their end cannot be seen',
        'The functions write no metrics (metrics=none).',
      ),
    ];
  const asked = [
    ...['cloudwatch', 'get-metric-statistics', '--namespace', 'Doorbell', '--metric-name', 'Sweeps'],
    ...['--dimensions', `Name=service,Value=${settings.POWERTOOLS_SERVICE_NAME ?? 'doorbell'}`],
    ...['--start-time', new Date(now - LOOK_MS).toISOString(), '--end-time', new Date(now).toISOString()],
    ...['--period', '900', '--statistics', 'Sum'],
  ];
  const found = await aws.ask<Statistics>(...asked);
  if (!found)
    return [
      warn('whether sweeps come to their end could not be seen', 'It takes cloudwatch:GetMetricStatistics.'),
    ];
  const sweeps = (found.Datapoints ?? []).reduce((sum, { Sum = 0 }) => sum + Sum, 0);
  return sweeps > 0
    ? [ok(`${sweeps} sweeps in the last 15 minutes came to their end`)]
    : [
        fail(
          'no sweep came to its end in the last 15 minutes',
          'Look at the log of sweep. A stack that is new has none yet.',
        ),
      ];
}
