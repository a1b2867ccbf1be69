/**
 * Makes `npm start` and `npm test` work on a fresh clone: installs what package-lock.json names when node_modules
 * lacks it, and sees to the Node.js that comes with it. Plain JavaScript without dependencies, because it runs
 * before either is there, on Node.js 20 or newer. Silent, and done in a few milliseconds, when nothing is missing. Of
 * several npm scripts that start at once, one installs: `npm ci` begins by deleting what another has put there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeTurn } from './turn.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const NODE_PACKAGE = join(ROOT, 'node_modules', 'node');
const NODE = join(NODE_PACKAGE, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
/** What npm's scripts, and so `npm start`, find as `node`. */
const LINK = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
/** Beside node_modules, which `npm ci` deletes. */
const LOCK = join(ROOT, '.setup-lock');
/** After SIGKILL nobody can stop what was begun. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** TypeScript files run as they are from here on. */
const OLDEST_NODE = 22;

/**
 * Whether every locked package is installed in its locked version; one for other platforms may be missing. The packages of this repository, which have
 * no hash, are links that nothing here needs.
 */
function isInstalled() {
  const locked = packagesOf('package-lock.json');
  // npm writes this one when an installation is complete.
  const installed = packagesOf(join('node_modules', '.package-lock.json'));
  return Object.entries(locked ?? {}).every(
    ([path, wanted]) =>
      wanted.integrity === undefined ||
      (installed?.[path] ? installed[path].integrity === wanted.integrity : wanted.optional === true),
  );
}

/** @param {string} file @returns {Record<string, { integrity?: string, optional?: boolean }> | undefined} */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
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

async function install() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  if (!isInstalled()) await run('Installing dependencies', npm, ['ci', '--loglevel=error'], ROOT);
  if (hasNode()) return;
  // npm's allow-scripts policy may have kept the package from fetching its binary; this is what its script does.
  await run('Fetching Node.js', process.execPath, ['installArchSpecificPackage.js'], NODE_PACKAGE);
  await run('Linking it', npm, ['rebuild', 'node', '--ignore-scripts'], ROOT);
  if (!hasNode()) throw new Error(`${NODE} does not run. Delete node_modules and run npm ci again.`);
}

async function setUp() {
  if (isInstalled() && hasNode()) return;
  const giveBack = await takeTurn(LOCK, () =>
    console.error('Another process is installing; waiting for it …'),
  );
  try {
    await install();
  } finally {
    giveBack();
  }
}

try {
  await setUp();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
