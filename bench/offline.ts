/** `npm start`, or another program of `local/`, as a child process with its own data folder: what the benchmarks measure. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { developmentToken } from '../local/secret.ts';

const ROOT = join(import.meta.dirname, '..');
const START_LIMIT_MS = 60_000;

export interface Offline {
  readonly url: string;
  /** May do everything. */
  readonly token: string;
  /** Of the SQS emulator inside the process, for the bare pair that Doorbell is compared with. */
  readonly sqsEndpoint: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startOffline(program = 'local/start.ts'): Promise<Offline> {
  const dataDir = await mkdtemp(join(tmpdir(), 'doorbell-bench-'));
  const port = await freePort();
  const secret = randomBytes(32).toString('base64');
  const env = { ...process.env, DOORBELL_SECRET: secret, PORT: String(port), DATA_DIR: dataDir };
  const child = spawn(process.execPath, [program], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await answers(`${url}/healthz`))) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`${program} did not come up`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const endpoints: { sqsEndpoint: string } = JSON.parse(
    await readFile(join(dataDir, 'endpoints.json'), 'utf8'),
  );
  const stop = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    await rm(dataDir, { recursive: true });
  };
  const token = await developmentToken(secret);
  return { url, token, sqsEndpoint: endpoints.sqsEndpoint, pid: child.pid ?? 0, stop };
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined);
  return response?.ok ?? false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
