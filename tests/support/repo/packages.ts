/** The packages that are installed: which depend on which, under which licence, with which install scripts. */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documentPath } from './documents.ts';

export interface Package {
  readonly name: string;
  readonly license: string;
  /** Scripts that npm would run when it installs the package. */
  readonly installScripts: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly license?: string | { readonly type?: string };
  readonly licenses?: ReadonlyArray<{ readonly type?: string }>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Root extends Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

export const root = manifestIn<Root>(documentPath('.'));

/** Every package that is named, besides those of the bundles: those of the root, and those that only tests, benchmarks and documents need. */
export const development: Readonly<Record<string, string>> = {
  ...root.devDependencies,
  ...manifestIn<Root>(documentPath('tests')).devDependencies,
};

/** Licences that ask for no more than to be named. */
export const ALLOWED_LICENSES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];

/** What the build puts into the page; everything else in `devDependencies` is in no bundle. */
export const IN_THE_PAGE = ['uplot'];

/** What the functions, the client and the page are made of: everything that `dependencies` needs, and the page. In the order of their names, each once. */
export function productionPackages(): readonly Package[] {
  return reached([...Object.keys(root.dependencies ?? {}), ...IN_THE_PAGE]);
}

/** What is needed to build and test, under a licence that is not among the allowed ones. It is in no bundle. */
export function developmentPackagesToName(): readonly Package[] {
  return reached(Object.keys(development)).filter(({ license }) => !isAllowed(license));
}

/** `A OR B` leaves the choice. */
export function isAllowed(license: string): boolean {
  return license
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((one) => ALLOWED_LICENSES.includes(one));
}

/** Everything in node_modules, at any depth. */
export function installedPackages(): readonly Package[] {
  const found = globSync('node_modules/**/package.json', { cwd: documentPath('.') });
  const folders = found
    .map(dirname)
    .filter((path) => /(?:^|[\\/])node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+$/.test(path));
  return folders.map((folder) => packageIn(documentPath(folder)));
}

function reached(names: readonly string[]): readonly Package[] {
  const folders = new Set<string>();
  const visit = (name: string, from: string) => {
    const folder = resolvedFrom(from, name);
    if (folder === undefined || folders.has(folder)) return;
    folders.add(folder);
    const { dependencies, optionalDependencies } = manifestIn(folder);
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) visit(next, folder);
  };
  for (const name of names) visit(name, documentPath('.'));
  const packages = new Map([...folders].map(packageIn).map((one) => [one.name, one]));
  return [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As Node resolves it; undefined for an optional package of another platform. */
function resolvedFrom(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (at === dirname(at)) return undefined;
  }
}

function packageIn(folder: string): Package {
  const { name, license, licenses, scripts = {} } = manifestIn(folder);
  const installs = ['preinstall', 'install', 'postinstall'].filter((script) => scripts[script] !== undefined);
  // npm builds such a package although it names no script.
  if (!scripts.install && existsSync(join(folder, 'binding.gyp'))) installs.push('binding.gyp');
  const named = typeof license === 'string' ? license : (license?.type ?? licenses?.[0]?.type);
  return { name, license: named ?? 'none stated', installScripts: installs };
}

function manifestIn<T extends Manifest>(folder: string): T {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as T;
}
