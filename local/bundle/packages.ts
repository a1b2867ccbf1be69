/**
 * Makes what npm packs of packages/*: `node local/bundle/packages.ts [NAME…]`, which each package's `prepack` runs. The modules are those of dist/, byte
 * for byte, so what is installed is what the size budget and the tests have seen.
 */
import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVICE_DIR } from '../folder.ts';
import type { Bundle } from './build-cache.ts';
import { bundle } from './bundle.ts';
import { compileTypes, copyDeclarations } from './declarations.ts';
import { OLDER_NODE } from './output.ts';
import { buildProducer } from './producer.ts';
import { SBOM, sbomOf } from './sbom.ts';
import { buildStack } from './stack.ts';
import { buildTestingKit } from './testing-kit.ts';
import { LICENSES, licenceTexts } from './third-party.ts';

const DIST = join(SERVICE_DIR, 'dist');

/** Makes a package's dist/ of what dist/ holds. Gives the folders of what others wrote in it. */
type Build = (folder: string, bundles: readonly Bundle[]) => Promise<readonly string[]>;

const PACKAGES: Readonly<Record<string, Build>> = {
  client,
  cli,
  testing,
  producer: buildProducer,
  stack,
};

export async function buildPackages(names: readonly string[] = Object.keys(PACKAGES)): Promise<void> {
  const bundles = await bundle();
  for (const name of names) {
    const build = PACKAGES[name];
    if (!build) throw new Error(`No package ${name}: ${Object.keys(PACKAGES).join(', ')}.`);
    const folder = join(SERVICE_DIR, 'packages', name);
    await rm(join(folder, 'dist'), { recursive: true, force: true });
    await mkdir(join(folder, 'dist'), { recursive: true });
    await copyFile(join(SERVICE_DIR, 'LICENSE'), join(folder, 'LICENSE'));
    const packages = await build(folder, bundles);
    if (packages.length > 0) await writeFile(join(folder, 'dist', LICENSES), await licenceTexts(packages));
    await writeFile(
      join(folder, 'dist', SBOM),
      `${JSON.stringify(await sbomOf(folder, packages), null, 1)}\n`,
    );
    await sameModes(folder);
  }
}

/** A tarball holds the modes of its files, which are those of whoever builds it. Here they are the same for everybody. */
async function sameModes(folder: string): Promise<void> {
  const { files, bin = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly files: readonly string[];
    readonly bin?: Readonly<Record<string, string>>;
  };
  const programs = Object.values(bin).map((path) => join(folder, path));
  for (const name of [...files, 'LICENSE', 'README.md', 'package.json']) {
    const whole = join(folder, name);
    const inner = (await stat(whole)).isDirectory() ? await readdir(whole, { recursive: true }) : [];
    for (const path of [whole, ...inner.map((one) => join(whole, one))]) {
      const isOpen = programs.includes(path) || (await stat(path)).isDirectory();
      await chmod(path, isOpen ? 0o755 : 0o644);
    }
  }
}

/** The command, and the server of `doorbell dev` with its page. */
async function cli(folder: string, bundles: readonly Bundle[]): Promise<readonly string[]> {
  const names = [
    'doorbell.mjs',
    'dev.mjs',
    'channel-schemas.mjs',
    'dashboard.html',
    'client.js',
    'client-more.js',
    'openapi.json',
  ];
  await copyBuilt(folder, names);
  return packagesOf(bundles, names);
}

async function stack(folder: string, bundles: readonly Bundle[]): Promise<readonly string[]> {
  const names = await buildStack(join(folder, 'dist'));
  const held = [...names.map((name) => `${name}.mjs`), 'channel-schemas.mjs', 'dashboard.html'];
  return packagesOf(bundles, held);
}

function packagesOf(bundles: readonly Bundle[], names: readonly string[]): readonly string[] {
  return bundles.filter(({ name }) => names.includes(name)).flatMap(({ packages }) => packages);
}

async function client(folder: string, bundles: readonly Bundle[]): Promise<readonly string[]> {
  const modules = [
    'begin',
    'direct',
    'publish-all',
    'react',
    'react-state',
    'schema',
    'shared',
    'subscribe-state',
    'tanstack',
  ];
  const names = ['client.js', 'client-more.js', ...modules.map((name) => `${name}.js`)];
  await copyBuilt(folder, names);
  const compiled = await compileTypes(folder);
  await copyDeclarations(compiled, join(folder, 'dist/types'), {
    from: 'packages/client/src',
    entries: Object.fromEntries(['index', ...modules].map((name) => [name, name])),
  });
  await rm(compiled, { recursive: true });
  return packagesOf(bundles, names);
}

async function copyBuilt(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await copyFile(join(DIST, name), join(folder, 'dist', name));
}

async function testing(folder: string): Promise<readonly string[]> {
  const packages = await buildTestingKit(join(folder, 'dist'), OLDER_NODE);
  const compiled = await compileTypes(folder);
  await copyDeclarations(compiled, join(folder, 'dist/types'), {
    from: 'packages/testing/src',
    entries: {
      index: 'index',
      vitest: 'vitest',
      msw: 'msw',
      serverless: 'serverless',
      contract: 'contract/index',
      check: 'check/index',
    },
  });
  await rm(compiled, { recursive: true });
  return packages;
}

if (import.meta.main) {
  const names = process.argv.slice(2);
  await (names.length > 0 ? buildPackages(names) : buildPackages());
}
