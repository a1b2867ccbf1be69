/** `npm start` and `npm run hub` as child processes, on a free port and a data folder of their own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { mint } from '../../../lib/auth/mint.ts';
import { SERVICE_DIR } from '../../../local/emulators/service.ts';
import { over, type Served } from '../http/http.ts';

export { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';

const START_LIMIT_MS = 90_000;
const SECRET = randomBytes(32).toString('base64');

export interface Offline {
  readonly url: string;
  /** Asks with a token that may do everything. */
  readonly served: Served;
  readonly token: string;
  /** What it has printed so far. */
  output(): string;
  /** Sends the signal; resolves with the exit code once the process has ended, null when the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null>;
}

export interface LaunchOptions {
  readonly npm?: boolean;
  readonly script?: 'start' | 'hub';
  /** As under a terminal, whose Ctrl-C goes to npm, its shell and the program at once: `end` does. */
  readonly terminal?: boolean;
  /** What `GET /healthz` answers once it serves; default 200. */
  readonly health?: number;
}

/** Of a terminal, with the key of `offlineToken`. */
export function offlineEnvironment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...withoutVitest(process.env), DOORBELL_SECRET: SECRET, ...env };
}

/** May do everything for a day: some loads last for hours. */
export function offlineToken(): Promise<string> {
  return mint(SECRET, { read: ['*'], write: ['*'], dead: ['*'], ttlS: 86_400, now: Date.now() });
}

/** Runs it, or `npm` itself; the environment needs PORT and DATA_DIR. */
export function launch(
  env: Readonly<Record<string, string>>,
  { npm = false, script = 'start', terminal = false }: LaunchOptions = {},
) {
  const [command, args] = npm ? ['npm', ['run', script]] : [process.execPath, [`local/${script}.ts`]];
  const child = spawn(command, args, {
    cwd: SERVICE_DIR,
    env: offlineEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: terminal,
  });
  let output = '';
  const take = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return { child, output: () => output, exited: exitOf(child) };
}

/** Resolves once `GET /healthz` answers 200, or as the options say. */
export async function startOffline(
  dataDir: string,
  port: number,
  options: LaunchOptions = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Offline> {
  const { child, output, exited } = launch({ PORT: String(port), DATA_DIR: dataDir, ...more }, options);
  const url = `http://127.0.0.1:${port}`;
  const healthy = async () => {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}: ${output()}`);
    return (await fetch(`${url}/healthz`).catch(() => undefined))?.status === (options.health ?? 200);
  };
  try {
    await vi.waitUntil(healthy, { timeout: START_LIMIT_MS, interval: 100 });
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`npm start did not come up: ${output()}`, { cause: error });
  }
  const end = (signal: NodeJS.Signals) => {
    if (options.terminal && child.pid) process.kill(-child.pid, signal);
    else child.kill(signal);
    return exited;
  };
  const token = await offlineToken();
  return { url, served: over(url, token), token, output, end };
}

export function newDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'doorbell-offline-'));
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

/** The environment of a terminal, not of a test worker. */
function withoutVitest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = /^(VITEST|NODE_ENV$|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}
