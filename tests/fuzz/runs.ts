/** How often each property is tried: a few hundred times in the suite, as often as one likes with `npm run fuzz -- --runs 100000`. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

/** The suite tries the same inputs each time; `npm run fuzz` looks for others. */
const SUITE_SEED = 20261124;

/** Options for `fc.assert`; FUZZ_RUNS can only raise the number. A failure prints its seed and path; FUZZ_SEED tries that seed again. */
export function runs(byDefault: number): { readonly numRuns: number; readonly seed?: number } {
  const { FUZZ_RUNS, FUZZ_SEED } = process.env;
  return {
    numRuns: Math.max(byDefault, Number(FUZZ_RUNS || 0)),
    ...(FUZZ_SEED ? { seed: Number(FUZZ_SEED) } : FUZZ_RUNS ? {} : { seed: SUITE_SEED }),
  };
}

/** For tests whose properties take as long as they are told to; some seconds of a machine that does nothing else. */
export const TIMEOUT_MS = process.env.FUZZ_RUNS ? 24 * 3_600_000 : 180_000;

function main(): void {
  const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } });
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const env = { ...process.env, FUZZ_RUNS: values.runs ?? '10000', FUZZ_SEED: values.seed ?? '' };
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'tests/fuzz'], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}

if (import.meta.main) main();
