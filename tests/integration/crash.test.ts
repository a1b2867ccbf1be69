/** The crash loop, short: what was acknowledged outlives kills, and nothing stays behind. The long one is `npm run soak:crash`. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { NotStarted, newInstance } from '../../packages/testing/src/check/crash/instance.ts';
import { soakCrash } from '../../packages/testing/src/check/crash/main.ts';
import { serverOf } from '../../packages/testing/src/check/crash/servers.ts';
import { uninterrupted } from '../../packages/testing/src/check/stop.ts';

const SEED = String(Date.now() % 2 ** 32);
const NODE = JSON.stringify(process.execPath);
const ANSWERS = `require('node:http').createServer((q, s) => s.end('ok')).listen(process.env.PORT, process.env.HOST)`;

const shell = (command: string) => serverOf(undefined, command);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-test-'));
  vi.stubEnv('TMPDIR', folder);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('what was acknowledged outlives kills of the process under it', async () => {
  const said: string[] = [];
  const args = ['--cycles', '2', '--life', '1', '--seed', SEED, '--rate', '60', '--channels', '2'];

  const exitCode = await soakCrash(args, (text) => said.push(text), uninterrupted());

  expect(said.join('\n')).toContain('PASSED');
  expect(said.join('\n')).toMatch(/^kills +[2-4]$/m);
  // Where no disk can be mounted that must not go unnoticed.
  expect(said.join('\n')).toMatch(/^full disks +1$|^SKIPPED: full disks\./m);
  expect(exitCode).toBe(0);
  expect(await readdir(folder)).toEqual([]);
}, 120_000);

test('a command is killed with all that it has started, and can be started again', async () => {
  const instance = await newInstance(shell(`echo started && ${NODE} -e "${ANSWERS}" && echo ended`));
  const answer = () => fetch(instance.url).then((response) => response.text());

  await instance.start('answers');
  const before = await answer();
  await instance.kill();
  const killed = answer();
  await expect(killed).rejects.toThrow();
  await instance.start('answers');
  const after = await answer();
  await instance.end();

  expect([before, after]).toEqual(['ok', 'ok']);
  await expect(answer()).rejects.toThrow();
  await expect(instance.start('answers')).rejects.toThrow(NotStarted);
  expect(await readdir(folder)).toEqual([]);
});

test('a command that ends by itself is told with its last words', async () => {
  const instance = await newInstance(shell('echo no such hub >&2; exit 3'));

  await expect(instance.start('answers')).rejects.toThrow(/ended by itself \(exit code 3\)\. no such hub/);
  await instance.end();
});

test.each([
  [['--server', 'nothing'], /--server must be one of start, hub/],
  [['--server', 'start', '--command', 'true'], /--server and --command/],
])('%j is refused', async (args, message) => {
  await expect(soakCrash(args, () => undefined, uninterrupted())).rejects.toThrow(message);
});

test('a server that does not come up again ends the loop at once', async () => {
  const once = `test -e "$DATA_DIR/begun" && exit 3; touch "$DATA_DIR/begun"; ${NODE} -e "${ANSWERS}"`;
  const args = ['--cycles', '5', '--life', '1', '--command', once];

  await expect(soakCrash(args, () => undefined, uninterrupted())).rejects.toThrow(/ended by itself/);
  expect(await readdir(folder)).toEqual([]);
});
