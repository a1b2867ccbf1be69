/** The packaged template before the rules that AWS and others publish: cfn-lint, which brings CloudFormation's resource schemas, and checkov. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decideConditions } from '../../local/serverless/template.ts';
import { packageInto, type Template, templateIn } from '../support/repo/template.ts';
import { lint, NOTHING } from './cfn-lint.ts';
import { COMBINATIONS } from './combinations.ts';
import { judge } from './judge.ts';

const exec = promisify(execFile);
/** Two in which all that can be deployed exists. */
const REGIONS = ['us-east-1', 'eu-central-1'];

interface Answers {
  readonly [check: string]: { readonly of: readonly string[]; readonly answer: string };
}

interface Finding {
  readonly check_id: string;
  readonly resource: string;
  readonly file_path: string;
}

interface Report {
  readonly results: {
    readonly passed_checks: readonly Finding[];
    readonly failed_checks: readonly Finding[];
  };
}

const cfnLint = await judge('cfn-lint');
const checkov = await judge('checkov');

let folder = '';
/** By combination: with its conditions, and as a file without them. */
const templates = new Map<string, { readonly whole: Template; readonly file: string }>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-judged-'));
  // One after the other: each builds into the same dist/. What the plugin does without `keepConditions` is done here, so that each is packaged once.
  for (const [name, parameters] of Object.entries(COMBINATIONS)) {
    const target = join(folder, 'package');
    await packageInto(target, { ...parameters, keepConditions: 'true' }, {});
    const whole = await templateIn(target);
    const file = join(folder, `${templates.size}.json`);
    await writeFile(file, JSON.stringify(decideConditions(whole), null, 2));
    templates.set(name, { whole, file });
  }
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('each condition of serverless.yml holds in one of the judged templates and not in another', () => {
  const ways = new Map<string, Set<boolean>>();
  for (const { whole } of templates.values()) {
    for (const name of Object.keys(whole.Conditions)) {
      const Resources = { probe: { Type: 'Probe', Condition: name } };
      const isMade = 'probe' in decideConditions({ ...whole, Resources, Outputs: {} }).Resources;
      ways.set(name, (ways.get(name) ?? new Set()).add(isMade));
    }
  }

  expect(ways.size).toBeGreaterThan(0);
  for (const [name, both] of ways) expect([...both].sort(), name).toEqual([false, true]);
});

describe.skipIf(cfnLint.missing)(`cfn-lint${cfnLint.why}`, () => {
  test('has neither an error nor a warning to say of any template', async () => {
    const files = [...templates.values()].map(({ file }) => file);

    expect(await lint(cfnLint, ['--regions', ...REGIONS, '--template', ...files])).toEqual(NOTHING);
  });

  test('says what is wrong with a template that is wrong', async () => {
    const file = join(folder, 'wrong.json');
    const Resources = { Queue: { Type: 'AWS::SQS::Queue', Properties: { Nonsense: { Ref: 'Nothing' } } } };
    await writeFile(file, JSON.stringify({ Resources }));

    const { code, stdout } = await lint(cfnLint, ['--regions', ...REGIONS, '--template', file]);

    expect(code).toBeGreaterThan(0);
    expect(stdout).toMatch(/E3002.*Nonsense|Nonsense.*E3002/s);
  });
});

describe.skipIf(checkov.missing)(`checkov${checkov.why}`, () => {
  test('finds what has an answer, and nothing else', async () => {
    const answers: Answers = JSON.parse(await readFile(join(import.meta.dirname, 'checkov.json'), 'utf8'));
    const { stdout } = await exec(
      checkov.program('checkov'),
      [
        ...['--framework', 'cloudformation', '--output', 'json', '--soft-fail'],
        ...['--file', ...[...templates.values()].map(({ file }) => file)],
      ],
      { maxBuffer: 256 * 1024 * 1024 },
    );
    const { results }: Report = JSON.parse(stdout);
    const found = results.failed_checks.map(
      ({ check_id, resource }) => `${check_id} ${resource.split('.').at(-1)}`,
    );
    const answered = Object.entries(answers).flatMap(([check, { of }]) => of.map((id) => `${check} ${id}`));

    // It has looked at each of them.
    const files = new Set(results.passed_checks.map(({ file_path }) => file_path));
    expect(files.size).toBe(templates.size);
    expect([...new Set(found)].sort()).toEqual(answered.sort());
  });
});
