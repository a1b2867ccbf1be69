/**
 * What the ecosystem says of the packages before they are published: publint, Are The Types Wrong, and npm's own dry run; and the handlers for MSW on MSW
 * itself. The judges are in tests/packages/tools, which `npm ci` there installs and .ci/run does. Without them nothing is judged, and that is said.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed, pack, run } from '../support/packages/packed.ts';

const TOOLS = join(import.meta.dirname, 'tools');
const tool = (path: string) => join(TOOLS, 'node_modules', path);
const PUBLINT = tool('publint/src/cli.js');
const ATTW = tool('@arethetypeswrong/cli/dist/index.js');
const NAMES = ['client', 'cli', 'producer', 'testing'] as const;

const areThere = [PUBLINT, ATTW, tool('msw')].every((path) => existsSync(path));
if (!areThere)
  console.warn(
    'publint, Are The Types Wrong and MSW do NOT judge the packages: they are not installed. npm ci in tests/packages/tools brings them.',
  );

describe.skipIf(!areThere)('the judges', () => {
  let folder: string;
  const tarballs = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doorbell-judged-'));
    for (const name of NAMES) tarballs.set(name, await pack(name));
  }, 180_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const judged = async (program: string, args: readonly string[]) => {
    const { stdout, stderr } = await run(program, [...args], { cwd: folder }).catch(
      (error: { stdout: string; stderr: string }) => ({
        stdout: error.stdout,
        stderr: `it failed: ${error.stderr}`,
      }),
    );
    return stdout + stderr;
  };

  test.each(NAMES)(
    'publint finds nothing wrong with %s',
    async (name) => {
      expect(await judged(process.execPath, [PUBLINT, '--strict', tarballs.get(name) ?? ''])).toContain(
        'All good!',
      );
    },
    60_000,
  );

  test.each(['client', 'producer', 'testing'])(
    'the types of %s are those of its modules, for every resolution that knows them',
    async (name) => {
      const said = await judged(process.execPath, [ATTW, '--profile', 'esm-only', tarballs.get(name) ?? '']);

      expect(said).not.toContain('it failed');
      expect(said).toContain(`@doorbell/${name}`);
    },
    60_000,
  );

  test.each(NAMES)(
    'npm would publish %s',
    async (name) => {
      const said = await judged('npm', ['publish', '--dry-run', tarballs.get(name) ?? '']);

      expect(said).toContain(`+ @doorbell/${name}@`);
      expect(said).not.toContain('auto-corrected');
    },
    60_000,
  );

  test('MSW answers what the code under test asks of somewhere else', async () => {
    const app = await installed('testing', 'empty');
    const program = `
      import { setupServer } from 'msw/node';
      import { startMemory } from '@doorbell/testing';
      import { doorbellHandlers } from '@doorbell/testing/msw';
      const doorbell = await startMemory();
      const server = setupServer(...doorbellHandlers(doorbell, { base: 'https://doorbell.example/api' }));
      server.listen({ onUnhandledRequest: 'bypass' });
      const headers = { authorization: 'Bearer ' + (await doorbell.token()), 'content-type': 'application/json' };
      const url = 'https://doorbell.example/api/v1/channels/doors/events';
      const published = await fetch(url, { method: 'POST', headers, body: '{"data":"news"}' });
      const polled = await (await fetch(url + '?maxvid=0', { headers })).json();
      console.log(published.status, polled.events.map(({ data }) => data).join());
      server.close();
      await doorbell.stop();`;
    try {
      await symlink(tool('msw'), join(app.folder, 'node_modules/msw'), 'junction');
      await writeFile(join(app.folder, 'program.mjs'), program);
      const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: app.folder });
      expect(stdout).toBe('201 news\n');
    } finally {
      await app.stop();
    }
  }, 60_000);
});
