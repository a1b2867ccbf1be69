/**
 * Builds @doorbell/testing: a module for each entry, with what several of them need in chunks beside them. Everything is inside, the emulators too, so that
 * installing the package installs nothing else. What only a clone has is replaced: the reader of serverless.yml by what it read.
 */
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { loadService } from '../emulators/service.ts';
import { SERVICE_DIR } from '../folder.ts';
import { DIST } from './output.ts';
import { packagesIn } from './third-party.ts';

const SOURCES = join(SERVICE_DIR, 'packages/testing/src');
const ENTRIES = ['index', 'vitest', 'msw', 'serverless', 'contract/index', 'check/index'];
/** What the tests of a user bring themselves. */
const PEERS = ['vitest', 'msw'];

/** `older` is a module that is put before all others: what Node 20 lacks. Gives the folders of the installed packages that are inside. */
export async function buildTestingKit(folder: string, older: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: SERVICE_DIR,
    metafile: true,
    entryPoints: ENTRIES.map((name) => join(SOURCES, `${name}.ts`)),
    outdir: folder,
    outbase: SOURCES,
    entryNames: '[dir]/[name]',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: PEERS,
    inject: [older],
    // What came as CommonJS asks for Node's own modules by `require`.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [await readService(), staticDynalite, withoutDisk, sqliteIfThere],
  });
  for (const name of ['client.js', 'client-more.js']) await copyFile(join(DIST, name), join(folder, name));
  return packagesIn(metafile);
}

/** serverless.yml as it is now. */
async function readService(): Promise<Plugin> {
  const service = JSON.stringify(await loadService());
  return {
    name: 'read-service',
    setup({ onLoad }) {
      onLoad({ filter: /emulators[\\/]service\.ts$/ }, () => ({
        contents: `const service = ${service};\nexport const loadService = async () => structuredClone(service);`,
      }));
    },
  };
}

const LOADED = /load\(`dynalite\/(actions|validations)\/\$\{file\}`\)/g;

/** The emulator loads dynalite's operations by names that it makes. A bundle holds only what is named. */
const staticDynalite: Plugin = {
  name: 'static-dynalite',
  setup({ onLoad }) {
    onLoad({ filter: /emulators[\\/]dynamodb\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const [, list = ''] = /const OPERATIONS = \[([^\]]*)\]/.exec(source) ?? [];
      const files = [...list.matchAll(/'(\w)(\w+)'/g)].map(
        ([, first = '', rest]) => first.toLowerCase() + rest,
      );
      if (files.length === 0 || source.match(LOADED)?.length !== 2)
        throw new Error('local/emulators/dynamodb.ts loads dynalite in another way by now');
      const table = (kind: string) =>
        `{ ${files.map((file) => `${file}: require('dynalite/${kind}/${file}')`).join(', ')} }`;
      const contents = `const dynalite: any = { actions: ${table('actions')}, validations: ${table('validations')} };
${source.replace(LOADED, 'dynalite.$1[file]')}`;
      return { contents, loader: 'ts' };
    });
  },
};

/** Tables of a test are in memory. LevelDB, in which others are kept, is a program for each platform, and no part of a bundle. */
const withoutDisk: Plugin = {
  name: 'without-disk',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^classic-level$/ }, ({ path }) => ({ path, namespace: 'without-disk' }));
    onLoad({ filter: /.*/, namespace: 'without-disk' }, () => ({
      contents:
        "exports.ClassicLevel = class { constructor() { throw new Error('Tables are in memory here.'); } };",
    }));
  },
};

/** Node 20 has no SQLite, and nothing that is kept in memory needs it. */
const sqliteIfThere: Plugin = {
  name: 'sqlite-if-there',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:sqlite$/ }, ({ path }) => ({ path, namespace: 'sqlite-if-there' }));
    onLoad({ filter: /.*/, namespace: 'sqlite-if-there' }, () => ({
      contents:
        "export const { DatabaseSync, StatementSync } = process.getBuiltinModule('node:sqlite') ?? {};",
    }));
  },
};
