/** Who may import whom. Read from the import lines themselves, so that a wrong one fails here and not in somebody's bundle. */

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { FOLDERS, PLAIN_TYPES, ROOMS } from './rooms.ts';

const ROOT = join(import.meta.dirname, '../..');
const ALL = [
  'bench',
  'docs',
  'examples',
  'hub',
  'lib',
  'local',
  'packages/cli',
  'packages/testing/src/contract',
  'packages/testing/src/memory',
  'tests',
  ...Object.keys(FOLDERS),
];

interface Import {
  readonly from: string;
  /** A path in the repository, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
  /** Loaded only when the program comes there. */
  readonly isDynamic: boolean;
}

const files = ALL.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }));
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

/** `poll` for `lib/poll/start.ts`, `config.ts` for `lib/config.ts`. */
const roomOf = (path: string) => (path.startsWith('lib/') ? path.split('/')[1] : undefined);

test.each(Object.entries(ROOMS))('lib/%s imports only the rooms that the table allows', (room, allowed) => {
  const arrows = imports.filter(({ from, to }) => roomOf(from) === room && roomOf(to) !== room);

  expect(arrows.filter(({ to }) => to.startsWith('lib/') && !allowed.includes(roomOf(to) ?? ''))).toEqual([]);
});

test('every room of lib/ stands in the table, and none may import one that stands below it', () => {
  const rooms = Object.keys(ROOMS);
  const there = new Set(files.flatMap((file) => roomOf(file) ?? []));

  expect([...there].sort()).toEqual([...rooms].sort());
  expect(rooms.filter((room, i) => ROOMS[room]?.some((allowed) => rooms.indexOf(allowed) >= i))).toEqual([]);
});

test.each(Object.entries(PLAIN_TYPES))(
  'lib/%s knows of the rooms that it serves what they ask for',
  (room, allowed) => {
    const served = [...new Set(allowed.map((file) => file.split('/')[0]))];
    const seen = imports.filter(({ from, to }) => roomOf(from) === room && served.includes(roomOf(to) ?? ''));

    expect(seen.map(({ to }) => to.slice('lib/'.length)).filter((file) => !allowed.includes(file))).toEqual(
      [],
    );
  },
);

test.each(Object.entries(FOLDERS))('%s/ imports only what the table allows', (folder, allowed) => {
  const isAllowed = (to: string) =>
    allowed.some((one) => to === one || to.startsWith(one.endsWith(':') ? one : `${one}/`));

  expect(broken(({ from, to }) => !within(folder)(from) || isAllowed(to))).toEqual([]);
});

test('React is imported by the hooks alone, and uPlot by the plot', () => {
  const only: Readonly<Record<string, readonly string[]>> = {
    react: ['react', 'react-state', 'use-tries'].map((name) => `packages/client/src/${name}.ts`),
    uplot: ['dashboard/parts/plot.ts'],
  };
  const shipped = ({ from }: Import) => within('packages/client')(from) || within('dashboard')(from);

  expect(broken((one) => !shipped(one) || only[one.to]?.includes(one.from) !== false)).toEqual([]);
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

test('only lib/aws speaks to AWS; lib/compose names its types', () => {
  const shipped = ['functions', 'lib', 'packages/client', 'dashboard'];
  const allowed = ({ from, typeOnly }: Import) =>
    within('lib/aws')(from) || (within('lib/compose')(from) && typeOnly);

  expect(
    broken(
      (one) =>
        !shipped.some((folder) => within(folder)(one.from)) ||
        !one.to.startsWith('@aws-sdk/') ||
        allowed(one),
    ),
  ).toEqual([]);
});

test('what the dashboard decides knows nothing of the page that shows it', () => {
  expect(
    broken(({ from, to }) => !within('dashboard/model')(from) || !within('dashboard/parts')(to)),
  ).toEqual([]);
});

test('the command line knows nothing of AWS', () => {
  const allowed = ({ from, to }: Import) =>
    within('packages/cli')(to) ||
    within('packages/client')(to) ||
    within('packages/testing/src/check')(to) ||
    (within('lib')(to) && !['lib/aws', 'lib/compose'].some((room) => within(room)(to))) ||
    ['commander', 'jose', 'packages/cli/package.json'].includes(to) ||
    (['terminal', 'secret', 'running-server', 'run-program', 'stack-package'].some(
      (name) => from === `packages/cli/src/${name}.ts`,
    ) &&
      to.startsWith('node:'));

  expect(broken((one) => !within('packages/cli')(one.from) || allowed(one))).toEqual([]);
});

test('lib imports only itself and packages', () => {
  const outside = ALL.filter((folder) => folder !== 'lib');

  expect(
    broken(({ from, to }) => !within('lib')(from) || !outside.some((folder) => within(folder)(to))),
  ).toEqual([]);
});

test('what is not shipped is imported by nothing that is', () => {
  const tools = ['local', 'bench', 'docs', 'examples', 'tests'];
  const isTool = (path: string) => tools.some((folder) => within(folder)(path));

  expect(broken(({ from, to }) => isTool(from) || !isTool(to))).toEqual([]);
});
