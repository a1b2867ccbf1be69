/**
 * `npm run mutation [-- [--tests GLOB] FILES]`: changes the code by one small mistake after the other, and says which of them no test notices. FILES are globs,
 * by default all of lib/. The tests are those on doubles, so some seconds for each mistake, and hours for lib/; `--tests` takes others, as those of one room,
 * which gives a lower bound in minutes. The tester is in a folder of its own: nothing else needs its packages.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

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

const { values, positionals } = parseArgs({
  options: { tests: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const files = positionals.join(',') || 'lib/**/*.ts';
// Read by vitest.config.ts, in the tester's own processes.
if (values.tests) process.env.MUTATION_TESTS = values.tests.join('\n');
process.exitCode = install()
  ? run(process.execPath, [STRYKER, 'run', 'tests/mutation/stryker.config.json', '--mutate', files], ROOT)
  : 1;
