/** What a deploy may set of its tables, its queues and its sample producer, as CloudFormation is told it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadService } from '../../local/emulators/service.ts';
import { PARAMETERS, packaged } from '../support/repo/packaged.ts';
import { arn, packageInto, resourcesOf, type Template } from '../support/repo/template.ts';

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

test('how long events and cursors are kept is a parameter, and every function that keeps them is told', async () => {
  const told = Object.values(template.Resources).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::Lambda::Function') return [];
    const { Variables = {} } = (Properties.Environment ?? {}) as {
      readonly Variables?: Readonly<Record<string, unknown>>;
    };
    const { RETENTION_HOURS, CURSOR_HOURS } = Variables;
    return [RETENTION_HOURS, CURSOR_HOURS].filter((hours) => hours !== undefined);
  });

  expect(told.sort()).toEqual(['24', '24', '48', '48']);
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
    const said = await packageInto(folder, wrong, {});

    expect(said).toContain('its deploy is refused');
    for (const [name, value] of Object.entries(wrong))
      expect(said).toMatch(new RegExp(`^${name}\\b.*, got "${value}"$`, 'm'));
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);
