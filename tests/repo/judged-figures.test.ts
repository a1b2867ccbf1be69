/** docs/evidence/aws-rules.md has the figures of what judges here: the versions that are pinned, the combinations, the answers to checkov. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { COMBINATIONS } from '../judges/combinations.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const page = read('docs/evidence/aws-rules.md');

/** The cells of the table's row that begins with the tool. */
function rowOf(tool: string): readonly string[] {
  const line = page.split('\n').find((one) => one.startsWith(`| [${tool}]`)) ?? '';
  return line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim());
}

/** Of a requirements file, which pins each package with `==`. */
function pythonVersion(file: string, name: string): string | undefined {
  const line = read(file)
    .split('\n')
    .find((one) => one.toLowerCase().startsWith(`${name}==`));
  return line?.split('==')[1]?.trim();
}

function npmVersion(lock: string, name: string): string | undefined {
  const { packages } = JSON.parse(read(lock)) as {
    readonly packages: Readonly<Record<string, { readonly version?: string }>>;
  };
  return packages[`node_modules/${name}`]?.version;
}

const TOOLS = 'tests/judges/tools';

test.each([
  ['cfn-lint', [pythonVersion(`${TOOLS}/cfn-lint.txt`, 'cfn-lint')]],
  ['checkov', [pythonVersion(`${TOOLS}/checkov.txt`, 'checkov')]],
  ['IAM simulator', [npmVersion('package-lock.json', '@cloud-copilot/iam-simulate')]],
  ['aws-lambda-ric', [npmVersion('local/lambda/ric/package-lock.json', 'aws-lambda-ric')]],
  ['schemathesis', [pythonVersion(`${TOOLS}/schemathesis.txt`, 'schemathesis')]],
  ['spectral', [npmVersion('tests/judges/npm/package-lock.json', '@stoplight/spectral-cli')]],
  ["AsyncAPI's parser", [npmVersion('tests/judges/npm/package-lock.json', '@asyncapi/parser')]],
  ['CDK', [npmVersion('tests/judges/cdk/package-lock.json', 'aws-cdk-lib')]],
  ["CycloneDX's validator", [pythonVersion(`${TOOLS}/cyclonedx.txt`, 'cyclonedx-python-lib')]],
  ['boto3', ['boto3', 'awscli'].map((name) => pythonVersion(`${TOOLS}/aws-clients.txt`, name))],
  ['moto', [pythonVersion('tests/support/second/requirements.txt', 'moto')]],
  [
    'ElasticMQ',
    [/elasticmq-server_3<\/artifactId>\s*<version>(.+)<\//.exec(read('tests/support/second/pom.xml'))?.[1]],
  ],
])('the version of %s is the one that is pinned', (tool, pinned) => {
  expect(pinned).not.toContain(undefined);
  expect(rowOf(tool)[1]).toBe(pinned.join(', '));
});

test('both that moto is pinned for have one version of it', () => {
  const second = pythonVersion('tests/support/second/requirements.txt', 'moto');

  expect(pythonVersion(`${TOOLS}/moto.txt`, 'moto')).toBe(second);
});

test('every tool of the table is held here', () => {
  const tools = page.split('\n').filter((line) => /^\| \[[^\]]+\]\(https:/.test(line));

  expect(tools).toHaveLength(12);
});

test('cfn-lint judges as many combinations as the page says, and the page names each', () => {
  expect(rowOf('cfn-lint')[3]).toContain(` in ${Object.keys(COMBINATIONS).length} combinations `);
  const listed = page.split('`tests/judges/combinations.ts` lists')[1]?.split('\n\n')[1] ?? '';
  const names = listed.split(/\n|; /).map((one) => one.replace(/^- /, ''));
  expect(names.sort()).toEqual(Object.keys(COMBINATIONS).sort());
});

test('checkov has as many findings, lines and answers as the page says', () => {
  const lines = Object.values(
    JSON.parse(read('tests/judges/checkov.json')) as Record<string, { readonly of: readonly string[] }>,
  );
  const answers = lines.reduce((sum, { of }) => sum + of.length, 0);
  const [, , , , findings, mended, answered] = rowOf('checkov');

  expect(answered).toBe(`${answers}, in ${lines.length} lines`);
  expect(Number(findings)).toBe(Number(mended) + answers);
});

test('the second pair of emulators found what docs/evidence/emulators.md lists', () => {
  const faults = read('docs/evidence/emulators.md').split('faults of Doorbell. All are mended')[1] ?? '';
  const listed = faults.split('\n').filter((line) => line.startsWith('- ')).length;
  const found = ['moto', 'ElasticMQ'].map((tool) => Number(rowOf(tool)[4]));

  expect(listed).toBeGreaterThan(0);
  expect(found.reduce((sum, count) => sum + count, 0)).toBe(listed);
});

test('the last whole run on the second ground is told once', () => {
  const told = (path: string) => read(path).match(/[\d,]+ (?:tests )?passed, [\d,]+ failed/g) ?? [];

  expect(told('docs/evidence/emulators.md')).toHaveLength(1);
  expect(told('docs/evidence/aws-rules.md')).toEqual([]);
});

/** Of an event for a function; base64 is four bytes for three. */
const LAMBDA_BYTES = 6 * 1024 * 1024;

test('the row for 6 MB sends what a function cannot be given, in lines and a body that Doorbell would take', () => {
  const [, row = ''] = /(yes [^`]*large\/events)/.exec(page) ?? [];
  const [characters, lines] = [/head -c (\d+) \/dev/, /head -n (\d+) /].map((one) =>
    Number(one.exec(row)?.[1]),
  );
  // In quotes, and with its end.
  const line = (characters ?? Number.NaN) + 3;
  const whole = line * (lines ?? Number.NaN);

  expect(line).toBeLessThan(LIMITS.eventBytes);
  expect(whole).toBeLessThan(LIMITS.bodyBytes);
  expect(Math.ceil(whole / 3) * 4).toBeGreaterThan(LAMBDA_BYTES);
});

test('the list for somebody with an account takes as long as the page says', () => {
  const list = page.split('## What only an account could show')[1]?.split('\n## ')[0] ?? '';
  const minutes = [...list.matchAll(/^\| (\d+) \|/gm)].reduce((sum, [, each]) => sum + Number(each), 0);

  expect(minutes).toBeGreaterThan(0);
  expect(list).toContain(`in ${minutes} minutes`);
});
