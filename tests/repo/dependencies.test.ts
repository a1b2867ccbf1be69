/** Who may import whom. Read from the import lines themselves, so that a wrong one fails here and not in somebody's bundle. */

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = [
  'functions',
  'lib',
  'cli',
  'client',
  'dashboard',
  'local',
  'bench',
  'hub',
  'verify',
  'docs',
  'examples',
  'tests',
];

interface Import {
  readonly from: string;
  /** A path in the repository, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
  /** Loaded only when the program comes there. */
  readonly isDynamic: boolean;
}

const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }));
const imports = files.flatMap(importsOf);

function importsOf(from: string): Import[] {
  const source = readFileSync(join(ROOT, from), 'utf8');
  const lines = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...source.matchAll(lines)].map(([, type, named = '', dynamic]) => {
    const to = dynamic ?? named;
    const inside = to.startsWith('.') ? relative(ROOT, join(ROOT, dirname(from), to)) : to;
    return { from, to: inside, typeOnly: type !== undefined, isDynamic: dynamic !== undefined };
  });
}

const within = (folder: string) => (path: string) => path.startsWith(`${folder}/`);

/** Packages that a hub on one file does without. */
function isOfAws(name: string): boolean {
  return /^(@aws-sdk\/|dynalite|fauxqs|serverless)/.test(name);
}

function broken(rule: (one: Import) => boolean): string[] {
  return imports.filter((one) => !rule(one)).map(({ from, to }) => `${from} -> ${to}`);
}

test('there are imports to look at', () => {
  expect(imports.length).toBeGreaterThan(200);
  const composed = {
    from: 'lib/compose/base.ts',
    to: 'lib/aws/clients.ts',
    typeOnly: false,
    isDynamic: false,
  };
  expect(imports).toContainEqual(composed);
});

test('only lib/compose/base.ts knows lib/aws', () => {
  const inner = (from: string) =>
    within('lib')(from) && !within('lib/aws')(from) && from !== 'lib/compose/base.ts';

  expect(
    broken(({ from, to }) => !((inner(from) || within('functions')(from)) && within('lib/aws')(to))),
  ).toEqual([]);
});

test('only lib/compose/sqlite-hub.ts knows lib/sqlite, and lib/sqlite knows nothing of AWS', () => {
  const inner = (from: string) => within('lib')(from) && !within('lib/sqlite')(from);

  expect(
    broken(
      ({ from, to }) => !(inner(from) && from !== 'lib/compose/sqlite-hub.ts' && within('lib/sqlite')(to)),
    ),
  ).toEqual([]);
  expect(
    broken(({ from, to }) => !(within('lib/sqlite')(from) && (within('lib/aws')(to) || isOfAws(to)))),
  ).toEqual([]);
});

test.each(['local/hub.ts', 'local/hub-file.ts', 'hub/file.ts'])(
  '%s loads no AWS SDK, no emulator and no framework',
  (entry) => {
    const loaded = new Set([entry]);
    for (const file of loaded)
      for (const { from, to, typeOnly, isDynamic } of imports)
        if (from === file && !typeOnly && !isDynamic) loaded.add(to);

    expect(loaded.size).toBeGreaterThan(50);
    expect([...loaded].filter((one) => within('lib/aws')(one) || isOfAws(one))).toEqual([]);
  },
);

test('only lib/aws speaks to AWS; lib/compose/base.ts names its types', () => {
  const shipped = ['functions', 'lib', 'client', 'dashboard'];
  const allowed = ({ from, typeOnly }: Import) =>
    within('lib/aws')(from) || (from === 'lib/compose/base.ts' && typeOnly);

  expect(
    broken(
      (one) =>
        !shipped.some((folder) => within(folder)(one.from)) ||
        !one.to.startsWith('@aws-sdk/') ||
        allowed(one),
    ),
  ).toEqual([]);
});

test('the client imports itself and lib/protocol/doorbell.ts; its React entry imports React', () => {
  const allowed = ({ from, to }: Import) =>
    within('client')(to) ||
    to === 'lib/protocol/doorbell.ts' ||
    (from === 'client/react.ts' && to === 'react');

  expect(broken((one) => !within('client')(one.from) || allowed(one))).toEqual([]);
});

test('the dashboard imports itself, the client and lib/protocol/doorbell.ts; its charts import uPlot', () => {
  const allowed = ({ from, to }: Import) =>
    within('dashboard')(to) ||
    within('client')(to) ||
    to === 'lib/protocol/doorbell.ts' ||
    (from === 'dashboard/parts/plot.ts' && to === 'uplot');

  expect(broken((one) => !within('dashboard')(one.from) || allowed(one))).toEqual([]);
});

test('what the dashboard decides knows nothing of the page that shows it', () => {
  expect(
    broken(({ from, to }) => !within('dashboard/model')(from) || !within('dashboard/parts')(to)),
  ).toEqual([]);
});

test('the command line knows nothing of AWS', () => {
  const allowed = ({ from, to }: Import) =>
    within('cli')(to) ||
    within('client')(to) ||
    (within('lib')(to) && !within('lib/aws')(to) && to !== 'lib/compose/base.ts') ||
    ['commander', 'jose', 'package.json'].includes(to) ||
    (['cli/terminal.ts', 'cli/secret.ts', 'cli/running-server.ts'].includes(from) && to.startsWith('node:'));

  expect(broken((one) => !within('cli')(one.from) || allowed(one))).toEqual([]);
});

test('the checker knows a Doorbell by its protocol alone', () => {
  // `jose` signs the token for the server that the crash loop starts.
  const allowed = (to: string) =>
    within('verify')(to) || to.startsWith('node:') || ['lib/protocol/doorbell.ts', 'jose'].includes(to);

  expect(broken(({ from, to }) => !within('verify')(from) || allowed(to))).toEqual([]);
});

test('lib/protocol/doorbell.ts imports nothing', () => {
  expect(broken(({ from }) => from !== 'lib/protocol/doorbell.ts')).toEqual([]);
});

test('functions import lib and packages, and never each other', () => {
  const foreign = ['functions', 'client', 'dashboard'];

  expect(
    broken(({ from, to }) => !within('functions')(from) || !foreign.some((folder) => within(folder)(to))),
  ).toEqual([]);
});

test('lib imports only itself and packages', () => {
  const outside = FOLDERS.filter((folder) => folder !== 'lib');

  expect(
    broken(({ from, to }) => !within('lib')(from) || !outside.some((folder) => within(folder)(to))),
  ).toEqual([]);
});

test('what is not shipped is imported by nothing that is', () => {
  const tools = ['local', 'bench', 'verify', 'docs', 'examples', 'tests'];
  const isTool = (path: string) => tools.some((folder) => within(folder)(path));

  expect(broken(({ from, to }) => isTool(from) || !isTool(to))).toEqual([]);
});

test('there is no cycle inside lib, types included', () => {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) {
    if (within('lib')(from) && within('lib')(to)) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const cycles: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]) => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file) || path.includes(file)) return;
    for (const to of next.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };

  for (const file of next.keys()) walk(file, []);

  expect(cycles).toEqual([]);
});
