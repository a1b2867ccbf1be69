/**
 * What tests fetch at their own time is under licences that docs/reference/licences.md allows. Nothing of it is shipped; but whoever runs the tests
 * has it on his machine. Only what is there is looked at.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SERVICE_DIR } from '../../local/folder.ts';
import { type Fetched, pythonTools } from '../support/tools/fetched.ts';

/** By name, wherever a licence is written in one of its many ways. */
const ALLOWED =
  /^(?:0BSD|Apache|BlueOak|BSD|CC0|CNRI|ISC|MIT|Mozilla Public License 2|MPL-2|PSF|Python|The Unlicense|Unlicense|Zlib)/;
/** Packages that offer others too, or hold a file under another: why that is no matter. */
const KNOWN: Readonly<Record<string, string>> = {
  docutils: 'the file under the GPL is a mode for Emacs',
  'junit-xml': 'it says "freely distributable" beside MIT',
};

const REQUIREMENTS = [
  ...readdirSync(join(import.meta.dirname, 'tools'))
    .filter((name) => name.endsWith('.txt'))
    .map((name) => join('tests/judges/tools', name)),
  'tests/support/second/requirements.txt',
];
const FOLDERS = ['tests/judges/npm', 'tests/judges/cdk', 'tests/packages/tools', 'local/lambda/ric'];

interface Licensed {
  readonly name: string;
  /** Each of them may be chosen, or all hold: nobody writes that the same way. */
  readonly licences: readonly string[];
}

/** As its metadata has it: the expression, or the classifiers, or the first line of the text. */
const PYTHON = `
import importlib.metadata, json
def licences(of):
    if of.get("License-Expression"): return [of["License-Expression"]]
    kinds = [line.split(" :: ")[-1] for line in of.get_all("Classifier") or [] if line.startswith("License :: ")]
    return [kind for kind in kinds if kind != "OSI Approved"] or [(of.get("License") or "none").split("\\n")[0]]
print(json.dumps([{"name": one.metadata["Name"], "licences": licences(one.metadata)} for one in importlib.metadata.distributions()]))
`;

function pythonPackages(fetched: Fetched): readonly Licensed[] {
  if ('missing' in fetched) return [];
  return JSON.parse(execFileSync(join(fetched.path, 'python'), ['-c', PYTHON], { encoding: 'utf8' }));
}

/** Those in the folder's node_modules, and in theirs. */
function npmPackages(folder: string): readonly Licensed[] {
  const modules = join(folder, 'node_modules');
  if (!existsSync(modules)) return [];
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
  const scoped = names.flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => join(name, inner)) : [name],
  );
  return scoped.flatMap((name) => {
    const own = join(modules, name);
    const manifest = join(own, 'package.json');
    if (!existsSync(manifest)) return [];
    const { license } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly license?: unknown };
    return [{ name, licences: [String(license ?? 'none')] }, ...npmPackages(own)];
  });
}

/** A choice may be made; a conjunction must be borne whole. */
function isAllowed(licence: string): boolean {
  const alone = licence.replace(/^\((.*)\)$/, '$1');
  return alone.split(' OR ').some((one) => one.split(' AND ').every((part) => ALLOWED.test(part.trim())));
}

function strange(packages: readonly Licensed[]): readonly string[] {
  return packages
    .filter(({ name, licences }) => !(name in KNOWN || licences.every(isAllowed)))
    .map(({ name, licences }) => `${name}: ${licences.join(', ')}`);
}

describe.each(REQUIREMENTS)('%s', (file) => {
  test('has packages under known licences only', async () => {
    expect(strange(pythonPackages(await pythonTools(join(SERVICE_DIR, file))))).toEqual([]);
  });
});

describe.each(FOLDERS)('%s', (folder) => {
  const packages = npmPackages(join(SERVICE_DIR, folder));

  test.skipIf(packages.length === 0)('has packages under known licences only', () => {
    expect(strange(packages)).toEqual([]);
  });
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-or-later)', true],
  ['Apache-2.0 AND CNRI-Python', true],
  ['MIT AND GPL-2.0', false],
  ['GNU General Public License (GPL)', false],
  ['none', false],
])('a package under %s is told of, or not', (licence, allowed) => {
  expect(strange([{ name: 'one', licences: [licence] }]).length === 0).toBe(allowed);
});
