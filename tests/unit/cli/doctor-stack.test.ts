/** `doorbell doctor --stack`, before an AWS CLI that answers as AWS does. */

import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../packages/cli/src/failure.ts';
import { VERSION } from '../../../packages/cli/src/version.ts';
import { type CallOptions, call, json } from '../../support/cli/terminal.ts';

const URL = 'https://api.example';
const NOW = Date.parse('2026-11-30T12:00:00.000Z');

/** By service and operation, and where more than one is asked for by the name too: what the AWS CLI prints. Undefined: it ends with 255. */
type Answers = Readonly<Record<string, unknown>>;

const configuration = {
  State: 'Active',
  LastUpdateStatus: 'Successful',
  Runtime: 'nodejs24.x',
  Environment: {
    Variables: {
      DOORBELL_SECRET_PARAMETER: '/doorbell/prod/secret',
      METRICS: 'counts',
      POWERTOOLS_SERVICE_NAME: 'doorbell',
    },
  },
};
const stack = (status: string, prefix = `doorbell/${VERSION}-0123456789ab/`) => ({
  Stacks: [
    {
      StackStatus: status,
      Parameters: [{ ParameterKey: 'CodePrefix', ParameterValue: prefix }],
      Outputs: [{ OutputKey: 'HttpApiUrl', OutputValue: URL }],
    },
  ],
});
const table = (protectedToo = true) => ({
  Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: protectedToo },
});
const alarm = (state: string, actions: readonly string[] = ['arn:aws:sns:eu-central-1:1:on-call']) => ({
  AlarmName: 'doorbell-prod-no-sweep',
  StateValue: state,
  StateReason: 'Threshold Crossed',
  AlarmActions: actions,
});
const rule = (state: string) => ({
  Rules: [{ Name: 'doorbell-prod-SweepEventsRuleSchedule1-X', State: state }],
});

