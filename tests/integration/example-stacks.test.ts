/** The examples that are stacks: they can be packaged, may do what they do and nothing else, and what they send can be published. */

import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import read from 'serverless/lib/configuration/read.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ingest } from '../../lib/publish/ingest.ts';
import { type References, resolveIntrinsics } from '../../local/emulators/intrinsics.ts';
import { type Declared, SERVICE_DIR } from '../../local/emulators/service.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { output } from '../support/cli/commands.ts';
import { poll } from '../support/http/http.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';

const EXAMPLES = join(SERVICE_DIR, 'examples');
const INGEST_ARN = 'arn:aws:sqs:us-east-1:000000000000:doorbell-prod-ingest.fifo';
const STREAM_ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}
interface Policies {
  readonly Policies: ReadonlyArray<{ readonly PolicyDocument: { readonly Statement: readonly Statement[] } }>;
}

/** `action resource`, but for what writes a function's own log. */
function grantsIn({ Policies }: Policies): readonly string[] {
  const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const grants = statements.flatMap(({ Action, Resource }) =>
    [Action].flat().map((one) => `${one} ${Resource}`),
  );
  return grants.filter((grant) => !grant.startsWith('logs:'));
}

// Packaging is all CPU, and takes as long as the machine is busy.
describe('producers/serverless.yml', { timeout: 120_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doorbell-producers-'));
    await cp(join(EXAMPLES, 'producers'), folder, { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('makes packages of both, with the right to send to the ingest queue and nothing else', async () => {
    const modules = join(SERVICE_DIR, 'node_modules');
    const [, build = ''] =
      /npx esbuild (.*)/.exec(await readFile(join(folder, 'serverless.yml'), 'utf8')) ?? [];
    await output(join(modules, '.bin/esbuild'), build.split(' '), { cwd: folder });
    const parameters = [`--param=ingestQueueArn=${INGEST_ARN}`, '--param=ingestQueueUrl=https://queue'];
    const cli = join(modules, 'serverless/bin/serverless.js');
    await output(process.execPath, [cli, 'package', ...parameters], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' },
    });

    const built = join(folder, '.serverless');
    expect((await readdir(built)).filter((name) => name.endsWith('.zip')).sort()).toEqual([
      'probe.zip',
      'space.zip',
    ]);
    const { Resources } = JSON.parse(
      await readFile(join(built, 'cloudformation-template-update-stack.json'), 'utf8'),
    );
    expect(grantsIn(Resources.IamRoleLambdaExecution.Properties)).toEqual([`sqs:SendMessage ${INGEST_ARN}`]);
    for (const name of ['Probe', 'Space'])
      expect(Resources[`${name}LambdaFunction`].Properties.Environment.Variables.INGEST_QUEUE_URL).toBe(
        'https://queue',
      );
  });
});

describe('eventbridge/template.yml', () => {
  let stack: LocalStack;
  let doorbell: TestProcess;
  let queueUrl: string;
  let resources: Readonly<Record<string, Declared>>;
  beforeAll(async () => {
    stack = await startLocalStack();
    doorbell = startProcess(stack);
    queueUrl = stack.references.IngestQueue?.ref ?? '';
    const named = (ref: string) => ({ ref, attributes: { Arn: `arn of ${ref}` } });
    const references: References = {
      ...stack.references,
      'AWS::Partition': named('aws'),
      IngestQueueUrl: named(queueUrl),
      IngestQueueArn: named(INGEST_ARN),
      OrdersStreamArn: named(STREAM_ARN),
      ClockRole: named('ClockRole'),
      OrdersRole: named('OrdersRole'),
    };
    const template = await read(join(EXAMPLES, 'eventbridge/template.yml'));
    resources = resolveIntrinsics(template.Resources, references) as typeof resources;
  });
  afterAll(() => stack?.stop());

  /** Sends as EventBridge would; the queue's message goes to Doorbell as Lambda would bring it. */
  async function deliver(message: SendMessageCommandInput): Promise<void> {
    const { sqs } = stack.clients;
    await sqs.send(new SendMessageCommand(message));
    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, MessageSystemAttributeNames: ['All'] });
    const { Messages = [] } = await sqs.send(receive);
    const messages = Messages.map(({ MessageId = '', Body = '', Attributes }) => ({
      id: MessageId,
      group: Attributes?.MessageGroupId ?? '',
      body: Body,
    }));
    expect([...(await ingest(doorbell.ingest, messages))]).toEqual([]);
    for (const { ReceiptHandle } of Messages)
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
  }

  function propertiesOf(name: string): unknown {
    const { Properties } = resources[name] ?? {};
    if (!Properties) throw new Error(`template.yml declares no ${name}`);
    return Properties;
  }

  const eventsOf = async (channel: string) =>
    (await poll(doorbell.app, channel, { maxvid: 0, wait: 0 })).events;

  test('its schedule sends what can be published, once a time', async () => {
    const { Target } = propertiesOf('Clock') as {
      Target: { Arn: string; RoleArn: string; Input: string };
    };
    const input = (time: string) =>
      JSON.parse(Target.Input.replaceAll('<aws.scheduler.scheduled-time>', time)) as SendMessageCommandInput;

    // The second is tried again.
    for (const minute of [0, 1, 1]) await deliver(input(`2026-01-01T00:0${minute}:00Z`));

    expect(Target).toMatchObject({
      Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
      RoleArn: 'arn of ClockRole',
    });
    expect((await eventsOf('clock')).map(({ id, data }) => [id, data])).toEqual([
      ['clock@2026-01-01T00:00:00Z', { time: '2026-01-01T00:00:00Z' }],
      ['clock@2026-01-01T00:01:00Z', { time: '2026-01-01T00:01:00Z' }],
    ]);
  });

  test('its pipe sends what can be published', async () => {
    const { Target, TargetParameters } = propertiesOf('Orders') as {
      Target: string;
      TargetParameters: {
        SqsQueueParameters: { MessageGroupId: string; MessageDeduplicationId: string };
        InputTemplate: string;
      };
    };
    const { SqsQueueParameters, InputTemplate } = TargetParameters;
    const record = {
      eventID: '7de3041dd709b024af6f29e4fa13d34c',
      eventName: 'INSERT',
      dynamodb: { NewImage: { id: { S: 'order "7"' }, total: { N: '12.50' } } },
    };

    await deliver({
      QueueUrl: queueUrl,
      MessageGroupId: SqsQueueParameters.MessageGroupId,
      MessageDeduplicationId: String(at(record, SqsQueueParameters.MessageDeduplicationId)),
      MessageBody: filled(InputTemplate, record),
    });

    expect(Target).toBe(INGEST_ARN);
    expect((await eventsOf('orders')).map(({ id, data }) => [id, data])).toEqual([
      [record.eventID, { what: 'INSERT', order: record.dynamodb.NewImage }],
    ]);
  });

  test('its roles may do what they do and nothing else', () => {
    const grants = (name: string) => grantsIn(propertiesOf(name) as Policies);
    const reading = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];

    expect(grants('ClockRole')).toEqual([`sqs:SendMessage ${INGEST_ARN}`]);
    expect(grants('OrdersRole')).toEqual([
      ...reading.map((action) => `dynamodb:${action} ${STREAM_ARN}`),
      `sqs:SendMessage ${INGEST_ARN}`,
    ]);
  });
});

/** What a pipe's template makes of an event: a path in quotes stands for text, one without for JSON. */
function filled(template: string, event: unknown): string {
  return template.replaceAll(/("?)<(\$[^>]*)>\1/g, (_, quote: string, path: string) => {
    const value = at(event, path);
    expect(typeof value === 'string').toBe(quote !== '');
    return JSON.stringify(value);
  });
}

/** The value at `$.a.b`. */
function at(event: unknown, path: string): unknown {
  return path
    .split('.')
    .slice(1)
    .reduce((value, name) => (value as Readonly<Record<string, unknown>>)[name], event);
}
