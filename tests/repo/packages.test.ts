/** The packages that are published say of themselves what the ecosystem expects, and all of them the same. */

import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { documentPath } from '../support/repo/documents.ts';

const manifestOf = (path: string) => JSON.parse(readFileSync(documentPath(path), 'utf8'));
const root = manifestOf('package.json');
const FOLDERS = globSync('packages/*/package.json', { cwd: documentPath('') }).map((path) =>
  basename(dirname(path)),
);

test('the published packages are found', () => {
  expect(FOLDERS.sort()).toEqual(['cli', 'client', 'producer', 'stack', 'testing']);
});

test.each(FOLDERS)('@doorbell/%s has the version, licence and repository of package.json', (folder) => {
  expect(manifestOf(`packages/${folder}/package.json`)).toMatchObject({
    name: `@doorbell/${folder}`,
    version: root.version,
    license: root.license,
    repository: { ...root.repository, directory: `packages/${folder}` },
    engines: { node: '>=20' },
    publishConfig: { access: 'public' },
    type: 'module',
  });
});

test.each(FOLDERS)('installing @doorbell/%s installs nothing else', (folder) => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifestOf(
    `packages/${folder}/package.json`,
  );

  expect(dependencies).toBeUndefined();
  const peers = Object.keys(peerDependencies ?? {});
  expect(peers.filter((peer) => !peerDependenciesMeta?.[peer]?.optional)).toEqual([]);
});
