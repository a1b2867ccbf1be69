/**
 * Runs a program of this repository on its pinned Node.js, once what it needs is installed:
 *
 *     node local/run.mjs [--option-of-node …] PROGRAM [ARGUMENT …]
 *
 * PROGRAM is a file, or the command of an installed package. Where Node.js can, the program takes the place of this process: signals, standard streams and
 * the exit code are its own, and nothing of this file stays in memory. Plain JavaScript, for Node.js 20 or newer.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { NODE, ROOT, SIGNALS, setUp } from './setup.mjs';

/** What runs the service needs none of what tests, benchmarks and documents need. */
const RUNS_SERVICE = /^(local|packages)\/|^serverless$/;

const first = process.argv.findIndex((word, i) => i > 1 && !word.startsWith('--'));
const program = process.argv[first];
const options = process.argv.slice(2, first);
const args = process.argv.slice(first + 1);

/** Commands that are not named as their package is. @type {Record<string, string>} */
const PACKAGES = { biome: '@biomejs/biome', tsc: 'typescript' };

/** @param {string} name a file, or the command of a package */
function fileOf(name) {
  if (/\.m?[jt]s$/.test(name)) return join(ROOT, name);
  const folder = join(ROOT, 'node_modules', PACKAGES[name] ?? name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[name]);
}

/** @param {string[]} command */
async function become(command) {
  if (process.execve && realpathSync(process.execPath) === realpathSync(NODE))
    process.execve(NODE, [NODE, ...command], process.env);
  // The first time, under a Node.js of somebody else's.
  const child = spawn(NODE, command, { stdio: 'inherit' });
  for (const signal of SIGNALS) process.on(signal, () => void child.kill(signal));
  const [code, signal] = await once(child, 'close');
  for (const each of SIGNALS) process.removeAllListeners(each);
  if (signal) process.kill(process.pid, signal);
  else process.exitCode = code;
}

try {
  if (program === undefined) throw new Error('node local/run.mjs [--option-of-node …] PROGRAM [ARGUMENT …]');
  await setUp({ all: !RUNS_SERVICE.test(program) });
  await become([...options, fileOf(program), ...args]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