const HEALTHY: Answers = {
  'cloudformation describe-stacks': stack('UPDATE_COMPLETE'),
  'lambda get-function-configuration': configuration,
  'dynamodb describe-table': table(),
  'dynamodb describe-time-to-live': { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' } },
  'dynamodb describe-continuous-backups': {
    ContinuousBackupsDescription: {
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
    },
  },
  'sqs get-queue-url': { QueueUrl: 'https://sqs.example/1/queue' },
  'sqs get-queue-attributes': { Attributes: { ApproximateNumberOfMessages: '0' } },
  'sqs list-queues': '',
  'ssm describe-parameters': { Parameters: [{ Type: 'SecureString' }] },
  'cloudwatch describe-alarms': { MetricAlarms: [alarm('OK')] },
  'events list-rules': rule('ENABLED'),
  'cloudwatch get-metric-statistics': { Datapoints: [{ Sum: 15 }] },
};

function aws(changed: Answers = {}) {
  const asked: string[][] = [];
  const answers = { ...HEALTHY, ...changed };
  const program: CallOptions['program'] = async (name, args) => {
    asked.push([name, ...args]);
    const operation = args.slice(0, 2).join(' ');
    const named = Object.keys(answers).find((key) => {
      const [, , last] = key.split(' ');
      return last !== undefined && key.startsWith(`${operation} `) && args.some((arg) => arg.endsWith(last));
    });
    const answer = answers[named ?? operation];
    if (answer === undefined) return { exit: 255, out: '' };
    return { exit: 0, out: typeof answer === 'string' ? answer : JSON.stringify(answer) };
  };
  return { asked, program };
}

const serving: typeof globalThis.fetch = async (input) =>
  String(input).endsWith('/healthz')
    ? json(200, { status: 'ok' }, { date: new Date(NOW).toUTCString(), 'cache-control': 'no-store' })()
    : json(200, { info: { version: '1' } })();

async function look(changed: Answers = {}, options: Partial<CallOptions> = {}) {
  const { asked, program } = aws(changed);
  const args = ['doctor', '--stack', 'prod', '--region', 'eu-central-1'];
  const called = await call(args, { fetch: serving, program, now: NOW, ...options });
  return { ...called, asked };
}

test('a stack that is well is told as such, with nothing to do', async () => {
  const { exit, out } = await look();

  expect(out).not.toMatch(/WARN|FAIL/);
  expect(exit).toBe(EXIT.done);
  expect(out).toContain('5 functions are active, on nodejs24.x');
  expect(out).toContain('tokens are checked with the secret /doorbell/prod/secret');
  expect(out).toContain(`${URL} answers`);
});

test('a stack is only looked at: nothing is changed, and no secret, message or event is read', async () => {
  const { asked } = await look();

  expect(asked.length).toBeGreaterThan(15);
  for (const words of asked) {
    expect(words[2]).toMatch(/^(?:describe|get|list)-/);
    expect(words.join(' ')).not.toMatch(/decryption|get-parameter\b|receive|scan|query |get-item/);
    expect(words.slice(-2)).toEqual(['--region', 'eu-central-1']);
  }
});

describe('a stack that is not well', () => {
  const missing = undefined;
  test.each<readonly [what: string, changed: Answers, exit: number, said: RegExp]>([
    ['is not there', { 'cloudformation describe-stacks': missing }, 3, /no stack doorbell-prod/],
    [
      'was rolled back',
      { 'cloudformation describe-stacks': stack('UPDATE_ROLLBACK_COMPLETE') },
      0,
      /WARN {2}the last deploy/,
    ],
    [
      'is being changed',
      { 'cloudformation describe-stacks': stack('UPDATE_IN_PROGRESS') },
      0,
      /WARN {2}doorbell-prod is being/,
    ],
    [
      'could not be made',
      { 'cloudformation describe-stacks': stack('ROLLBACK_COMPLETE') },
      1,
      /FAIL {2}doorbell-prod is in/,
    ],
    [
      'is of an older version',
      { 'cloudformation describe-stacks': stack('UPDATE_COMPLETE', 'doorbell/0.0.9-0123456789ab/') },
      0,
      /WARN {2}it runs version 0\.0\.9/,
    ],
    [
      'has lost a function',
      { 'lambda get-function-configuration prod-sweep': missing },
      1,
      /FAIL {2}the function sweep is not there/,
    ],
    [
      'has a function that failed',
      { 'lambda get-function-configuration prod-page': { ...configuration, State: 'Failed' } },
      1,
      /page is Failed/,
    ],
    [
      'has a function whose change failed',
      { 'lambda get-function-configuration prod-page': { ...configuration, LastUpdateStatus: 'Failed' } },
      1,
      /last change of the function page/,
    ],
    [
      'runs on an old Node.js',
      { 'lambda get-function-configuration prod-poll': { ...configuration, Runtime: 'nodejs20.x' } },
      0,
      /WARN {2}the function poll runs on nodejs20/,
    ],
    [
      'has lost a table',
      { 'dynamodb describe-table prod-waiters': missing },
      1,
      /the table waiters is not there/,
    ],
    [
      'makes a table',
      { 'dynamodb describe-table prod-states': { Table: { TableStatus: 'CREATING' } } },
      1,
      /states is CREATING/,
    ],
    ['may be deleted', { 'dynamodb describe-table': table(false) }, 0, /WARN {2}nothing keeps the log/],
    [
      'keeps what has expired',
      {
        'dynamodb describe-time-to-live prod-cursors': {
          TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' },
        },
      },
      1,
      /nothing expires in the table cursors/,
    ],
    [
      'has no backups',
      { 'dynamodb describe-continuous-backups prod-events': { ContinuousBackupsDescription: {} } },
      0,
      /events has no point-in-time/,
    ],
    [
      'has dead letters',
      {
        'sqs get-queue-url ingest-dead.fifo': { QueueUrl: 'dead' },
        'sqs get-queue-attributes dead': { Attributes: { ApproximateNumberOfMessages: '3' } },
      },
      0,
      /WARN {2}3 dead/,
    ],
    [
      'has messages that wait',
      {
        'sqs get-queue-url ingest.fifo': { QueueUrl: 'full' },
        'sqs get-queue-attributes full': { Attributes: { ApproximateNumberOfMessages: '5000' } },
      },
      0,
      /5000 messages wait/,
    ],
    ['has lost a queue', { 'sqs get-queue-url ingest.fifo': missing }, 1, /ingest queue is not there/],
    [
      'has many mailboxes',
      { 'sqs list-queues': { QueueUrls: Array(1_000).fill('q') } },
      0,
      /1000 mailboxes or more/,
    ],
    [
      'has lost its secret',
      { 'ssm describe-parameters': { Parameters: [] } },
      1,
      /secret \/doorbell\/prod\/secret is not there/,
    ],
    [
      'has its secret in clear',
      { 'ssm describe-parameters': { Parameters: [{ Type: 'String' }] } },
      0,
      /is not encrypted/,
    ],
    [
      'has no key',
      { 'lambda get-function-configuration': { ...configuration, Environment: { Variables: {} } } },
      1,
      /no key for tokens/,
    ],
    [
      'has no alarms',
      { 'cloudwatch describe-alarms': { MetricAlarms: [] } },
      0,
      /WARN {2}there are no alarms/,
    ],
    [
      'has an alarm on',
      { 'cloudwatch describe-alarms': { MetricAlarms: [alarm('ALARM')] } },
      1,
      /FAIL {2}the alarm no-sweep is on: Threshold Crossed/,
    ],
    [
      'tells nobody',
      { 'cloudwatch describe-alarms': { MetricAlarms: [alarm('OK', [])] } },
      0,
      /WARN {2}the alarms tell nobody/,
    ],
    ['has its schedule off', { 'events list-rules': rule('DISABLED') }, 1, /calls sweep is off/],
    ['has lost its schedule', { 'events list-rules': { Rules: [] } }, 1, /no rule of EventBridge/],
    [
      'does not sweep',
      { 'cloudwatch get-metric-statistics': { Datapoints: [] } },
      1,
      /no sweep came to its end/,
    ],
    [
      'may not be looked into',
      { 'cloudwatch describe-alarms': missing, 'ssm describe-parameters': missing },
      0,
      /It takes ssm:DescribeParameters/,
    ],
  ])('%s is told of, with what to do', async (_, changed, exit, said) => {
    const called = await look(changed);

    expect(called.out).toMatch(said);
    expect(called.exit).toBe(exit);
    for (const found of called.out.matchAll(/^(?:WARN|FAIL) .*\n(.*)$/gm))
      expect(found[1]).toMatch(/^ {8}\S/);
  });

  test('does not answer', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'));

    expect(await look({}, { fetch })).toMatchObject({
      exit: EXIT.failed,
      out: expect.stringContaining('does not answer'),
    });
  });
});

test('nothing that AWS says moves the cursor', async () => {
  const { out } = await look({
    'cloudwatch describe-alarms': { MetricAlarms: [{ ...alarm('ALARM'), StateReason: '\u001b[2J' }] },
  });

  expect(out).not.toContain('\u001b');
});

test.each([
  [['doctor', '--stack', 'Prod!']],
  [['doctor', '--stack', 'prod', '--deliver', 'test']],
  [['doctor', '--region', 'eu-central-1']],
])('%j is a bad call', async (args) => {
  const { program } = aws();

  expect((await call(args, { fetch: serving, program })).exit).toBe(EXIT.usage);
});
