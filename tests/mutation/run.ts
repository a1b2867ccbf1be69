/**
 * `npm run mutation [-- FILES]`: changes the code by one small mistake after the other, and says which of them no test on doubles notices. FILES are globs,
 * by default all of lib/; about a second each on one core, so an hour for lib/. The tester is in a folder of its own: nothing else needs its packages.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
const STRYKER = join(HERE, 'node_modules/@stryker-mutator/core/bin/stryker.js');

function run(command: string, args: readonly string[], cwd: string): number {
  return spawnSync(command, args, { cwd, stdio: 'inherit' }).status ?? 1;
}

/** Its peer, Vitest, is the project's own, in the folder above. */
function install(): boolean {
  return existsSync(STRYKER) || run('npm', ['ci', '--legacy-peer-deps', '--ignore-scripts'], HERE) === 0;
}

const files = process.argv.slice(2).join(',') || 'lib/**/*.ts';
process.exitCode = install()
  ? run(process.execPath, [STRYKER, 'run', 'tests/mutation/stryker.config.json', '--mutate', files], ROOT)
  : 1;
