/**
 * Lambda Managed Instances give one environment many requests at once. The built poll function, one instance of its module, is called as they
 * would, and the packaged template says where they are switched on.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import type { PollAnswer, Problem } from '../../lib/protocol/doorbell.ts';
import { bundle } from '../../local/bundle/bundle.ts';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { gatewayEvent } from '../support/http/gateway-event.ts';
import { eventsPath, publish, range } from '../support/http/http.ts';
import { packaged } from '../support/repo/packaged.ts';
import type { Template } from '../support/repo/template.ts';
import { startProcess } from '../support/stack/process.ts';
import { armsOn } from '../support/stack/tables.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const POLLS = 64;

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}
type Handler = (event: object, context: object) => Promise<Answer>;

let stack: LocalStack;
let handler: Handler;
let template: Template;
beforeAll(async () => {
  await bundle();
  stack = await startLocalStack();
  const env: Record<string, string> = {};
  stack.lead(env);
  for (const [name, value] of Object.entries({
    ...env,
    ...stack.environment('poll'),
    DOORBELL_SECRET: SECRET,
  }))
    vi.stubEnv(name, value);
  ({ handler } = (await import(pathToFileURL(join(SERVICE_DIR, 'dist/poll.mjs')).href)) as {
    handler: Handler;
  });
  ({ template } = await packaged());
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await stack?.stop();
});

/** What goes to AWS meanwhile: `dynamodb:UpdateItem` and its like, once for each call. */
function watchCalls() {
  const calls: string[] = [];
  const note = (message: unknown) => {
    const { request } = message as { readonly request: ClientRequest };
    const target = request.getHeader('x-amz-target');
    if (target !== undefined) calls.push(String(target).split('.').at(-1) ?? '');
  };
  subscribe('http.client.request.start', note);
  return { calls, stop: () => unsubscribe('http.client.request.start', note) };
}

async function pollAs(reader: number, read: string, channel: string, maxvid: number): Promise<Answer> {
  const token = await mint(SECRET, {
    read: [read],
    write: [],
    ttlS: 60,
    now: Date.now(),
    client: `r${reader}`,
  });
  const event = gatewayEvent(
    { method: 'GET', path: eventsPath(channel, { maxvid, client: `r${reader}` }) },
    { authorization: `Bearer ${token}` },
  );
  return handler(event, { awsRequestId: `request-${reader}`, functionName: 'poll' });
}

test('64 polls at once, each with a token of its own, are held by one instance of the function and answered with one arm', async () => {
  const publisher = startProcess(stack);
  await publish(publisher.app, 'doors', { data: 1 });
  // The mailbox is made on the first poll, and slept on for a second at a time while it is young.
  await pollAs(0, 'doors', 'doors', 0);
  const watching = watchCalls();
  const readers = range(1, POLLS);
  // Every fourth may not read this channel.
  const held = readers.map((reader) => pollAs(reader, reader % 4 ? 'doors' : 'others', 'doors', 1));
  await vi.waitUntil(async () => (await armsOn(stack, 'doors')) === 1, { timeout: WAIT_MS });
  const visits = () => watching.calls.filter((name) => name === 'UpdateItem').length;
  await vi.waitUntil(() => visits() >= (POLLS * 3) / 4, { timeout: WAIT_MS });
  watching.stop();
  await publish(publisher.app, 'doors', { id: 'now', data: 2 });
  const answers = await Promise.all(held);

  for (const [i, { statusCode, body }] of answers.entries()) {
    if (readers[i] !== undefined && readers[i] % 4 === 0) {
      expect(statusCode).toBe(403);
      expect((JSON.parse(body) as Problem).type).toBe('urn:doorbell:problem:forbidden');
    } else {
      expect(statusCode).toBe(200);
      expect(JSON.parse(body) as PollAnswer).toMatchObject({ maxvid: 2, events: [{ id: 'now', data: 2 }] });
    }
  }
  // One mailbox, and a turn or two while it is young; a cursor for each reader.
  const count = (name: string) => watching.calls.filter((one) => one === name).length;
  expect(count('CreateQueue')).toBeLessThanOrEqual(1);
  expect(count('PutItem')).toBeLessThanOrEqual(4);
  expect(count('Query')).toBeLessThanOrEqual(8);
  expect(count('ReceiveMessage')).toBeLessThanOrEqual(4);
}, 30_000);

const CAPACITY = ['PollCapacity', 'PollCapacityRole'];
/** What a property is where instances are asked for, or not; how many polls are reserved is another matter. */
function decided(value: unknown, managed: boolean): unknown {
  const choice = (value as { readonly 'Fn::If'?: readonly [string, unknown, unknown] })['Fn::If'];
  if (!choice) return value;
  const [condition, yes, no] = choice;
  return decided(condition === 'HasManagedInstances' && managed ? yes : no, managed);
}
function propertiesOf(id: string, managed: boolean): Record<string, unknown> {
  const entries = Object.entries(template.Resources[id]?.Properties ?? {});
  const made = entries.map(([name, value]) => [name, decided(value, managed)] as const);
  return Object.fromEntries(made.filter(([, value]) => JSON.stringify(value) !== '{"Ref":"AWS::NoValue"}'));
}

test('without subnets polls are in classic Lambda', () => {
  const poll = propertiesOf('PollLambdaFunction', false);

  expect(poll).toMatchObject({ MemorySize: 256 });
  for (const name of ['CapacityProviderConfig', 'FunctionScalingConfig', 'PublishToLatestPublished'])
    expect(poll).not.toHaveProperty(name);
  for (const id of CAPACITY) expect(template.Resources[id]?.Condition).toBe('HasManagedInstances');
  const arn = { 'Fn::GetAtt': ['PollLambdaFunction', 'Arn'] };
  expect(propertiesOf('HttpApiIntegrationPoll', false).IntegrationUri).toEqual(arn);
  expect(propertiesOf('PollLambdaPermissionHttpApi', false).FunctionName).toEqual(arn);
});

test('with subnets polls are on instances of that VPC, and called by their published version', () => {
  const poll = propertiesOf('PollLambdaFunction', true);

  expect(poll).toMatchObject({
    MemorySize: 2048,
    PublishToLatestPublished: true,
    CapacityProviderConfig: {
      LambdaManagedInstancesCapacityProviderConfig: {
        CapacityProviderArn: { 'Fn::GetAtt': ['PollCapacity', 'Arn'] },
        PerExecutionEnvironmentMaxConcurrency: '640',
      },
    },
    FunctionScalingConfig: { MinExecutionEnvironments: 3, MaxExecutionEnvironments: 30 },
  });
  expect(poll).not.toHaveProperty('ReservedConcurrentExecutions');
  expect(propertiesOf('PollCapacity', true)).toMatchObject({
    VpcConfig: {
      SubnetIds: { 'Fn::Split': [',', 'subnet-a,subnet-b'] },
      SecurityGroupIds: { 'Fn::Split': [',', 'sg-1'] },
    },
    InstanceRequirements: { Architectures: ['arm64'] },
  });
  const published = {
    'Fn::Sub': expect.stringMatching(/^\$\{PollLambdaFunction\.Arn\}:\$LATEST\.PUBLISHED$/),
  };
  expect(propertiesOf('HttpApiIntegrationPoll', true).IntegrationUri).toEqual(published);
  expect(propertiesOf('PollLambdaPermissionHttpApi', true).FunctionName).toEqual(published);
});
