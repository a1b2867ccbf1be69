/** A hub of an earlier version, from git, as a process of its own on the tables and queues of a stack of today. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SERVICE_DIR } from '../../../local/emulators/service.ts';
import { HUB_SECRET } from './hub.ts';
import { environmentOf } from './process.ts';
import type { Stack } from './stack.ts';

const run = promisify(execFile);
const git = (...args: readonly string[]) => run('git', ['-C', SERVICE_DIR, ...args]);
/** What the build puts beside a hub. Nobody asks for it here. */
const ASSETS = ['dashboard.html', 'client.js', 'openapi.json'];

/** Whether this clone has the commit: one that was made without history does not. */
export async function hasCommit(commit: string): Promise<boolean> {
  return git('cat-file', '-e', `${commit}^{commit}`).then(
    () => true,
    () => false,
  );
}

export interface OlderHub {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves when it resolves. It runs on the packages of today: they are the same ones, perhaps newer. */
export async function startOlderHub(stack: Stack, commit: string): Promise<OlderHub> {
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-older-'));
  const archive = join(folder, 'tree.tar');
  await git('archive', '--format=tar', '-o', archive, commit);
  await run('tar', ['-xf', archive, '-C', folder]);
  await symlink(join(SERVICE_DIR, 'node_modules'), join(folder, 'node_modules'));
  for (const name of ASSETS) await writeFile(join(folder, 'hub', name), '{}');
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    ...environmentOf(stack),
    DOORBELL_SECRET: HUB_SECRET,
    PORT: '0',
    HOST: '127.0.0.1',
    ADMIN_PORT: '0',
    POWERTOOLS_LOG_LEVEL: 'ERROR',
  };
  stack.lead(env);
  const child = spawn(process.execPath, ['hub/main.ts'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let said = '';
  const port = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const found = /hub on port (\d+)/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
    child.once('close', (code) => reject(new Error(`the hub of ${commit} ended with ${code}: ${said}`)));
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: `http://127.0.0.1:${await port}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
