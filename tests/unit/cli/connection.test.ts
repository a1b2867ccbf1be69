/** Which server is asked, and as whom; and that no token is ever shown. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, cut, json, refused, scripted } from '../../support/cli/terminal.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const EMPTY = json(200, { channels: [], next: null });

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'doorbell-cli-'));
  await writeFile(join(dataDir, 'secret'), `${SECRET}\n`);
});
afterAll(() => rm(dataDir, { recursive: true }));

/** The header that the first request carried; null without one. */
async function carried(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { fetch, asked } = scripted(EMPTY);
  const called = await call(['channels', ...args], { fetch, env: { DATA_DIR: dataDir, ...env } });
  expect(called.exit).toBe(0);
  return asked[0]?.headers.get('authorization') ?? null;
}

test.each([
  ['the variable', [], { DOORBELL_TOKEN: 'a.b.c' }, 'Bearer a.b.c'],
  ['the option before it', ['--token', 'd.e.f'], { DOORBELL_TOKEN: 'a.b.c' }, 'Bearer d.e.f'],
  ['nothing, on another machine', [], { DOORBELL_URL: 'https://doorbell.example' }, null],
  ['nothing, without a key', [], { DOORBELL_URL: 'http://127.0.0.1:3000', DATA_DIR: '/nowhere' }, null],
])('a token is taken from %s', async (_, args, env, expected) => {
  expect(await carried(args, env as Record<string, string>)).toBe(expected);
});

test.each(['http://127.0.0.1:3000', 'http://localhost:4000/', 'http://[::1]:3000'])(
  'for %s a token is made with the development key',
  async (DOORBELL_URL) => {
    expect(await carried([], { DOORBELL_URL })).toMatch(/^Bearer eyJ/);
  },
);

test.each<[string, Record<string, string>, string]>([
  ['the one that runs on DATA_DIR', {}, 'http://127.0.0.1:4711'],
  ['the variable before it', { DOORBELL_URL: 'http://localhost:3000' }, 'http://localhost:3000'],
  ['the default port where none is written', { DATA_DIR: '/nowhere' }, 'http://127.0.0.1:3000'],
])('the server is %s', async (_, env, expected) => {
  await writeFile(join(dataDir, 'endpoints.json'), JSON.stringify({ url: 'http://127.0.0.1:4711' }));
  const hosts: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    hosts.push(new URL(String(input)).origin);
    return EMPTY();
  };

  // The double of the terminal names a server of its own; an empty variable is none.
  await call(['channels'], { fetch, env: { DATA_DIR: dataDir, DOORBELL_URL: '', ...env } });

  expect(hosts).toEqual([expected]);
});

test('a token that expires on the way is made again', async () => {
  const { fetch, asked } = scripted(refused('expired-token', 401), EMPTY);

  const { exit } = await call(['channels'], {
    fetch,
    env: { DATA_DIR: dataDir, DOORBELL_URL: 'http://127.0.0.1:3000' },
  });

  expect([exit, asked.length]).toEqual([0, 2]);
});

test.each([
  ['is refused', 'sec.ret.x', refused('bad-token', 401), 4],
  ['cannot be in a header', 'sec.ret.x\u0000y', EMPTY, 4],
  ['meets nobody', 'sec.ret.x', cut('ENOTFOUND'), 3],
  ['meets a web page', 'sec.ret.x', () => new Response('<h1>hello</h1>', { status: 404 }), 1],
])('a token that %s is not shown', async (_, DOORBELL_TOKEN, answer, code) => {
  const { exit, out, err } = await call(['channels'], { ...scripted(answer), env: { DOORBELL_TOKEN } });

  expect([exit, out]).toEqual([code, '']);
  expect(err).not.toBe('');
  expect(err).not.toContain('sec.ret');
});

test.each([
  'doorbell.example',
  'ftp://doorbell.example',
  'https://user:hunter2@doorbell.example',
  'https://doorbell.example/#hunter2',
  '',
])('the address %j is refused with exit code 2, without a secret in it, or is not given', async (url) => {
  const { exit, err } = await call(['channels', '--url', url], scripted(EMPTY));

  expect(exit).toBe(url === '' ? 0 : 2);
  expect(err).not.toContain('hunter2');
});

test('a server below a path is asked there', async () => {
  const { fetch, asked } = scripted(EMPTY);

  await call(['channels', '--url', 'https://example.org/doorbell/'], {
    fetch,
    env: { DOORBELL_TOKEN: 'a.b.c' },
  });

  expect(asked[0]?.path).toBe('/doorbell/v1/channels?limit=1000');
});

test.each([
  ['--help', 0, 'Exit codes'],
  ['--version', 0, '0.'],
  ['', 2, 'Usage'],
  ['nonsense', 2, 'unknown command'],
])('doorbell %s ends with %i and says what there is', async (argument, code, text) => {
  const { exit, out, err } = await call(argument === '' ? [] : [argument], scripted());

  expect(exit).toBe(code);
  expect(code === 0 ? out : err).toContain(text);
});

test.each(['publish', 'tail', 'schema', 'channels', 'clients', 'token', 'doctor', 'bench'])(
  'doorbell %s --help has an example and the exit codes',
  async (name) => {
    const { exit, out } = await call([name, '--help'], scripted());

    expect(exit).toBe(0);
    expect(out).toMatch(/Examples?:/);
    expect(out).toMatch(/Exit codes/);
  },
);
