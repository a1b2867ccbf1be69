/** A server whose output goes nowhere: onto a full disk, or into a pipe that nobody reads any more. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { mountSmallDisk } from '../../packages/testing/src/check/crash/small-disk.ts';
import { eventsPath, over, posting, publish } from '../support/http/http.ts';
import { freePort, newDataDir, offlineEnvironment, offlineToken } from '../support/stack/offline.ts';
import { WAIT_MS } from '../support/time/limits.ts';

/** Linux has a file that is always full. */
const FULL = '/dev/full';
const MIB = 1024 * 1024;
const SPEAKS = `
  import { goOnUnheard } from './hub/output.ts';
  if (process.argv[1] === 'goes on') goOnUnheard([process.stdout]);
  let lines = 0;
  setInterval(() => { console.log(lines); process.stdout.write('.'); if (++lines === 5) process.exit(7); }, 1);`;

const probe = await mountSmallDisk(MIB);
await probe?.end();
if (!probe)
  console.warn('SKIPPED: a part of tests/integration/unheard.test.ts needs root on Linux to mount a tmpfs.');

describe.skipIf(!existsSync(FULL))('a program that speaks onto a full disk', () => {
  test.each([
    ['goes on', 7],
    ['ends by itself', 1],
  ])('%s', async (what, code) => {
    const full = await open(FULL, 'w');
    const child = spawn(process.execPath, ['--input-type=module', '-e', SPEAKS, what], {
      stdio: ['ignore', full.fd, 'ignore'],
    });
    const ended = once(child, 'exit');
    await full.close();

    expect(await ended).toEqual([code, null]);
  });
});

/** Its output goes to `log`, its errors to nobody if that is a pipe. */
async function launched(script: string, dataDir: string, log: FileHandle, errors: 'pipe' | number) {
  const port = String(await freePort());
  const child = spawn(process.execPath, [`local/${script}.ts`], {
    env: offlineEnvironment({ PORT: port, ADMIN_PORT: '0', DATA_DIR: dataDir }),
    stdio: ['ignore', log.fd, errors],
  });
  const ended = once(child, 'exit');
  child.stderr?.destroy();
  await log.close();
  const served = over(`http://127.0.0.1:${port}`, await offlineToken());
  const health = () =>
    Promise.resolve(served.request('/healthz')).then(
      ({ status }) => status,
      () => 0,
    );
  const isHealthy = async () => child.exitCode !== null || (await health()) === 200;
  await vi.waitUntil(isHealthy, { timeout: 60_000, interval: 100 });
  return { child, ended, served, health };
}

describe.each(['hub', 'start'] as const)('npm run %s', (script) => {
  test.skipIf(!existsSync(FULL))(
    'serves and stops though its output is on a full disk and its errors go to nobody',
    async () => {
      const dataDir = await newDataDir();
      const { child, ended, served } = await launched(script, dataDir, await open(FULL, 'w'), 'pipe');
      try {
        expect(await publish(served, 'doors', { data: 1 })).toMatchObject({ first: 1 });
        child.kill('SIGTERM');
        expect(await ended).toEqual([0, null]);
      } finally {
        child.kill('SIGKILL');
        await rm(dataDir, { recursive: true, force: true });
      }
    },
    120_000,
  );

  test.skipIf(!probe)(
    'outlives a full disk that holds its output too, and goes on to speak when there is room',
    async () => {
      const disk = await mountSmallDisk(24 * MIB);
      if (!disk) throw new Error('it could be mounted a moment ago');
      const log = await open(join(disk.folder, 'log'), 'a');
      const { child, served, health } = await launched(script, disk.folder, log, log.fd);
      try {
        await disk.fill();
        const large = posting({ data: 'x'.repeat(20_000) });
        await vi.waitUntil(async () => (await served.request(eventsPath('doors'), large)).status === 503, {
          timeout: WAIT_MS,
        });
        // The log is asked once a second, however often health is.
        await vi.waitUntil(async () => (await health()) === 503, { timeout: WAIT_MS });
        await disk.free();
        await vi.waitUntil(async () => child.exitCode !== null || (await health()) === 200, {
          timeout: WAIT_MS,
        });
        expect(await publish(served, 'doors', { data: 1 })).toMatchObject({ count: 1 });

        expect(await readFile(join(disk.folder, 'log'), 'utf8')).toContain('can be written again');
      } finally {
        child.kill('SIGKILL');
        await disk.end();
      }
    },
    120_000,
  );
});
