/** What is left out of the functions' bundles can be missed by nobody, and they stay small. */

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { bundle } from '../../local/bundle/bundle.ts';
import {
  checkDashboard,
  checkFunctions,
  checkHub,
  DASHBOARD_LIMIT,
  FUNCTION_LIMITS,
  HUB_LIMIT,
} from '../../local/bundle/size-budget.ts';
import { withoutErrors } from '../../local/bundle/trim-sdk.ts';
import { startLocalStack } from '../../local/emulators/stack.ts';

const NAMES = readFileSync(join(import.meta.dirname, '../../lib/aws/errors.ts'), 'utf8');
const REGISTERED = /n0_registry\.registerError\((\w+)\$/g;

function schemasOf(client: string): string {
  const main = createRequire(import.meta.url).resolve(client);
  return readFileSync(join(dirname(main), '../dist-es/schemas/schemas_0.js'), 'utf8');
}

function registered(schemas: string): string[] {
  return [...schemas.matchAll(REGISTERED)].map(([, name = '']) => name);
}

test.each([
  ['@aws-sdk/client-dynamodb', 'ConditionalCheckFailedException'],
  ['@aws-sdk/client-sqs', 'QueueDoesNotExist'],
])('of the errors of %s those stay that are recognised by name', (client, known) => {
  const before = registered(schemasOf(client));
  const after = registered(withoutErrors(schemasOf(client), NAMES));

  expect(after).toContain(known);
  expect(after).toEqual(before.filter((name) => NAMES.includes(`'${name}'`)));
  expect(after.length).toBeLessThan(before.length / 2);
});

test('an SDK that writes its errors in another way is noticed', () => {
  expect(() => withoutErrors('export const nothing = 1;', NAMES)).toThrow('in another way by now');
});

test('an error whose class is not there has its name all the same', async () => {
  const stack = await startLocalStack();
  const { EVENTS_TABLE: TableName } = stack.environment('poll');
  // DynamoDB's list of errors has no class for this one.
  const failed = await stack.clients.dynamodb
    .send(new GetItemCommand({ TableName, Key: { nothing: { S: 'of the key' } } }))
    .catch((error: unknown) => error)
    .finally(() => stack.stop());

  expect(failed).toMatchObject({ name: 'ValidationException', $fault: 'client' });
  expect((failed as Error).constructor.name).toBe('DynamoDBServiceException');
});

test('every function has a limit, and is not far below it', async () => {
  // CloudFront's own, which is deployed as it is written, is no .ts.
  const entries = readdirSync(join(import.meta.dirname, '../../functions'))
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const functions = (await bundle()).filter(({ name }) => name in FUNCTION_LIMITS);

  expect(functions.map(({ name }) => name)).toEqual(entries.map((name) => name.replace('.ts', '.mjs')));
  for (const { name, gzippedBytes } of functions)
    expect(gzippedBytes / (FUNCTION_LIMITS[name] ?? 0)).toBeGreaterThan(0.85);
});

test('the hub has a limit, and is not far below it', async () => {
  const hub = (await bundle()).find(({ name }) => name === 'hub-aws.mjs');

  expect((hub?.gzippedBytes ?? 0) / HUB_LIMIT).toBeGreaterThan(0.85);
  expect(() => checkHub({ name: 'hub.mjs', bytes: 1, gzippedBytes: HUB_LIMIT + 1 })).toThrow('HUB_LIMIT');
});

test('the page has a limit, and is not far below it', async () => {
  const page = (await bundle()).find(({ name }) => name === 'dashboard.html');
  const grown = { name: 'dashboard.html', bytes: 1, gzippedBytes: DASHBOARD_LIMIT + 1 };

  expect((page?.gzippedBytes ?? 0) / DASHBOARD_LIMIT).toBeGreaterThan(0.85);
  expect(() => checkDashboard(grown)).toThrow('DASHBOARD_LIMIT');
});

test('the build fails when one has grown above its limit', () => {
  const gzippedBytes = (FUNCTION_LIMITS['poll.mjs'] ?? 0) + 1;
  const grown = { name: 'poll.mjs', bytes: 999_999, gzippedBytes };

  expect(() => checkFunctions([grown])).toThrow(`poll.mjs is ${gzippedBytes} bytes gzipped`);
  expect(() => checkFunctions([{ ...grown, name: 'new.mjs' }])).toThrow('how large new.mjs may be');
});

test('the container of the hub has every file that its programs load', async () => {
  await bundle();
  const dist = join(import.meta.dirname, '../../dist');
  const dockerfile = readFileSync(join(import.meta.dirname, '../../hub/Dockerfile'), 'utf8');
  const copied = [...dockerfile.matchAll(/\/build\/dist\/([\w.-]+)/g)].map(([, name = '']) => name);
  const loadedBy = (name: string) =>
    [...readFileSync(join(dist, name), 'utf8').matchAll(/import\("\.\/([\w-]+\.mjs)"\)/g)].map(
      ([, loaded = '']) => loaded,
    );
  const loaded = copied.filter((name) => name.endsWith('.mjs')).flatMap(loadedBy);

  expect(loaded).toContain('channel-schemas.mjs');
  expect(loaded.filter((name) => !copied.includes(name))).toEqual([]);
});
