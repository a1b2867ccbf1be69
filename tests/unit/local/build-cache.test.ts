/** Whether dist/ has to be built anew. */

import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { builtOf, builtOrSay, recordBuild, SOURCES, sourcesOf } from '../../../local/bundle/build-cache.ts';

const BUNDLES = [{ name: 'client.js', bytes: 1, gzippedBytes: 1, packages: ['node_modules/one'] }];
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'doorbell-built-'));
  for (const source of SOURCES) await write(source.includes('.') ? source : join(source, 'file.ts'));
  await write('dist/client.js');
  await recordBuild(await sourcesOf(root), BUNDLES, root);
});

afterEach(() => rm(root, { recursive: true }));

async function write(name: string, text = ''): Promise<void> {
  const path = join(root, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
}

const built = async () => builtOf(await sourcesOf(root), root);

test('what was built of these very sources need not be built again', async () => {
  expect(await built()).toEqual(BUNDLES);
});

test.each([
  { what: 'a source has changed', change: () => write('packages/client/src/file.ts', 'other') },
  { what: 'a source has another time', change: () => utimes(join(root, 'lib/file.ts'), 1, 1) },
  { what: 'a source has come', change: () => write('dashboard/parts/other.ts') },
  { what: 'a source has gone', change: () => rm(join(root, 'lib/file.ts')) },
  { what: 'a bundle is missing', change: () => rm(join(root, 'dist/client.js')) },
  { what: 'a build was cut short', change: () => write('dist/built.json', '{"sour') },
])('all is built again when $what', async ({ change }) => {
  await change();

  expect(await built()).toBeUndefined();
});

test('what npm installs below a source is none, so an installation that goes on beside it builds nothing again', async () => {
  await write('local/lambda/ric/node_modules/some/index.js');

  expect(await built()).toEqual(BUNDLES);
});

test('whoever waits for a build is told so, and nobody when there is none', async () => {
  const said: string[] = [];
  const ask = async () => builtOrSay(await sourcesOf(root), root, (line) => said.push(line));

  expect(await ask()).toEqual(BUNDLES);
  expect(said).toEqual([]);
  await write('packages/client/src/file.ts', 'other');
  expect(await ask()).toBeUndefined();
  expect(said).toEqual([expect.stringMatching(/^Building dist/)]);
});
