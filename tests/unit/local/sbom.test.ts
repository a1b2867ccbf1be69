/** The bill of materials that lies in each package: itself, and what others wrote in it. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sbomOf } from '../../../local/bundle/sbom.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'doorbell-sbom-'));
});
afterEach(() => rm(root, { recursive: true }));

async function install(folder: string, manifest: object): Promise<string> {
  await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}

test('a bill of materials names each package once, with its version, its licence and its address, in one order', async () => {
  const own = join(
    root,
    await install('own', { name: '@doorbell/cli', version: '0.1.0', license: 'Apache-2.0' }),
  );
  const folders = [
    await install('node_modules/zod', { name: 'zod', version: '4.0.0', licenses: [{ type: 'MIT' }] }),
    await install('node_modules/@aws/core', {
      name: '@aws/core',
      version: '3.1.0',
      license: 'MIT OR Apache-2.0',
    }),
    await install('node_modules/a/node_modules/zod', { name: 'zod', version: '4.0.0', license: 'MIT' }),
    await install('node_modules/bare', { name: 'bare', version: '1.0.0' }),
  ];

  const made = await sbomOf(own, folders, root);

  expect(made).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
  expect(made.metadata).toEqual({
    component: {
      type: 'library',
      'bom-ref': 'pkg:npm/%40doorbell/cli@0.1.0',
      name: '@doorbell/cli',
      version: '0.1.0',
      licenses: [{ expression: 'Apache-2.0' }],
      purl: 'pkg:npm/%40doorbell/cli@0.1.0',
    },
  });
  const components = made.components as ReadonlyArray<{ purl: string; licenses?: unknown }>;
  expect(components.map(({ purl, licenses }) => [purl, licenses])).toEqual([
    ['pkg:npm/%40aws/core@3.1.0', [{ expression: 'MIT OR Apache-2.0' }]],
    ['pkg:npm/bare@1.0.0', undefined],
    ['pkg:npm/zod@4.0.0', [{ expression: 'MIT' }]],
  ]);
  // The same whenever it is made, in whatever order its files came.
  expect(await sbomOf(own, folders.toReversed(), root)).toEqual(made);
});
