/**
 * Emulators let everybody do everything; AWS does not. Each function's operations run here with clients that note their calls, and an IAM simulator
 * asks of every call whether the role in the packaged template allows it. The other way round, a grant that no call needs is one too many.
 */
import { readFile } from 'node:fs/promises';
import type { CreateQueueCommandInput } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MailboxQueues } from '../../lib/aws/sqs/mailbox-queues.ts';
import { documentPath, sectionOf } from '../support/repo/documents.ts';
import { PARAMETERS, packaged } from '../support/repo/packaged.ts';
import { permissionTable } from '../support/repo/permission-table.ts';
import {
  FUNCTIONS,
  type FunctionName,
  lambdasOwnCalls,
  policiesOf,
  roleOf,
} from '../support/repo/permissions.ts';
import { ACCOUNT, arn, resourcesOf, type Template } from '../support/repo/template.ts';
import { everyCall, SECRET_PARAMETER } from '../support/stack/every-call.ts';
import { everyHubCall } from '../support/stack/every-hub-call.ts';
import { environmentOf, freshClients } from '../support/stack/process.ts';
import { type Call, decide, grantsIn, isAllowed, type Policy } from '../support/stack/simulator.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

let stack: Stack;
let template: Template;
let calls: Readonly<Record<FunctionName, readonly Call[]>>;
let hubCalls: readonly Call[];

// Packaging is all CPU, and takes as long as the machine is busy.
beforeAll(async () => {
  stack = await startStack();
  const packaging = packaged();
  // One after the other: what one looks at in a queue is hidden from the other.
  calls = await everyCall(stack);
  hubCalls = await everyHubCall(stack);
  ({ template } = await packaging);
}, 120_000);
afterAll(() => stack?.stop());

describe.each(FUNCTIONS)('%s', (name) => {
  test('is granted every call that it makes', async () => {
    const role = policiesOf(template, name);
    const refused: Call[] = [];
    for (const call of calls[name]) if (!(await isAllowed({ ...call, role }))) refused.push(call);

    expect(calls[name].length).toBeGreaterThan(lambdasOwnCalls(name).length);
    expect(refused).toEqual([]);
  });

  test('is granted nothing else', async () => {
    const unused: string[] = [];
    for (const { action, resource, policy } of grantsIn(policiesOf(template, name))) {
      const answers = calls[name]
        .filter((call) => call.action === action)
        .map((call) => isAllowed({ ...call, role: [policy] }));
      if (!(await Promise.all(answers)).includes(true)) unused.push(`${action} ${resource}`);
    }

    expect(unused).toEqual([]);
  });

  test('names what it may do, and on what', () => {
    const grants = grantsIn(policiesOf(template, name));
    const wide = grants.filter(({ action, resource }) => /[*?]/.test(`${action} ${resource}`));

    for (const { action, resource } of wide) {
      // The names of mailboxes, and of a log's streams, are made up as they go; ListQueues takes no resource.
      const named = name === 'ticket' ? directMailboxes : mailboxes;
      const expected = action === 'sqs:ListQueues' ? '*' : action.startsWith('logs:') ? logs(name) : named;
      expect(`${action} ${resource}`).toBe(`${action} ${expected}`);
    }
  });

  test('shares its role with nobody, and only Lambda may take it', () => {
    const roles = FUNCTIONS.map((one) => roleOf(template, one));
    const role = resourcesOf(template, /^AWS::IAM::/)[roleOf(template, name)]?.Properties ?? {};

    expect(new Set(roles).size).toBe(FUNCTIONS.length);
    expect(Object.keys(role).sort()).toEqual(['AssumeRolePolicyDocument', 'Policies']);
    expect((role.AssumeRolePolicyDocument as Policy).Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEqualsIfExists: { 'aws:SourceAccount': ACCOUNT } },
      },
    ]);
  });
});

const mailboxes = arn('sqs', 'doorbell-dev-mailbox-*');
const directMailboxes = arn('sqs', 'doorbell-dev-mailbox-direct-*');
const logs = (name: string) => arn('logs', `log-group:/aws/lambda/doorbell-dev-${name}:*`);

test('the template has no permissions beside those of its functions', () => {
  const roles = FUNCTIONS.map((name) => roleOf(template, name));
  const others = Object.entries(template.Resources).filter(
    ([id, { Type }]) => Type.startsWith('AWS::IAM::') && !roles.includes(id),
  );

  expect(others.map(([id]) => id).sort()).toEqual(['PollCapacityRole', 'SecretPolicy', 'WaitRole']);
  // Only where somebody asks for managed instances.
  expect(template.Resources.PollCapacityRole?.Condition).toBe('HasManagedInstances');
  const none = { 'Fn::Equals': [PARAMETERS.managedSubnets, ''] };
  expect(template.Conditions.HasManagedInstances).toEqual({ 'Fn::Not': [none] });
});

