/** The texts that go with the bundles, because their packages' licences ask for that. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { licenceTexts, packagesIn } from '../../../local/bundle/third-party.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'doorbell-licences-'));
});

afterEach(() => rm(root, { recursive: true }));

async function install(folder: string, manifest: object, files: Readonly<Record<string, string>> = {}) {
  await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, folder, 'package.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, folder, name), text);
}

/** What esbuild says of one output: the bytes that it has of each file. */
function metafile(inputs: Readonly<Record<string, number>>): Metafile {
  const parts = Object.entries(inputs).map(([file, bytesInOutput]) => [file, { bytesInOutput }]);
  const output = { bytes: 1, inputs: Object.fromEntries(parts), imports: [], exports: [] };
  return { inputs: {}, outputs: { 'out.js': output } };
}

test('a bundle holds the packages of whose files it has bytes, nested ones too, and not our own code', () => {
  const made = metafile({
    'lib/errors.ts': 10,
    'node_modules/hono/dist/hono.js': 10,
    'node_modules/hono/dist/context.js': 10,
    'node_modules/@aws-sdk/core/dist/index.js': 10,
    'node_modules/a/node_modules/@b/c/index.js': 10,
    'node_modules/valibot/dist/index.js': 0,
  });

  expect(packagesIn(made)).toEqual([
    'node_modules/@aws-sdk/core',
    'node_modules/a/node_modules/@b/c',
    'node_modules/hono',
  ]);
});

test('each package is named with its version, its licence, its text and its notice, each once', async () => {
  await install(
    'node_modules/one',
    { name: 'one', version: '1.2.3', license: 'Apache-2.0' },
    {
      'LICENSE.md': 'All of it.\n',
      NOTICE: 'Made by One.',
      'licenses.js': 'no text',
    },
  );

  const texts = await licenceTexts(['node_modules/one', 'node_modules/one'], root);

  expect(texts.split('one 1.2.3')).toHaveLength(2);
  expect(texts).toContain('Licence: Apache-2.0\n\nAll of it.\n\nMade by One.');
  expect(texts).not.toContain('no text');
});

test('packages that came with the same text stand above it together', async () => {
  const licence = { LICENSE: 'All of it.' };
  await install('node_modules/one', { name: 'one', version: '1.0.0', license: 'MIT' }, licence);
  await install('node_modules/two', { name: 'two', version: '2.0.0', license: 'MIT' }, licence);

  expect(await licenceTexts(['node_modules/two', 'node_modules/one'], root)).toContain(
    'one 1.0.0\ntwo 2.0.0\n\nLicence: MIT\n\nAll of it.\n',
  );
});

test.each([
  [{ license: 'MIT-0' }, 'Licence: MIT-0'],
  [{ license: { type: 'MIT' } }, 'Licence: MIT'],
  [{ licenses: [{ type: 'ISC' }] }, 'Licence: ISC'],
  [{}, 'Licence: none is stated'],
])('a package without a text is named with what its manifest states: %j', async (stated, expected) => {
  await install('node_modules/bare', { name: 'bare', version: '1.0.0', ...stated });

  expect(await licenceTexts(['node_modules/bare'], root)).toContain(`bare 1.0.0\n\n${expected}\n`);
});
