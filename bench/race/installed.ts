/** What of the peers is on this machine. */

import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package.json of their own keeps them out of everybody's `npm ci`: nobody but the race needs them, and what it runs is locked all the same. */
export const NPM_PEERS = join(import.meta.dirname, '../npm-peers');

/** Servers written in Go, built from the module proxy: their commands are put here. */
export const GO_PEERS = join(import.meta.dirname, '../go-peers');
/** Command, and module with its version. */
export const GO_MODULES: Readonly<Record<string, string>> = {
  centrifugo: 'github.com/centrifugal/centrifugo/v6@v6.9.1',
};

const SETUP = 'npm run bench:setup installs it (as root, on Debian)';
/** Debian keeps daemons out of the path of users who are not root. */
const FOLDERS = [GO_PEERS, ...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

/** Why a server written in Go cannot run here. */
export function missingGo(name: string): string | undefined {
  if (command(name) !== undefined) return undefined;
  return command('go') === undefined
    ? `${name} not found, and no Go to build it: https://go.dev/doc/install`
    : `${name} not found: npm run bench:setup builds it`;
}

/** The path of the first of these commands that is here; a trailing `*` is any version. */
export function command(name: string): string | undefined {
  const start = name.replace(/\*$/, '');
  const matches = (file: string) => (start === name ? file === name : file.startsWith(start));
  return FOLDERS.flatMap((folder) =>
    list(folder)
      .filter(matches)
      .map((file) => join(folder, file)),
  ).find(isExecutable);
}

/** Says which of these commands are missing and what installs them; undefined when all are here. */
export function missingCommands(...names: readonly string[]): string | undefined {
  const missing = names.filter((name) => command(name) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(', ')} not found: ${SETUP}`;
}

/** Says so unless PHP has this extension, as Debian installs it. */
export function missingPhp(extension: string): string | undefined {
  const [file] = globSync(`/usr/lib/php/*/${extension}.so`);
  return file === undefined ? `PHP's ${extension}.so not found: ${SETUP}` : undefined;
}

/** As `command`, for a server that is known to be here. */
export function mustFind(name: string): string {
  const path = command(name);
  if (path === undefined) throw new Error(`${name} not found: ${SETUP}`);
  return path;
}

/** Name and version of each Debian package, e.g. `nginx 1.22.1-9`. */
export function debianVersions(...packages: readonly string[]): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
  const format = '${Package} ${Version}, ';
  try {
    return execFileSync('dpkg-query', ['-W', '-f', format, ...packages], { encoding: 'utf8' }).slice(0, -2);
  } catch {
    return `${packages.join(', ')} of unknown version`;
  }
}

/** The version of an installed npm package in a folder that has node_modules; undefined when it is not there. */
export function npmVersion(folder: string, name: string): string | undefined {
  try {
    const text = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
    const { version }: { version: string } = JSON.parse(text);
    return version;
  } catch {
    return undefined;
  }
}

/** Doorbell's own: a figure belongs to a commit, not to a release. */
export function productVersion(): string {
  const git = spawnSync('git', ['describe', '--always', '--dirty'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  const commit = git.status === 0 ? `commit ${git.stdout.trim()}` : 'unknown commit';
  return `${commit}, Node ${process.version}`;
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
