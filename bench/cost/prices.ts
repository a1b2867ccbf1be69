/**
 * The price table: us-east-1, on demand, in dollars, without the free tiers, and where and when each figure was read. AWS's own price pages fill their tables in by script, so
 * most figures were read where others quote them: check the page of the service before you decide by a figure.
 */

/**
 * `aws`: in AWS's price list or a transcript of its page. `quoted`: on somebody else's dated page. `unverified`: from memory or another
 * region; nothing was found to check it against.
 */
export type Standing = 'aws' | 'quoted' | 'unverified';

export interface Price {
  /** Dollars for `per` units. */
  readonly usd: number;
  readonly per: number;
  readonly unit: string;
  /** What units beyond so many a month cost, ascending. */
  readonly beyond?: ReadonlyArray<{ readonly units: number; readonly usd: number }>;
  readonly standing: Standing;
  readonly source: string;
  /** The date of the source, as far as it says. */
  readonly asOf: string;
}

/** When the sources were read. */
export const READ = '2026-11-26';
/** And those of CloudFront. */
export const READ_CLOUDFRONT = '2026-11-29';

const MILLION = 1_000_000;
const BILLION = 1_000_000_000;

const TRANSCRIPTS = 'https://raw.githubusercontent.com/api-evangelist';
const DYNAMODB = 'https://airbyte.com/data-engineering-resources/dynamodb-pricing';
const GATEWAY = 'https://amnic.com/blogs/aws-api-gateway-pricing';
const FARGATE = 'https://www.vantage.sh/blog/fargate-pricing';
const BALANCER = `${TRANSCRIPTS}/amazon-elastic-load-balancing/refs/heads/main/plans/amazon-elastic-load-balancing-plans-pricing.yml`;
const LAMBDA = `${TRANSCRIPTS}/aws-lambda/refs/heads/main/plans/aws-lambda-plans-pricing.yml`;
const SQS = 'https://www.factualminds.com/blog/amazon-sqs-pricing-64kb-rule-fifo-vs-standard/';
const IOT = `${TRANSCRIPTS}/amazon-iot-core/refs/heads/main/plans/amazon-iot-core-plans-pricing.yml`;
const LOGS = 'https://hykell.com/kb/platform-specific-guides/aws-cloudwatch-logs-pricing';
const CLOUDFRONT =
  'https://www.factualminds.com/blog/amazon-cloudfront-pricing-regional-tiers-requests-security/';
const CLOUDFRONT_OWN = 'https://aws.amazon.com/cloudfront/pricing';
const ENDPOINTS = 'https://www.zacfukuda.com/blog/aws-nat-gateway-vs-vpc-endpoint';

