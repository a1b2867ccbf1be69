/**
 * Makes `npm start` and `npm test` work on a fresh clone: installs what package-lock.json names when node_modules lacks it,
 * for `npm start` without what only tests need, and sees to the Node.js that comes with it. Plain JavaScript without dependencies, because it runs
 * before either is there, on Node.js 20 or newer. Silent, and done in a few milliseconds, when nothing is missing. Of
 * several npm scripts that start at once, one installs: `npm ci` begins by deleting what another has put there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isComplete, neededByRoot, packagesOf } from './installed.mjs';
import { takeTurn } from './turn.mjs';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const NODE_PACKAGE = join(ROOT, 'node_modules', 'node');
/** The pinned Node.js. */
export const NODE = join(NODE_PACKAGE, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
/** What npm's scripts, and so `npm start`, find as `node`. */
const LINK = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
/** Beside node_modules, which `npm ci` deletes. */
const LOCK = join(ROOT, '.setup-lock');
const QUIET = '--loglevel=error';
/** After SIGKILL nobody can stop what was begun. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** TypeScript files run as they are from here on. */
const OLDEST_NODE = 22;

/** @param {boolean} all whether what only tests, benchmarks and documents need must be there too */
function isInstalled(all) {
  const locked = packagesOf(join(ROOT, 'package-lock.json')) ?? {};
  // npm writes this one when an installation is complete.
  const installed = packagesOf(join(ROOT, 'node_modules', '.package-lock.json'));
  return isComplete(all ? locked : neededByRoot(locked), installed);
}

/** Whether node_modules has a Node.js that can run this project. */
function hasNode() {
  try {
    accessSync(NODE, constants.X_OK);
    accessSync(LINK);
    if (realpathSync(NODE) === realpathSync(process.execPath)) return true;
  } catch {
    return false;
  }
  const { stdout } = spawnSync(NODE, ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)/.exec(stdout ?? '')?.[1]) >= OLDEST_NODE;
}

/** @param {string} what @param {string} command @param {string[]} args @param {string} cwd */
async function run(what, command, args, cwd) {
  console.error(`${what} …`);
  // On Windows npm is a batch file, which only a shell runs.
  const shell = process.platform === 'win32';
  const child = spawn(command, args, { cwd, shell, stdio: 'inherit' });
  // Left alone, it would go on beside the one whose turn comes next.
  const stop = () => void child.kill();
  for (const signal of SIGNALS) process.on(signal, stop);
  const [status, signal] = await once(child, 'close')
    .catch((error) => {
      if (error.code !== 'ENOENT') throw error;
      throw new Error(`${command} was not found. It comes with Node.js: https://nodejs.org`);
    })
    .finally(() => {
      for (const each of SIGNALS) process.off(each, stop);
    });
  if (signal) throw new Error(`${[command, ...args].join(' ')} was broken off`);
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} failed (${status})`);
}

/** @param {boolean} all */
async function install(all) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  if (!isInstalled(false))
    await run('Installing dependencies', npm, ['ci', ...(all ? [] : ['--workspaces=false']), QUIET], ROOT);
  // Not `npm ci`, which would delete what a server may be running on.
  else if (!isInstalled(all))
    await run(
      'Installing what tests, benchmarks and documents need',
      npm,
      ['install', '--no-save', QUIET],
      ROOT,
    );
  if (hasNode()) return;
  // npm's allow-scripts policy may have kept the package from fetching its binary; this is what its script does.
  await run('Fetching Node.js', process.execPath, ['installArchSpecificPackage.js'], NODE_PACKAGE);
  await run('Linking it', npm, ['rebuild', 'node', '--ignore-scripts'], ROOT);
  if (!hasNode()) throw new Error(`${NODE} does not run. Delete node_modules and run npm ci again.`);
}

/** Node's headers, for compiling add-ons: a third of what it takes on disk, and nothing here compiles any. */
function dropHeaders() {
  const platforms = join(NODE_PACKAGE, 'node_modules');
  if (!existsSync(platforms)) return;
  for (const name of readdirSync(platforms))
    if (name.startsWith('node-')) rmSync(join(platforms, name, 'include'), { recursive: true, force: true });
}

/**
 * Installs what is missing; with `all` also what only tests, benchmarks and documents need. Rejects with a message for whoever started it.
 * @param {{ readonly all: boolean }} options
 */
export async function setUp({ all }) {
  if (isInstalled(all) && hasNode()) return;
  const giveBack = await takeTurn(LOCK, () =>
    console.error('Another process is installing; waiting for it …'),
  );
  try {
    await install(all);
    dropHeaders();
  } finally {
    giveBack();
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  setUp({ all: true }).catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
