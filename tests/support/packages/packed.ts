/** A package of packages/* as its users have it: packed, and installed from the tarball in a folder with nothing else in it. No network is needed. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { SERVICE_DIR } from '../../../local/folder.ts';
import { takeTurn } from '../../../local/turn.mjs';

export const run = promisify(execFile);
const APPS = join(import.meta.dirname, '../../packages/apps');

export interface Installed {
  readonly folder: string;
  /** What npm has put into node_modules, as `@scope/name` or `name`. */
  readonly packages: readonly string[];
  /** Adds packages of this repository's own node_modules, as a user would have installed them. */
  link(...names: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The tarball of packages/NAME, packed once for a whole run of tests: whoever needs it first makes it, and the others wait. One at a time: each `prepack` makes
 * the package's dist/ anew.
 */
export async function pack(name: string): Promise<string> {
  const release = await takeTurn(join(SERVICE_DIR, 'node_modules/.pack-lock'), () => undefined);
  try {
    const folder = join(inject('runFolder'), `packed-${name}`);
    if (!existsSync(folder)) {
      await mkdir(`${folder}.unfinished`, { recursive: true });
      const options = ['--json', '--loglevel=error', '--pack-destination', `${folder}.unfinished`];
      await run('npm', ['pack', ...options, '-w', `packages/${name}`], { cwd: SERVICE_DIR });
      await rename(`${folder}.unfinished`, folder);
    }
    const [file = ''] = await readdir(folder);
    return join(folder, file);
  } finally {
    release();
  }
}

/** A copy of tests/packages/apps/APP in a folder of its own, with the package installed there. */
export async function installed(name: string, app = name): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), `doorbell-${name}-`));
  await cp(join(APPS, app), folder, { recursive: true });
  const tarball = await pack(name);
  const options = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', ...options, tarball], { cwd: folder });
  return {
    folder,
    packages: await packagesIn(folder),
    async link(...names) {
      for (const one of names) {
        const target = join(folder, 'node_modules', one);
        await mkdir(dirname(target), { recursive: true });
        await symlink(join(SERVICE_DIR, 'node_modules', one), target, 'junction');
      }
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function packagesIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'));
  const nested = names.map(async (name) =>
    name.startsWith('@')
      ? (await readdir(join(folder, 'node_modules', name))).map((one) => `${name}/${one}`)
      : [name],
  );
  return (await Promise.all(nested)).flat();
}