export const PRICES = {
  lambdaRequest: price(0.2, MILLION, 'Lambda requests', 'aws', LAMBDA, '2026-09-20'),
  lambdaGbSecond: {
    ...price(
      13.3334,
      MILLION,
      'Lambda GB-seconds, arm64',
      'quoted',
      'https://app.unpkg.com/artillery@2.0.28/files/lib/platform/aws-lambda/prices.js',
      '2026',
    ),
    // Unverified: a tenth and a fifth less.
    beyond: [
      { units: 7.5 * BILLION, usd: 12.0001 },
      { units: 18.75 * BILLION, usd: 10.6667 },
    ],
  },
  managedInstanceHour: price(
    0.0816,
    1,
    'hours of an m7g.large (2 vCPU, 8 GiB)',
    'quoted',
    'https://www.factualminds.com/blog/amazon-ec2-on-demand-pricing-instance-families-2026/',
    '2026-06-17',
  ),
  /** 15 % of the instance's on-demand price. */
  managedInstanceFee: price(0.01224, 1, 'hours of its management fee, 15 %', 'aws', LAMBDA, '2026-09-20'),
  fargateVcpuHour: price(0.03238, 1, 'Fargate vCPU-hours, arm64', 'quoted', FARGATE, '2026'),
  fargateGbHour: price(0.00356, 1, 'Fargate GB-hours, arm64', 'quoted', FARGATE, '2026'),
  balancerHour: price(0.0225, 1, 'hours of a load balancer (ALB)', 'aws', BALANCER, '2026-09-20'),
  balancerLcuHour: price(0.008, 1, 'LCU-hours', 'aws', BALANCER, '2026-09-20'),
  httpApiRequest: {
    ...price(1, MILLION, 'HTTP API requests, 512 KB each', 'quoted', GATEWAY, '2026'),
    beyond: [{ units: 300 * MILLION, usd: 0.9 }],
  },
  sqsRequest: price(0.4, MILLION, 'SQS requests, standard', 'quoted', SQS, '2026-06-13'),
  sqsFifoRequest: price(0.5, MILLION, 'SQS requests, FIFO', 'quoted', SQS, '2026-06-13'),
  writeUnit: price(0.625, MILLION, 'DynamoDB write units, on demand', 'quoted', DYNAMODB, '2025-07-21'),
  readUnit: price(0.125, MILLION, 'DynamoDB read units, on demand', 'quoted', DYNAMODB, '2025-07-21'),
  tableGbMonth: price(
    0.25,
    1,
    'GB-months of a table',
    'unverified',
    'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    '',
  ),
  logGb: price(0.5, 1, 'GB of logs taken in by CloudWatch', 'quoted', LOGS, '2026'),
  metricMonth: price(
    0.3,
    1,
    'CloudWatch metrics of our own',
    'unverified',
    'https://aws.amazon.com/cloudwatch/pricing/',
    '',
  ),
  alarmMonth: price(
    0.1,
    1,
    'CloudWatch alarms',
    'unverified',
    'https://aws.amazon.com/cloudwatch/pricing/',
    '',
  ),
  dashboardMonth: price(
    3,
    1,
    'CloudWatch dashboards',
    'unverified',
    'https://aws.amazon.com/cloudwatch/pricing/',
    '',
  ),
  cdnRequest: price(
    1,
    MILLION,
    'CloudFront requests over HTTPS, United States',
    'quoted',
    CLOUDFRONT,
    '2026-06-13',
  ),
  cdnGb: {
    ...price(
      0.085,
      1,
      'GB from CloudFront to the internet, United States and Europe',
      'aws',
      CLOUDFRONT_OWN,
      '2026',
    ),
    beyond: [
      { units: 10_000, usd: 0.08 },
      { units: 50_000, usd: 0.06 },
      { units: 150_000, usd: 0.04 },
      { units: 500_000, usd: 0.03 },
    ],
  },
  edgeFunction: price(
    0.1,
    MILLION,
    'invocations of CloudFront Functions',
    'quoted',
    'https://cur.vantage.sh/aws/amazoncloudfront/',
    '2026',
  ),
  edgeRead: price(0.03, MILLION, "reads of CloudFront's key-value store", 'unverified', CLOUDFRONT_OWN, ''),
  transferGb: price(0.09, 1, 'GB out to the internet', 'quoted', GATEWAY, '2026'),
  endpointHour: price(
    0.01,
    1,
    'hours of an interface endpoint in one zone',
    'quoted',
    ENDPOINTS,
    '2026-06-01',
  ),
  endpointGb: price(0.01, 1, 'GB through an interface endpoint', 'quoted', ENDPOINTS, '2026-06-01'),
  addressHour: price(
    0.005,
    1,
    'hours of a public IPv4 address',
    'quoted',
    'https://www.factualminds.com/blog/amazon-vpc-pricing-endpoints-peering-transit-gateway/',
    '2026-06-13',
  ),
  socketMinute: price(0.25, MILLION, 'WebSocket API connection minutes', 'quoted', GATEWAY, '2026'),
  socketMessage: {
    ...price(1, MILLION, 'WebSocket API messages, 32 KB each', 'quoted', GATEWAY, '2026'),
    // Unverified.
    beyond: [{ units: BILLION, usd: 0.8 }],
  },
  appsyncOperation: price(
    1,
    MILLION,
    'AppSync Events operations, 5 KB each (the price list has eu-west-1)',
    'aws',
    'https://huggingface.co/datasets/labofsahil/aws-pricing-dataset/blob/main/AWSAppSync.csv',
    '2024-09-01',
  ),
  appsyncMinute: price(
    0.08,
    MILLION,
    'AppSync connection minutes (the page says it of GraphQL)',
    'aws',
    'https://aws.amazon.com/ar/appsync/pricing/',
    '2026',
  ),
  iotMinute: price(0.08, MILLION, 'IoT Core connection minutes (eu-west-1)', 'aws', IOT, '2026-09-20'),
  iotMessage: {
    ...price(1, MILLION, 'IoT Core messages, 5 KB each (eu-west-1)', 'aws', IOT, '2026-09-20'),
    // Unverified here: Tokyo's list falls in the same steps.
    beyond: [
      { units: BILLION, usd: 0.8 },
      { units: 5 * BILLION, usd: 0.7 },
    ],
  },
  scheduledCall: price(
    0,
    MILLION,
    'EventBridge invocations on schedule (14 million are free)',
    'aws',
    'https://huggingface.co/datasets/labofsahil/aws-pricing-dataset/raw/18779999a001e7aaaa0d18e08a3b665d2ec74895/AWSEvents.csv',
    '2024-10-01',
  ),
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

/** Dollars for so many units in one month, at the steps of the price. */
export function dollars(name: PriceName, units: number): number {
  const { usd, per, beyond = [] }: Price = PRICES[name];
  const steps = [{ units: 0, usd }, ...beyond];
  const parts = steps.map((step, i) => {
    const inStep = Math.min(units, steps[i + 1]?.units ?? Number.POSITIVE_INFINITY) - step.units;
    return (Math.max(0, inStep) * step.usd) / per;
  });
  return parts.reduce((total, part) => total + part, 0);
}

function price(
  usd: number,
  per: number,
  unit: string,
  standing: Standing,
  source: string,
  asOf: string,
): Price {
  return { usd, per, unit, standing, source, asOf };
}
