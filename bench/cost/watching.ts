/** What it costs to be told of faults: the alarms and the dashboard that serverless.yml deploys with `alarms=true`, and the metrics that the functions write. */

import { COUNTERS, MEASURES } from '../../lib/telemetry/metric-names.ts';
import { loadService } from '../../local/emulators/service.ts';
import { dollars } from './prices.ts';

/** CloudWatch's rules of a stack, by how many there are. */
export interface Watched {
  readonly alarms: number;
  readonly dashboards: number;
}

export async function watched(): Promise<Watched> {
  const types = Object.values((await loadService()).resources.Resources).map(({ Type }) => Type);
  const count = (type: string) => types.filter((one) => one === `AWS::CloudWatch::${type}`).length;
  return { alarms: count('Alarm'), dashboards: count('Dashboard') };
}

/** Names of metrics are billed in each hour in which they are written: this is when all of them always are. */
export function watchingTable({ alarms, dashboards }: Watched): string {
  const counts = Object.keys(COUNTERS).length;
  const measures = Object.keys(MEASURES).length;
  const rows = [
    [`\`alarms=true\`: ${alarms} alarms`, dollars('alarmMonth', alarms)],
    [
      `and ${dashboards === 1 ? 'a dashboard' : `${dashboards} dashboards`}`,
      dollars('dashboardMonth', dashboards),
    ],
    [`\`metrics=counts\`: up to ${counts} names`, dollars('metricMonth', counts)],
    [
      `\`metrics=all\`: up to ${measures} names more, and one for each code of a refusal`,
      dollars('metricMonth', measures),
    ],
  ] as const;
  return [
    '| what | dollars a month |',
    '| --- | --- |',
    ...rows.map(([what, usd]) => `| ${what} | ${usd.toFixed(2)} |`),
  ].join('\n');
}
