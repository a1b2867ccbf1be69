/**
 * `npm run conformance [-- hub|gateway|reference] [-- OPTIONS OF VITEST]`, or `-- histories`: the conformance suite of the Durable Streams protocol against a hub on a file
 * of its own (by default), the built functions behind a double of API Gateway, or the protocol's own server. What is expected to fail stands in
 * expected-failures.json: another test that fails ends the run with 1, and so does one of these that passes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mint } from '../../lib/auth/mint.ts';
import { fileHub, HUB_SECRET } from '../support/stack/hub.ts';
import { pythonTools } from '../support/tools/fetched.ts';
import { startGateway } from './gateway.ts';
import { runHistories, startReference } from './histories/main.ts';

const HERE = import.meta.dirname;
const VITEST = join(HERE, 'node_modules/vitest/vitest.mjs');
const TARGETS = ['hub', 'gateway', 'reference'] as const;

type Target = (typeof TARGETS)[number];

interface Served {
  readonly url: string;
  stop(): Promise<void>;
}

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string }>;
  }>;
}

function install(): boolean {
  if (existsSync(VITEST)) return true;
  return spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: HERE, stdio: 'inherit' }).status === 0;
}

const START: Readonly<Record<Target, (folder: string) => Promise<Served>>> = {
  async hub(folder) {
    const { hub, opened } = await fileHub(join(folder, 'log.db'), { env: { CORS_ORIGINS: '*' } });
    return {
      url: `http://127.0.0.1:${hub.port}`,
      async stop() {
        await hub.stop();
        opened.close();
      },
    };
  },
  gateway: () => startGateway({ DOORBELL_SECRET: HUB_SECRET, CORS_ORIGINS: '*' }),
  reference: startReference,
};

function ownersToken(): Promise<string> {
  const all = ['*'];
  return mint(HUB_SECRET, { read: all, write: all, manage: all, ttlS: 24 * 3_600, now: Date.now() });
}

/**
 * The histories of the gate: the same each time, so that it is red for what a change did. Others are found by `-- histories --seed N`; what was run
 * stands in docs/evidence/reliability.md.
 */
const GATE = ['--seed', '17'];

/** A Python that has the protocol's client; nothing where it cannot be had. */
async function python(): Promise<string> {
  const tools = await pythonTools(join(HERE, 'clients/python.txt'));
  if ('path' in tools) return join(tools.path, 'python');
  const line = '!'.repeat(100);
  console.error(
    `\n${line}\nThe Python client cannot be had: ${tools.missing}.\nIts tests are SKIPPED.\n${line}\n`,
  );
  return '';
}

/** Runs the suite in a process of its own; returns what it says of each test. */
async function suite(url: string, report: string, options: readonly string[]): Promise<Report> {
  const token = await ownersToken();
  const served = { CONFORMANCE_URL: url, CONFORMANCE_TOKEN: token, CONFORMANCE_JSON: report };
  const env = { ...process.env, ...served, CONFORMANCE_PYTHON: await python() };
  const args = [VITEST, 'run', '--config', join(HERE, 'vitest.config.mjs'), ...options];
  const child = spawn(process.execPath, args, { cwd: HERE, env, stdio: 'inherit' });
  await new Promise((resolve) => child.once('exit', resolve));
  return JSON.parse(readFileSync(report, 'utf8')) as Report;
}

function judge({ testResults }: Report, target: Target): boolean {
  const lists = JSON.parse(readFileSync(join(HERE, 'expected-failures.json'), 'utf8')) as Record<
    Target,
    readonly string[]
  >;
  const expected = new Set(lists[target]);
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  const passed = all.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName);
  const unexpected = failed.filter((name) => !expected.has(name));
  const mended = passed.filter((name) => expected.has(name));
  console.log(`${target}: ${passed.length} of ${passed.length + failed.length} pass`);
  for (const name of unexpected) console.log(`fails, and should not: ${name}`);
  for (const name of mended) console.log(`passes, and stands in expected-failures.json: ${name}`);
  return passed.length > 0 && unexpected.length === 0 && mended.length === 0;
}

async function main(args: readonly string[]): Promise<boolean> {
  if (!install()) return false;
  const target = TARGETS.find((name) => name === args[0]);
  const isHistories = args[0] === 'histories';
  const options = target || isHistories ? args.slice(1) : args;
  const folder = mkdtempSync(join(tmpdir(), 'doorbell-conformance-'));
  const served = await START[target ?? 'hub'](folder);
  try {
    const histories = async (how: readonly string[]) => {
      const headers = { Authorization: `Bearer ${await ownersToken()}` };
      return runHistories({ url: served.url, headers }, how);
    };
    if (isHistories) return await histories(options);
    const isGood = judge(await suite(served.url, join(folder, 'report.json'), options), target ?? 'hub');
    return (target === undefined && args.length === 0 ? await histories(GATE) : true) && isGood;
  } finally {
    await served.stop();
    rmSync(folder, { recursive: true });
  }
}

process.exit((await main(process.argv.slice(2))) ? 0 : 1);
