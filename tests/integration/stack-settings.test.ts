/** What a deploy may set of its tables, its queues and its sample producer, as CloudFormation is told it. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { REQUEST_MS } from '../../lib/http/v1/publish.ts';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { BATCH_MS } from '../../lib/publish/ingest.ts';
import { loadService } from '../../local/emulators/service.ts';
import { unzip } from '../../local/lambda/unzip.ts';
import { gatewayEvent } from '../support/http/gateway-event.ts';
import { posting } from '../support/http/http.ts';
import { PARAMETERS, packaged } from '../support/repo/packaged.ts';
import { arn, packageInto, resourcesOf, type Template, templateIn } from '../support/repo/template.ts';

let template: Template;
// Packaging is all CPU, and takes as long as the machine is busy.
beforeAll(async () => {
  ({ template } = await packaged());
}, 120_000);

const TABLES = ['EventsTable', 'CursorsTable', 'WaitersTable', 'StatesTable'];

async function defaults(): Promise<Readonly<Record<string, unknown>>> {
  const { params } = (await loadService()) as unknown as {
    readonly params: { readonly default: Readonly<Record<string, unknown>> };
  };
  return params.default;
}

test('the sample producer and all that belongs to it is made where it is asked for, and nowhere else', async () => {
  const its = Object.entries(template.Resources).filter(([id]) => id.startsWith('Producer'));

  expect(its.map(([id]) => id).sort()).toEqual([
    'ProducerEventsRuleSchedule1',
    'ProducerLambdaFunction',
    'ProducerLambdaPermissionEventsRuleSchedule1',
    'ProducerLogGroup',
    'ProducerRole',
  ]);
  for (const [id, { Condition }] of its) expect(Condition, id).toBe('HasSampleProducer');
  expect(template.Conditions.HasSampleProducer).toEqual({
    'Fn::Equals': [PARAMETERS.sampleProducer, 'true'],
  });
  expect(String((await defaults()).sampleProducer)).toBe('false');
});

test('nothing that is always made refers to what is made under a condition', () => {
  const all = Object.entries(template.Resources);
  const conditional = all.flatMap(([id, { Condition }]) => (Condition === undefined ? [] : [id]));
  // A choice by the same condition is CloudFormation's own way to refer to it.
  const always = all.filter(([, { Condition }]) => Condition === undefined);
  const text = JSON.stringify(always.map(([, resource]) => withoutChoices(resource)));

  expect(conditional.length).toBeGreaterThan(5);
  expect(conditional.filter((id) => text.includes(`"${id}"`) || text.includes(`\${${id}`))).toEqual([]);
});

function withoutChoices(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutChoices);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== 'Fn::If');
  return Object.fromEntries(entries.map(([name, one]) => [name, withoutChoices(one)]));
}

test('no queue but the ingest queue may use its dead-letter queue as one', () => {
  const queues = resourcesOf(template, /^AWS::SQS::/);

  expect(queues.IngestDeadQueue?.Properties.RedriveAllowPolicy).toEqual({
    redrivePermission: 'byQueue',
    sourceQueueArns: [arn('sqs', 'doorbell-dev-ingest.fifo')],
  });
  expect(queues.IngestQueue?.Properties.RedrivePolicy).toMatchObject({
    deadLetterTargetArn: arn('sqs', 'doorbell-dev-ingest-dead.fifo'),
  });
});

test('tables can be protected from being deleted, and are not unless it is asked for', async () => {
  for (const id of TABLES)
    expect(String(template.Resources[id]?.Properties.DeletionProtectionEnabled), id).toBe('true');
  expect(String((await defaults()).deletionProtection)).toBe('false');
});

/** The upper end of sharedHold: local/serverless/check-limits.ts. */
const LONGEST_HOLD_S = 55;

interface LambdaFunction {
  /** In seconds; a choice where a condition has a part in it. */
  readonly Timeout: unknown;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
}

/** Of the template, by their names in serverless.yml. */
function functions(): Readonly<Record<string, LambdaFunction>> {
  const all = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  return Object.fromEntries(
    all.map(([id, { Properties }]) => [
      id.replace('LambdaFunction', '').toLowerCase(),
      Properties as unknown as LambdaFunction,
    ]),
  );
}

/** The values that a condition chooses from. */
function choices(value: unknown): readonly number[] {
  const { 'Fn::If': [, ...values] = [''] } = value as { readonly 'Fn::If'?: readonly [string, ...number[]] };
  return values;
}

test('a function has more time than what it does may take, and polls less than API Gateway waits for', () => {
  const { poll, publish, ingest } = functions();
  /** For a start, an answer, and a call that comes late. */
  const spareS = 3;

  // A shared poll may be held longer behind a function URL, which does not give up after 30 s.
  const [long = 0, usual = 0] = choices(poll?.Timeout);
  expect(long).toBeGreaterThanOrEqual(LONGEST_HOLD_S + spareS);
  expect(usual).toBeGreaterThanOrEqual(LIMITS.waitSeconds + spareS);
  expect(usual).toBeLessThan(30);
  expect(publish?.Timeout).toBeGreaterThanOrEqual(REQUEST_MS / 1_000 + spareS);
  expect(publish?.Timeout).toBeLessThan(30);
  expect(ingest?.Timeout).toBeGreaterThanOrEqual(BATCH_MS / 1_000 + spareS);
});

