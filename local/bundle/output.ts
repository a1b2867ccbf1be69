/** How a file of dist/ is made: compiled with what all of them have in common, and put in its place whole. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { SERVICE_DIR } from '../folder.ts';
import type { Bundle } from './build-cache.ts';
import { packagesIn } from './third-party.ts';

export const DIST = join(SERVICE_DIR, 'dist');

/** What the packages promise to run on lacks some of what this code uses. */
export const OLDER_NODE = join(import.meta.dirname, 'older-node.ts');

const COMMON = {
  bundle: true,
  minify: true,
  format: 'esm',
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
} as const satisfies BuildOptions;

export interface Compiled {
  readonly text: string;
  /** The folders of the installed packages that it has something of. */
  readonly packages: readonly string[];
}

export async function compile(entry: string, options: BuildOptions): Promise<Compiled> {
  const { outputFiles, metafile } = await build({
    ...COMMON,
    ...options,
    absWorkingDir: SERVICE_DIR,
    entryPoints: [entry],
    write: false,
    metafile: true,
  });
  return { text: outputFiles.map((file) => file.text).join(''), packages: packagesIn(metafile) };
}

export async function write(name: string, { text, packages }: Compiled): Promise<Bundle> {
  // Renamed into place: several test processes build and read dist/ at once, and none may see half a file.
  const unfinished = join(DIST, `${name}.${process.pid}`);
  await writeFile(unfinished, text);
  await rename(unfinished, join(DIST, name));
  return { name, bytes: Buffer.byteLength(text), gzippedBytes: gzipSync(text).length, packages };
}
