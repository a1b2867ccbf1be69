/** `@doorbell/stack`: its template before cfn-lint, and the package built twice. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildStack } from '../../local/bundle/stack.ts';
import { judge } from './judge.ts';

const cfnLint = await judge('cfn-lint');

let folder = '';
const [first, second] = ['first', 'second'];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-stack-'));
  for (const name of [first, second]) {
    await mkdir(join(folder, name));
    await buildStack(join(folder, name));
  }
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function digests(name: string): Promise<readonly string[]> {
  const files = (await readdir(join(folder, name))).sort();
  return Promise.all(
    files.map(async (file) => {
      const contents = await readFile(join(folder, name, file));
      return `${file} ${createHash('sha256').update(contents).digest('hex')}`;
    }),
  );
}

test('is the same byte for byte when it is built again, and holds the code of every function', async () => {
  const built = await digests(first);

  expect(await digests(second)).toEqual(built);
  expect(built.map((line) => line.split(' ')[0])).toEqual([
    'ingest.zip',
    'page.zip',
    'poll.zip',
    'producer.zip',
    'publish.zip',
    'sweep.zip',
    'template.json',
  ]);
});

test('the template of a deploy names no bucket of the framework and leaves no marker', async () => {
  const text = await readFile(join(folder, first, 'template.json'), 'utf8');

  expect(text).not.toMatch(/ServerlessDeploymentBucket|zz[A-Za-z]+zz/);
  // What CloudFormation takes without a bucket; larger ones are uploaded first.
  expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
});

describe.skipIf(cfnLint.missing)(`cfn-lint${cfnLint.why}`, () => {
  test('has neither an error nor a warning to say of its template', async () => {
    const { stdout } = await promisify(execFile)(cfnLint.program('cfn-lint'), [
      ...['--regions', 'us-east-1', 'eu-central-1'],
      // No subnet and no group, which is the default: the branch that would take them apart is then not taken.
      ...['--ignore-checks', 'W1033'],
      ...['--template', join(folder, first, 'template.json')],
    ]).catch((error: { readonly stdout: string }) => error);

    expect(stdout).toBe('');
  });
});
