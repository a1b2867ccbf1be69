/**
 * `npm run conformance`: the conformance suite of the Durable Streams protocol against a hub on a file of its own. What is expected to fail stands in
 * expected-failures.json: another test that fails ends the run with 1, and so does one of these that passes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mint } from '../../lib/auth/mint.ts';
import { fileHub, HUB_SECRET } from '../support/stack/hub.ts';

const HERE = import.meta.dirname;
const VITEST = join(HERE, 'node_modules/vitest/vitest.mjs');

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string }>;
  }>;
}

function install(): boolean {
  if (existsSync(VITEST)) return true;
  return spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: HERE, stdio: 'inherit' }).status === 0;
}

/** Runs the suite in a process of its own; returns what it says of each test. */
async function suite(url: string, token: string, report: string): Promise<Report> {
  const env = { ...process.env, CONFORMANCE_URL: url, CONFORMANCE_TOKEN: token, CONFORMANCE_JSON: report };
  const args = [VITEST, 'run', '--config', join(HERE, 'vitest.config.mjs'), ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { cwd: HERE, env, stdio: 'inherit' });
  await new Promise((resolve) => child.once('exit', resolve));
  return JSON.parse(readFileSync(report, 'utf8')) as Report;
}

function judge({ testResults }: Report): boolean {
  const expected = new Set(
    JSON.parse(readFileSync(join(HERE, 'expected-failures.json'), 'utf8')) as readonly string[],
  );
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  const passed = all.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName);
  const unexpected = failed.filter((name) => !expected.has(name));
  const mended = passed.filter((name) => expected.has(name));
  console.log(`${passed.length} of ${passed.length + failed.length} pass`);
  for (const name of unexpected) console.log(`fails, and should not: ${name}`);
  for (const name of mended) console.log(`passes, and stands in expected-failures.json: ${name}`);
  return passed.length > 0 && unexpected.length === 0 && mended.length === 0;
}

async function main(): Promise<boolean> {
  if (!install()) return false;
  const folder = mkdtempSync(join(tmpdir(), 'doorbell-conformance-'));
  const { hub, opened } = await fileHub(join(folder, 'log.db'), { env: { CORS_ORIGINS: '*' } });
  const all = ['*'];
  const token = await mint(HUB_SECRET, { read: all, write: all, manage: all, ttlS: 3_600, now: Date.now() });
  try {
    return judge(await suite(`http://127.0.0.1:${hub.port}`, token, join(folder, 'report.json')));
  } finally {
    await hub.stop();
    opened.close();
    rmSync(folder, { recursive: true });
  }
}

process.exitCode = (await main()) ? 0 : 1;