test('how long events and cursors are kept is a parameter, and every function that keeps them is told', async () => {
  const told = Object.entries(functions()).map(([name, { Environment }]) => {
    const { RETENTION_HOURS, CURSOR_HOURS } = Environment?.Variables ?? {};
    return [name, RETENTION_HOURS, CURSOR_HOURS];
  });

  expect(told.filter(([, events, cursors]) => events ?? cursors)).toEqual([
    ['poll', undefined, '48'],
    ['publish', '24', undefined],
    ['ingest', '24', undefined],
    // It tells of what did not come, and lists clients.
    ['sweep', '24', undefined],
    ['page', undefined, '48'],
  ]);
  expect(await defaults()).toMatchObject({ retentionHours: '168', cursorHours: '720' });
});

test('the log outlives its stack under a name that the next one can adopt, and a deploy that fails deletes no log that was there', async () => {
  const { EventsTable, ...others } = template.Resources;
  const { Resources } = (await loadService()).resources;

  expect(PARAMETERS.adoptTable).toBe('true');
  expect(EventsTable).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: { TableName: 'doorbell-dev-events' },
  });
  expect(Resources.EventsTable).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate' });
  // CloudFormation imports what has this policy, and makes all else.
  expect(Object.values(others).filter((resource) => 'DeletionPolicy' in resource)).toEqual([]);
});

test('the framework itself warns of each wrong parameter of a package by its name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-wrong-'));
  const wrong = {
    adoptTable: 'yes',
    deletionProtection: 'on',
    sampleProducer: 'TRUE',
    retentionHours: 'abc',
  };
  try {
    const schemas = { channelSchemas: '{"doors":{"requred":["doorno"]}}' };
    const said = await packageInto(folder, { ...wrong, ...schemas }, {});

    expect(said).toContain('its deploy is refused');
    expect(said).toContain('channelSchemas: CHANNEL_SCHEMAS: doors: strict mode: unknown keyword: "requred"');
    for (const [name, value] of Object.entries(wrong))
      expect(said).toMatch(new RegExp(`^${name}\\b.*, got "${value}"$`, 'm'));
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);

test('the schemas of channels lie beside the functions that publish, which refuse by them what does not fit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-typed-'));
  try {
    const file = join(folder, 'schemas.json');
    // More than the environment of a function can hold.
    const schemas = { doors: { $comment: 'x'.repeat(5_000), required: ['doorno'] } };
    await writeFile(file, JSON.stringify(schemas, null, 2));
    await packageInto(folder, { channelSchemas: file }, {});
    const names = ['publish', 'ingest', 'poll'];
    for (const name of names) await unzip(join(folder, `${name}.zip`), join(folder, name));

    const beside = 'dist/channel-schemas.json';
    for (const name of ['publish', 'ingest'])
      expect(JSON.parse(await readFile(join(folder, name, beside), 'utf8'))).toEqual(schemas);
    expect(existsSync(join(folder, 'poll', beside))).toBe(false);
    const made = await templateIn(folder);
    for (const [name, told] of [
      ['Publish', beside],
      ['Ingest', beside],
      ['Poll', undefined],
    ] as const)
      expect(variablesOf(made, `${name}LambdaFunction`).CHANNEL_SCHEMAS).toBe(told);

    expect(await refusalOf(join(folder, 'publish'), beside)).toMatchObject({
      status: 400,
      detail: 'data does not fit the schema of doors: /doorno is missing.',
      pointer: '/doorno',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);

function variablesOf({ Resources }: Template, id: string): Readonly<Record<string, unknown>> {
  const { Environment } = (Resources[id]?.Properties ?? {}) as {
    readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
  };
  return Environment?.Variables ?? {};
}

/** What the unpacked function says to an empty object, where Lambda starts it. It comes to no call of AWS. */
async function refusalOf(folder: string, schemas: string): Promise<unknown> {
  const secret = 'of-this-test-0123456789abcdefghijk';
  const token = await mint(secret, { read: [], write: ['*'], ttlS: 600, now: Date.now() });
  const headers = { authorization: `Bearer ${token}` };
  const event = gatewayEvent({
    method: 'POST',
    path: '/v1/channels/doors/events',
    init: { ...posting({ data: {} }), headers: { ...posting('').headers, ...headers } },
  });
  const code = `
    const { handler } = await import('./dist/publish.mjs');
    const { body } = await handler(JSON.parse(process.argv[1]), { awsRequestId: 'request' });
    process.stdout.write('\\n' + body);
    process.exit();`;
  const env = {
    DOORBELL_SECRET: secret,
    CHANNEL_SCHEMAS: schemas,
    ...Object.fromEntries(['EVENTS_TABLE', 'WAITERS_TABLE', 'MAILBOX_PREFIX'].map((name) => [name, 'none'])),
    AWS_REGION: 'us-east-1',
  };
  const command = ['--input-type=module', '-e', code, JSON.stringify(event)];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: folder, env });
  return JSON.parse(stdout.split('\n').at(-1) ?? '');
}