test('what one function may do, another may not', async () => {
  const page = policiesOf(template, 'page');
  const events = arn('dynamodb', 'table/doorbell-dev-events');
  const questions = [
    { action: 'dynamodb:PutItem', resource: events },
    { action: 'dynamodb:Query', resource: arn('dynamodb', 'table/doorbell-prod-events') },
    { action: 'ssm:GetParameter', resource: arn('ssm', `parameter${SECRET_PARAMETER}2`) },
    { action: 'sqs:SendMessage', resource: arn('sqs', 'doorbell-dev-ingest.fifo') },
  ];

  for (const question of questions)
    expect(await decide({ ...question, role: page }), question.action).toBe('ImplicitlyDenied');
});

test('sweep may list the queues of its own region only', async () => {
  const role = policiesOf(template, 'sweep');
  const list = { action: 'sqs:ListQueues', resource: '*', role };

  expect(await decide(list)).toBe('Allowed');
  expect(await decide({ ...list, region: 'eu-west-1' })).toBe('ImplicitlyDenied');
});

test('docs/operations/security.md shows what each function calls (npm run docs)', () => {
  expect(sectionOf('docs/operations/security.md', 'permissions')).toBe(permissionTable(calls));
});

describe('the policy in docs/operations/hub.md', () => {
  const policy = async (): Promise<readonly Policy[]> => {
    const document = await readFile(documentPath('docs/operations/hub.md'), 'utf8');
    return [JSON.parse(/```json\n(.*?)```/s.exec(document)?.[1] ?? '')];
  };

  test('lets a hub make every call that it makes', async () => {
    const role = await policy();
    const refused: Call[] = [];
    for (const call of hubCalls) if (!(await isAllowed({ ...call, role }))) refused.push(call);

    expect(refused).toEqual([]);
  });

  test('lets it do nothing else', async () => {
    const unused: string[] = [];
    for (const { action, resource, policy: own } of grantsIn(await policy())) {
      const answers = hubCalls
        .filter((call) => call.action === action)
        .map((call) => isAllowed({ ...call, role: [own] }));
      if (!(await Promise.all(answers)).includes(true)) unused.push(`${action} ${resource}`);
    }

    expect(unused).toEqual([]);
  });
});

test('the policy in docs/operations/security.md lets a producer send to the ingest queue, and nothing else', async () => {
  const document = await readFile(documentPath('docs/operations/security.md'), 'utf8');
  const role = [JSON.parse(/```json\n(.*?)```/s.exec(document)?.[1] ?? '')];
  const resourcePolicy = resourcesOf(template, /^AWS::SQS::/).IngestQueuePolicy?.Properties
    .PolicyDocument as Policy;
  const ask = (action: string, queue: string, tls = true) =>
    decide({ action: `sqs:${action}`, resource: arn('sqs', queue), role, tls, resourcePolicy });

  expect(await ask('SendMessage', 'doorbell-dev-ingest.fifo')).toBe('Allowed');
  expect(await ask('SendMessage', 'doorbell-dev-ingest.fifo', false)).toBe('ExplicitlyDenied');
  expect(await ask('ReceiveMessage', 'doorbell-dev-ingest.fifo')).toBe('ImplicitlyDenied');
  expect(await ask('SendMessage', 'doorbell-dev-mailbox-1')).toBe('ImplicitlyDenied');
});

