/**
 * What dist/ holds, and of which sources it was made: building takes some seconds, which a server that starts again, or the next of many tests, need not
 * spend.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SERVICE_DIR } from '../folder.ts';

export interface Sized {
  /** File name in dist/. */
  readonly name: string;
  readonly bytes: number;
  readonly gzippedBytes: number;
}

export interface Bundle extends Sized {
  /** The folders of the installed packages that it has something of. */
  readonly packages: readonly string[];
}

/** What dist/ is made of. */
export const SOURCES = [
  'functions',
  'hub',
  'lib',
  'dashboard',
  'local',
  'packages/cli/package.json',
  'packages/cli/src',
  'packages/client/src',
  'packages/testing/src',
  'package.json',
  'package-lock.json',
];
const RECORD = join('dist', 'built.json');

/** Names, sizes and times of all sources: another text for other sources. */
export async function sourcesOf(root = SERVICE_DIR): Promise<string> {
  const files = await Promise.all(SOURCES.map((source) => filesIn(root, source)));
  return createHash('sha256').update(files.flat().join('\n')).digest('hex');
}

/** What the last build wrote; undefined when it was made of other sources, or something of it is missing. */
export async function builtOf(sources: string, root = SERVICE_DIR): Promise<readonly Bundle[] | undefined> {
  try {
    const record = JSON.parse(await readFile(join(root, RECORD), 'utf8'));
    const bundles = record.bundles as readonly Bundle[];
    await Promise.all(bundles.map(({ name }) => stat(join(root, 'dist', name))));
    return record.sources === sources ? bundles : undefined;
  } catch {
    // Never built, or cut short.
    return undefined;
  }
}

/** As `builtOf`; where something is to be built, it says so, because whoever has started a server waits for that. */
export async function builtOrSay(
  sources: string,
  root = SERVICE_DIR,
  say: (line: string) => void = console.error,
): Promise<readonly Bundle[] | undefined> {
  const built = await builtOf(sources, root);
  if (!built)
    say(
      'Building dist/ from the sources; this takes some seconds, and is needed again only when they change …',
    );
  return built;
}

/** Call it when all of dist/ has been written. */
export async function recordBuild(
  sources: string,
  bundles: readonly Bundle[],
  root = SERVICE_DIR,
): Promise<void> {
  await writeFile(join(root, RECORD), JSON.stringify({ sources, bundles }));
}

/** Without what npm has installed: it is no source, and an installation that is under way changes while it is looked at. */
async function filesIn(root: string, path: string): Promise<string[]> {
  if (basename(path) === 'node_modules') return [];
  const entry = await stat(join(root, path));
  if (!entry.isDirectory()) return [`${path} ${entry.size} ${entry.mtimeMs}`];
  const names = (await readdir(join(root, path))).sort();
  return (await Promise.all(names.map((name) => filesIn(root, join(path, name))))).flat();
}
