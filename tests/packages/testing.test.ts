/** `@doorbell/testing` as it is installed: in a Vitest project, in a strict TypeScript one, on each Node, and in a Serverless project of somebody else. */

import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { LICENSES } from '../../local/bundle/third-party.ts';
import { SERVICE_DIR } from '../../local/folder.ts';
import { nodes, saySkipped } from '../support/packages/nodes.ts';
import { type Installed, installed, run } from '../support/packages/packed.ts';
import { isAllowed } from '../support/repo/packages.ts';
import { freePort } from '../support/stack/offline.ts';

let project: Installed;

beforeAll(async () => {
  saySkipped('@doorbell/testing');
  project = await installed('testing');
  await project.link('vitest', 'vite', 'typescript', '@types/node', 'undici-types');
}, 120_000);

afterAll(() => project?.stop());

test('installing it installs nothing else', () => {
  expect(project.packages).toEqual(['@doorbell/testing']);
});

test('@doorbell/testing brings the licences of what is inside, and all of them may be passed on', async () => {
  const texts = await readFile(join(project.folder, 'node_modules/@doorbell/testing/dist', LICENSES), 'utf8');
  const licences = [...texts.matchAll(/^Licence: (.*)$/gm)].map(([, licence = '']) => licence);

  expect(texts).toMatch(/^dynalite \d/m);
  expect(texts).toMatch(/^fauxqs \d/m);
  expect(licences.filter((licence) => !isAllowed(licence))).toEqual([]);
});

test('a Vitest project runs its tests on it, and a port of its own through a contract', async () => {
  const vitest = join(project.folder, 'node_modules/vitest/vitest.mjs');
  const env = { PATH: process.env.PATH, NO_COLOR: '1' };
  const { stdout } = await run(process.execPath, [vitest, 'run', '--root', project.folder], {
    cwd: project.folder,
    env,
  }).catch((error: { stdout: string; stderr: string }) => ({ stdout: error.stdout + error.stderr }));

  expect(stdout).toMatch(/Test Files .*2 passed.*\(2\)/);
  expect(stdout).not.toContain('failed');
}, 120_000);

test('a strict TypeScript project has its types', async () => {
  const tsc = join(project.folder, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', '.', '--allowImportingTsExtensions'], {
    cwd: project.folder,
  }).catch((error: { stdout: string }) => error);

  expect(stdout).toBe('');
}, 60_000);

test.each(nodes())(
  'a server starts in memory and on emulators, on Node $major',
  async ({ path }) => {
    const program = `
    import { startLocal, startMemory } from '@doorbell/testing';
    const settings = { CHANNEL_SCHEMAS: '{"doors":{"type":"string"}}' };
    for (const start of [startMemory, startLocal]) {
      const doorbell = await start({ settings });
      await doorbell.publish('doors', 'news');
      await doorbell.publish('doors', 1).catch(({ problem }) => console.log(problem.detail));
      console.log((await doorbell.channel('doors').events()).map(({ data }) => data).join());
      await doorbell.stop();
    }`;

    const { stdout } = await run(path, ['--input-type=module', '--eval', program], { cwd: project.folder });

    const unfit = 'data does not fit the schema of doors: it must be string.';
    expect(stdout).toBe(`${unfit}\nnews\n`.repeat(2));
  },
  60_000,
);

test('the Serverless project of somebody else has a queue to send to, and an address to ask', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-serverless-'));
  let child: ChildProcess | undefined;
  try {
    await cp(join(SERVICE_DIR, 'examples/serverless-project'), folder, { recursive: true });
    // What it has installed: this package from its tarball, and packages that this repository has too.
    await cp(join(project.folder, 'node_modules/@doorbell'), join(folder, 'node_modules/@doorbell'), {
      recursive: true,
    });
    await symlinkAll(folder, 'serverless', 'serverless-offline', '@aws-sdk');
    const [http, lambda, doorbell] = [await freePort(), await freePort(), await freePort()];
    const cli = join(SERVICE_DIR, 'node_modules/serverless/bin/serverless.js');
    const args = ['offline', 'start', '--httpPort', `${http}`, '--lambdaPort', `${lambda}`, '--noTimeout'];
    child = spawn(process.execPath, [cli, ...args], {
      cwd: folder,
      env: { ...process.env, DOORBELL_PORT: `${doorbell}`, AWS_PROFILE: '', SLS_DEPRECATION_DISABLE: '*' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
    const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${http}${path}`, init);
    await vi.waitFor(() => expect(said).toContain('Server ready'), { timeout: 60_000, interval: 100 });

    expect((await get('/doors/3/opened', { method: 'POST' })).status, said).toBe(202);
    const latest = await get('/latest');

    expect(await latest.json(), said).toMatchObject({ events: [{ data: { doorno: 3 } }] });
    expect(said).toContain(`Doorbell  http://127.0.0.1:${doorbell}`);
  } finally {
    child?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

test('the README shows what the tests run', async () => {
  const readme = await readFile(join(SERVICE_DIR, 'packages/testing/README.md'), 'utf8');
  const example = await readFile(join(SERVICE_DIR, 'examples/serverless-project/serverless.yml'), 'utf8');

  for (const plugin of ["'@doorbell/testing/serverless'", 'serverless-offline']) {
    expect(readme).toContain(plugin);
    expect(example).toContain(plugin);
  }
});

async function symlinkAll(folder: string, ...names: readonly string[]): Promise<void> {
  for (const name of names)
    await symlink(join(SERVICE_DIR, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
}
