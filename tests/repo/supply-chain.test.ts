/** What is installed is what the lockfile names, runs no script unasked, and may be used: docs/reference/licences.md names what under which licence. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentPath, sectionOf } from '../support/repo/documents.ts';
import { licenceList } from '../support/repo/licence-list.ts';
import {
  development,
  developmentPackagesToName,
  installedPackages,
  isAllowed,
  productionPackages,
  root,
} from '../support/repo/packages.ts';

interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

/** Where the public registry has a package. npm takes such an address for one of whatever registry it is set to. */
function addressOf(path: string, { name, version }: Locked): string {
  // One that is installed under another name says its own.
  const own = name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return `https://registry.npmjs.org/${own}/-/${own.slice(own.indexOf('/') + 1)}-${version}.tgz`;
}

test('the lockfile has a strong hash of every package, and its address at the public registry, as npm installs without asking for versions', () => {
  const lockfile = JSON.parse(readFileSync(documentPath('package-lock.json'), 'utf8')) as {
    readonly lockfileVersion: number;
    readonly packages: Readonly<Record<string, Locked>>;
  };
  // The root and the packages of this repository, which npm links.
  const isOwn = ([path, { resolved, link }]: [string, Locked]) =>
    path === '' || /^(packages\/[a-z]+|tests)$/.test(link ? (resolved ?? '') : path);
  const packages = Object.entries(lockfile.packages).filter((one) => !isOwn(one));
  const unsafe = packages.filter(([path, locked]) => {
    const isHashed = /^sha512-[A-Za-z0-9+/]{86}==$/.test(locked.integrity ?? '');
    return locked.link || !isHashed || locked.resolved !== addressOf(path, locked);
  });

  expect(lockfile.lockfileVersion).toBe(3);
  expect(packages.length).toBeGreaterThan(100);
  expect(unsafe.map(([path]) => path)).toEqual([]);
});

test('every dependency is a version of the registry, none a file, an address or a repository', () => {
  const wanted = Object.entries({ ...root.dependencies, ...development });

  expect(wanted.filter(([, range]) => !/^(?:npm:[a-z0-9-]+@)?[~^]?\d+\.\d+\.\d+$/.test(range))).toEqual([]);
});

test('for every package with an install script package.json says whether npm may run it', () => {
  const scripted = installedPackages().filter(({ installScripts }) => installScripts.length > 0);

  expect([...new Set(scripted.map(({ name }) => name))].sort()).toEqual(
    Object.keys(root.allowScripts).sort(),
  );
  expect(Object.keys(root.allowScripts).filter((name) => root.allowScripts[name])).toEqual([
    'node',
    'esbuild',
  ]);
});

test('no package that is in a bundle has an install script', () => {
  expect(productionPackages().filter(({ installScripts }) => installScripts.length > 0)).toEqual([]);
});

test('every package that is in a bundle has a licence that asks for no more than to be named', () => {
  const packages = productionPackages();

  expect(packages.length).toBeGreaterThan(20);
  expect(packages.filter(({ license }) => !isAllowed(license))).toEqual([]);
});

test('docs/reference/licences.md names them, and what is used in development under other licences (npm run docs)', () => {
  expect(sectionOf('docs/reference/licences.md', 'production')).toBe(licenceList(productionPackages()));
  expect(sectionOf('docs/reference/licences.md', 'development')).toBe(
    licenceList(developmentPackagesToName()),
  );
});

test('package.json has at most 40 scripts, and none that only sets up for another', () => {
  const names = Object.keys(root.scripts ?? {});

  expect(names.length).toBeLessThanOrEqual(40);
  expect(names.filter((name) => name.startsWith('pre') && names.includes(name.slice('pre'.length)))).toEqual(
    [],
  );
});
