/** `@doorbell/cli` as it is installed: a server from an empty folder, and the commands against it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SBOM } from '../../local/bundle/sbom.ts';
import { LICENSES } from '../../local/bundle/third-party.ts';
import { nodes, saySkipped } from '../support/packages/nodes.ts';
import { type Installed, installed, run } from '../support/packages/packed.ts';

const doorbell = 'node_modules/@doorbell/cli/dist/doorbell.mjs';

interface Dev {
  readonly url: string;
  readonly said: string;
  /** Ctrl-C. Resolves with the exit code. */
  end(): Promise<number>;
}

let home: Installed;
let env: Record<string, string>;
const started = new Set<ChildProcess>();

beforeAll(async () => {
  saySkipped('@doorbell/cli');
  home = await installed('cli', 'empty');
  // As npx would say it, the operator's port apart: several of these may run.
  env = { PATH: process.env.PATH ?? '', ADMIN_PORT: '0' };
}, 120_000);

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
});

afterAll(() => home?.stop());

const call = (args: readonly string[], node = process.execPath, more: Record<string, string> = {}) =>
  run(node, [doorbell, ...args], { cwd: home.folder, env: { ...env, ...more } }).then(
    ({ stdout, stderr }) => ({ exit: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({
      exit: code as number,
      stdout: stdout as string,
      stderr: stderr as string,
    }),
  );

/** Resolves when it has said where its page is. */
const dev = (...args: readonly string[]) => devWith({}, args);

async function devWith(more: Record<string, string>, args: readonly string[] = []): Promise<Dev> {
  const child = spawn(process.execPath, [doorbell, 'dev', '--port', '0', ...args], {
    cwd: home.folder,
    env: { ...env, ...more },
  });
  started.add(child);
  let said = '';
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /Doorbell {2}(\S+)\/#token=/.exec(said)?.[1];
      if (found && said.includes('metrics')) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`doorbell dev ended with ${code}: ${said}`)));
  });
  return {
    url: await url,
    said,
    async end() {
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      return (await exit)[0] as number;
    },
  };
}

test('installing it installs nothing else', () => {
  expect(home.packages).toEqual(['@doorbell/cli']);
});

test('@doorbell/cli brings the licences of what is inside', async () => {
  const texts = await readFile(join(home.folder, 'node_modules/@doorbell/cli/dist', LICENSES), 'utf8');

  for (const name of ['commander', 'hono', 'jose', 'uplot', 'valibot'])
    expect(texts).toMatch(new RegExp(`^${name} \\d[^-]*\\nLicence: MIT\\n\\n.`, 'm'));
});

test('@doorbell/cli brings the bill of what is inside', async () => {
  const bill = await readFile(join(home.folder, 'node_modules/@doorbell/cli/dist', SBOM), 'utf8');
  const { metadata, components } = JSON.parse(bill);

  expect(metadata.component.purl).toMatch(/^pkg:npm\/%40doorbell\/cli@/);
  expect(components.map(({ name }: { readonly name: string }) => name)).toEqual(
    expect.arrayContaining(['commander', 'hono', 'jose', 'uplot', 'valibot']),
  );
});

describe('doorbell dev', () => {
  test('serves the page, the client and the API document, and asks for a token', async () => {
    const { url, end } = await dev();
    const get = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, response.headers.get('content-type'), (await response.text()).slice(0, 15)];
    };

    expect(await get('/')).toEqual([200, expect.stringMatching('text/html'), '<!doctype html>']);
    expect(await get('/client.js')).toEqual([200, expect.stringMatching('javascript'), expect.any(String)]);
    expect(await get('/openapi.json')).toEqual([200, expect.stringMatching('json'), expect.any(String)]);
    expect((await get('/v1/channels/doors/events?maxvid=0'))[0]).toBe(401);
    expect(await end()).toBe(0);
  }, 60_000);

  test('keeps its log in .doorbell, where the other commands find it, and goes on there after Ctrl-C', async () => {
    const first = await dev();
    const published = await call(['publish', 'kept', '{"doorno":3}', '--json']);
    await first.end();
    const second = await dev();
    const read = await call(['tail', 'kept', '--from', 'start', '--count', '1', '--json']);
    await second.end();

    expect(published).toMatchObject({ exit: 0, stderr: '' });
    expect(JSON.parse(read.stdout)).toMatchObject({ vid: 1, data: { doorno: 3 } });
  }, 60_000);

  test('holds channels to the schemas that it is given', async () => {
    const { end } = await devWith({ CHANNEL_SCHEMAS: '{"typed":{"type":"number"}}' });
    const refused = await call(['publish', 'typed', '"text"']);
    const taken = await call(['publish', 'typed', '1']);

    expect(await end()).toBe(0);
    expect(taken).toMatchObject({ exit: 0, stderr: '' });
    expect(refused).toMatchObject({
      exit: 1,
      stderr: 'The event does not fit the schema of typed: it must be number.\n',
    });
  }, 60_000);

  test('keeps nothing in memory', async () => {
    const { url, said, end } = await dev('--data-dir', ':memory:');
    const DOORBELL_TOKEN = /TOKEN=(\S+)/.exec(said)?.[1] ?? '';
    const published = await call(['publish', 'gone', '1'], process.execPath, {
      DOORBELL_URL: url,
      DOORBELL_TOKEN,
    });

    expect(published).toMatchObject({ exit: 0 });
    expect(await end()).toBe(0);
  }, 60_000);

  test.each([
    ['others may reach it without a key of its own', { HOST: '0.0.0.0' }, 'Set DOORBELL_SECRET'],
    ['a setting is out of its range', { PORT: '70000' }, 'PORT must be'],
    ['it is to have a queue', { INGEST_QUEUE: 'true' }, 'npm run hub'],
  ])(
    'says why it does not start when %s',
    async (_, settings, reason) => {
      const { exit, stderr } = await call(['dev', '--data-dir', ':memory:'], process.execPath, settings);

      expect(exit).toBe(1);
      expect(stderr).toContain(reason);
    },
    60_000,
  );
});

test('doorbell verify finds nothing wrong with doorbell dev, and says so', async () => {
  const { url, end } = await dev();

  const found = await call(['verify', url, '--seconds', '2', '--readers', '2', '--seed', '1']);
  await end();

  expect([found.exit, found.stderr]).toEqual([0, '']);
  expect(found.stdout).toContain(`${url} for 2 s, seed 1`);
}, 120_000);

test('doorbell verify says what it cannot begin with', async () => {
  expect(await call(['verify', 'http://127.0.0.1:1'])).toMatchObject({ exit: 2, stdout: '' });
  expect(await call(['verify', '--rate', '0'])).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('--rate'),
  });
});

describe.each(nodes())('on Node $major', ({ major, path }) => {
  test('publishes and follows', async () => {
    const { url, end } = await dev();
    const on = { DOORBELL_URL: url };
    const published = await call(['publish', `node-${major}`, '1'], path, on);
    const read = await call(['tail', `node-${major}`, '--from', 'start', '--count', '1', '--json'], path, on);
    await end();

    expect(published).toMatchObject({ exit: 0, stderr: '' });
    expect(JSON.parse(read.stdout)).toMatchObject({ vid: 1, data: 1 });
  }, 60_000);

  test.runIf(major < 22)('says that a server needs a newer one', async () => {
    expect(await call(['dev'], path)).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching('22.13 or newer'),
    });
  });
});