describe('a queue', () => {
  const anyone: Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }],
  };
  const ACTIONS = [
    'SendMessage',
    'ReceiveMessage',
    'DeleteMessage',
    'GetQueueAttributes',
    'SetQueueAttributes',
    'PurgeQueue',
  ];

  /** What the queue says to somebody who may do everything, with TLS and without. */
  async function decisions(resource: string, resourcePolicy: Policy): Promise<readonly string[]> {
    const asked = ACTIONS.flatMap((action) =>
      [true, false].map((tls) => ({
        action: `sqs:${action}`,
        resource,
        role: [anyone],
        resourcePolicy,
        tls,
      })),
    );
    return Promise.all(asked.map((one) => decide(one)));
  }
  const TLS_ONLY = ACTIONS.flatMap(() => ['Allowed', 'ExplicitlyDenied']);

  test.each([
    ['doorbell-dev-ingest.fifo', 'IngestQueue'],
    ['doorbell-dev-ingest-dead.fifo', 'IngestDeadQueue'],
  ])('%s is encrypted, and refuses whoever comes without TLS', async (queue, id) => {
    const resources = resourcesOf(template, /^AWS::SQS::/);
    const policy = resources[`${id}Policy`]?.Properties;

    expect(resources[id]?.Properties).toMatchObject({ QueueName: queue, SqsManagedSseEnabled: true });
    expect(policy?.Queues).toEqual([`https://sqs.us-east-1.amazonaws.com/111122223333/${queue}`]);
    expect(await decisions(arn('sqs', queue), policy?.PolicyDocument as Policy)).toEqual(TLS_ONLY);
  });

  test('that a process makes for itself is encrypted, and so takes nothing without TLS', async () => {
    const { sqs } = freshClients(stack);
    const prefix = environmentOf(stack).MAILBOX_PREFIX ?? '';
    // As it is asked for: not every emulator tells all attributes of a queue.
    let Attributes: Readonly<Record<string, string>> | undefined;
    sqs.middlewareStack.add(
      (next) => (args) => {
        ({ Attributes } = args.input as CreateQueueCommandInput);
        return next(args);
      },
      { step: 'initialize' },
    );
    await new MailboxQueues({ client: sqs, prefix }).open(`${prefix}mine`);

    expect(Attributes?.SqsManagedSseEnabled).toBe('true');
  });

  test('gives nobody else a right', async () => {
    const resources = Object.values(resourcesOf(template, /^AWS::SQS::/));
    const policies = resources.filter(({ Type }) => Type === 'AWS::SQS::QueuePolicy');
    for (const { Properties } of policies) {
      const resourcePolicy = Properties.PolicyDocument as Policy;
      const resource = String(resourcePolicy.Statement[0]?.Resource);

      expect(await decide({ action: 'sqs:SendMessage', resource, resourcePolicy })).toBe('ImplicitlyDenied');
    }
  });
});

describe('at rest', () => {
  const ofType = (type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type);

  test('tables are encrypted as DynamoDB does by itself; the log and the states can be restored', () => {
    const tables = ofType('AWS::DynamoDB::Table');

    // With a key of its own, always; `SSESpecification` could only choose another.
    expect(tables).toHaveLength(4);
    for (const { Properties } of tables) expect(Properties.SSESpecification).toBeUndefined();
    for (const name of ['EventsTable', 'StatesTable'])
      expect(template.Resources[name]?.Properties.PointInTimeRecoverySpecification).toEqual({
        PointInTimeRecoveryEnabled: true,
      });
  });

  test('every queue of the template is encrypted', () => {
    const queues = ofType('AWS::SQS::Queue');

    expect(queues).toHaveLength(2);
    for (const { Properties } of queues) expect(Properties.SqsManagedSseEnabled).toBe(true);
  });

  test('every function has a log group, which forgets after two weeks', () => {
    const groups = ofType('AWS::Logs::LogGroup').map(({ Properties }) => Properties);

    expect(groups).toEqual(
      FUNCTIONS.map((name) => ({ LogGroupName: `/aws/lambda/doorbell-dev-${name}`, RetentionInDays: 14 })),
    );
  });
});

test("the API is throttled, and polls can be kept to a share of the account's concurrency", () => {
  const { HttpApiStage, PollLambdaFunction } = template.Resources;

  expect(HttpApiStage?.Properties.DefaultRouteSettings).toMatchObject({
    ThrottlingRateLimit: 500,
    ThrottlingBurstLimit: 1000,
  });
  expect(PollLambdaFunction?.Properties.Environment).toMatchObject({
    Variables: { MAX_HELD_POLLS: '20000', MAX_HELD_POLLS_PER_TOKEN: '', REPEATS_PER_SECOND: '2' },
  });
  expect(PollLambdaFunction?.Properties.ReservedConcurrentExecutions).toEqual({
    'Fn::If': [
      'HasManagedInstances',
      { Ref: 'AWS::NoValue' },
      { 'Fn::If': ['HasPollConcurrency', '900', { Ref: 'AWS::NoValue' }] },
    ],
  });
});

test('the API keeps no access log, which would hold addresses with what their query carries', () => {
  const { HttpApiStage, ...others } = template.Resources;

  expect(HttpApiStage?.Properties.AccessLogSettings).toBeUndefined();
  expect(Object.keys(others).filter((name) => /^HttpApi.*Log/.test(name))).toEqual([]);
});
