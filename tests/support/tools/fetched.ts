/**
 * Tools in other languages that tests use. Each is fetched once from its registry, in the versions that a file here pins, into the user's
 * cache folder. A tool that cannot be had gives a reason, not an error: the machine may lack the language or the network.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { takeTurn } from '../../../local/turn.mjs';

/** Where it is, or why it is not. */
export type Fetched = { readonly path: string } | { readonly missing: string };

/** More than the largest of them needs on a slow network. */
const LIMIT_MS = 300_000;
/** Of a program's own words, what is told when it fails. */
const TOLD_CHARACTERS = 600;

/** What Maven runs; a version that is not pinned would be looked up. */
const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies';
/** Nothing is built here: a package without a wheel for this Python is a reason to skip. */
const PIP_INSTALL = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];

/** A Python environment with the packages that a requirements file pins. `path` is its folder of programs. */
export function pythonTools(requirements: string): Promise<Fetched> {
  const programs = (folder: string) => join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  return fetched(requirements, programs, async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(programs(folder), 'python'), [...PIP_INSTALL, '--requirement', requirements]);
  });
}

/** The jars that a pom.xml pins, and all that they need. `path` is a class path for Java. */
export async function javaTools(pom: string): Promise<Fetched> {
  try {
    await run('java', ['-version']);
  } catch (error) {
    return { missing: (error as Error).message };
  }
  const classPath = (folder: string) => join(folder, '*');
  return fetched(pom, classPath, (folder) =>
    run('mvn', ['-q', '-B', '-f', pom, COPY_JARS, `-DoutputDirectory=${folder}`]),
  );
}

/** The folder is named after what is pinned. Of several runs at once, one fetches. */
async function fetched(
  pins: string,
  pathOf: (folder: string) => string,
  fetch: (folder: string) => Promise<void>,
): Promise<Fetched> {
  const digest = createHash('sha256')
    .update(await readFile(pins))
    .digest('hex');
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'doorbell-tools');
  const folder = join(cache, digest.slice(0, 16));
  const whole = `${folder}.whole`;
  const found = { path: pathOf(folder) };
  if (existsSync(whole)) return found;
  await mkdir(cache, { recursive: true });
  const giveBack = await takeTurn(`${folder}.lock`, () => undefined);
  try {
    if (existsSync(whole)) return found;
    await rm(folder, { recursive: true, force: true });
    await fetch(folder);
    await writeFile(whole, '');
    return found;
  } catch (error) {
    return { missing: (error as Error).message };
  } finally {
    giveBack();
  }
}

/** Throws with the program's own words when it fails, cannot be found, or takes too long. */
async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT_MS });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk).slice(-TOLD_CHARACTERS);
  });
  await new Promise<void>((resolve, reject) => {
    child.on('error', () => reject(new Error(`${program} is not on this machine`)));
    child.on('close', (status) => {
      if (status === 0) resolve();
      else
        reject(new Error(`${program} ${args[0]} failed (${status ?? 'it took too long'}): ${words.trim()}`));
    });
  });
}
