/**
 * What tests fetch at their own time is under licences that docs/reference/licences.md allows. Nothing of it is shipped; but whoever runs the tests
 * has it on his machine. What cannot be had is skipped, and a box in the output says so.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SERVICE_DIR } from '../../local/folder.ts';
import { javaTools, pythonTools } from '../support/tools/fetched.ts';
import { entriesOf } from '../support/tools/jars.ts';
import { npmJudge, tellMissing } from './judge.ts';

/** By name, wherever a licence is written in one of its many ways. */
const ALLOWED =
  /^(?:0BSD|Apache|https?:\/\/www\.apache\.org\/licenses\/LICENSE-2\.0|http:\/\/www\.opensource\.org\/licenses\/mit-license|BlueOak|BSD|CC0|CNRI|ISC|MIT|Mozilla Public License 2|MPL-2|PSF|Python|The Unlicense|Unlicense|Zlib)/;
/** Packages that offer others too, or hold a file under another: why that is no matter. */
const KNOWN: Readonly<Record<string, string>> = {
  docutils: 'the file under the GPL is a mode for Emacs',
  h2: 'it may be had under the MPL 2.0',
  'jakarta.transaction-api': 'under the EPL 2.0, and unchanged',
  'logback-classic': 'under the EPL 1.0, and unchanged',
  'logback-core': 'under the EPL 1.0, and unchanged',
  'junit-xml': 'it says "freely distributable" beside MIT',
};

const REQUIREMENTS = [
  ...readdirSync(join(import.meta.dirname, 'tools'))
    .filter((name) => name.endsWith('.txt'))
    .map((name) => join('tests/judges/tools', name)),
  'tests/support/second/requirements.txt',
];
/** Each is installed here when it is not there yet. */
const INSTALLED = [
  await npmJudge('npm', '@stoplight/spectral-cli'),
  await npmJudge('cdk', 'aws-cdk-lib'),
].map(({ folder }) => folder);
/** Others install them, in ways of their own: they build, or choose by the machine. */
const OTHERS = ['tests/packages/tools', 'local/lambda/ric'].map((folder) => join(SERVICE_DIR, folder));

/** What jars without a licence inside are under, by the pom that Maven Central has beside each. */
const BY_POM: Readonly<Record<string, string>> = {
  'dotty-cps-async_3': 'Apache-2.0',
  'elasticmq-core_3': 'Apache-2.0',
  'elasticmq-persistence-core_3': 'Apache-2.0',
  'elasticmq-persistence-file_3': 'Apache-2.0',
  'elasticmq-persistence-sql_3': 'Apache-2.0',
  'elasticmq-rest-sqs_3': 'Apache-2.0',
  'elasticmq-server_3': 'Apache-2.0',
  'pekko-http-core_3': 'Apache-2.0',
  'pekko-http-spray-json_3': 'Apache-2.0',
  'pekko-http_3': 'Apache-2.0',
  'pekko-parsing_3': 'Apache-2.0',
  'pureconfig-core_3': 'MPL-2.0',
  'reactive-streams': 'MIT-0',
  'scala-collection-compat_3': 'Apache-2.0',
  'scala-library': 'Apache-2.0',
  'scala3-library_3': 'Apache-2.0',
  'scalikejdbc-core_3': 'Apache-2.0',
  'scalikejdbc-interpolation-macro_3': 'Apache-2.0',
  'scalikejdbc-interpolation_3': 'Apache-2.0',
  scalikejdbc_3: 'Apache-2.0',
  'shim-scala-async-dotty-cps-async_3': 'Apache-2.0',
  'spray-json_3': 'Apache-2.0',
};

const page = readFileSync(join(SERVICE_DIR, 'docs/reference/licences.md'), 'utf8');

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

function pythonPackages(path: string): readonly Licensed[] {
  return JSON.parse(execFileSync(join(path, 'python'), ['-c', PYTHON], { encoding: 'utf8' }));
}

/** By its own pom, or by its manifest, or by the list above. */
function jar(file: string): Licensed {
  const name = basename(file).replace(/-\d[\w.-]*\.jar$/, '');
  const entries = entriesOf(file, /^META-INF\/(?:maven\/.+\/pom\.xml|MANIFEST\.MF)$/);
  const [poms, manifests] = [/pom\.xml$/, /MF$/].map((kind) =>
    entries.filter((entry) => kind.test(entry.name)).map(({ text }) => text),
  );
  const named = [...(poms ?? []).join('').matchAll(/<license>[\s\S]*?<name>(.*?)<\/name>/g)].map(
    ([, one]) => `${one}`,
  );
  if (named.length > 0) return { name, licences: named };
  const bundle = /^Bundle-License: (.*)$/m.exec((manifests ?? []).join('').replace(/\r?\n /g, ''))?.[1];
  return { name, licences: [bundle?.trim() ?? BY_POM[name] ?? 'none'] };
}

interface Manifest {
  readonly license?: unknown;
  /** As npm had it before. */
  readonly licenses?: readonly { readonly type: string }[];
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
    const { license, licenses } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
    const older = licenses?.map(({ type }) => type).join(' AND ');
    return [{ name, licences: [String(license ?? older ?? 'none')] }, ...npmPackages(own)];
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

for (const file of REQUIREMENTS) {
  const fetched = await pythonTools(join(SERVICE_DIR, file));
  if ('missing' in fetched) tellMissing(file, fetched.missing);

  describe.skipIf('missing' in fetched)(file, () => {
    test('has packages under known licences only, as many as the page says', () => {
      const packages = 'path' in fetched ? pythonPackages(fetched.path) : [];

      expect(strange(packages)).toEqual([]);
      expect(page).toMatch(new RegExp(`^\\| .* \\| ${packages.length} \\| `, 'm'));
    });
  });
}

for (const folder of [...INSTALLED, ...OTHERS]) {
  const packages = npmPackages(folder);
  if (packages.length === 0) tellMissing(relative(SERVICE_DIR, folder), 'it is not installed');

  describe.skipIf(packages.length === 0)(relative(SERVICE_DIR, folder), () => {
    test('has packages under known licences only', () => {
      expect(strange(packages)).toEqual([]);
    });
  });
}

const pom = 'tests/support/second/pom.xml';
const jars = await javaTools(join(SERVICE_DIR, pom));
if ('missing' in jars) tellMissing(pom, jars.missing);

describe.skipIf('missing' in jars)(pom, () => {
  test('has jars under known licences only, as many as the page says', () => {
    const folder = dirname('path' in jars ? jars.path : '');
    const files = readdirSync(folder).filter((name) => name.endsWith('.jar'));

    expect(strange(files.map((name) => jar(join(folder, name))))).toEqual([]);
    expect(page).toContain(`| ${files.length} jars |`);
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
