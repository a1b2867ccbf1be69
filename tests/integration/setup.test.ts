/** `npm run setup` on a fresh clone, with an `npm` that takes its time and fetches nothing: what is missing is installed once, by one process. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WAIT_MS } from '../support/time/limits.ts';

const LOCAL = join(import.meta.dirname, '../../local');
const ONE = { 'node_modules/one': { integrity: 'sha512-one' } };
const TWO = { 'node_modules/two': { integrity: 'sha512-two' } };
const locked = (packages: object) => JSON.stringify({ packages });
/** What the root needs, and what only the tests do. */
const LOCK = locked({
  '': { dependencies: { one: '1' } },
  tests: { devDependencies: { two: '1' } },
  ...ONE,
  ...TWO,
});

/** Installs when it is let; says so in a file each time that it begins. */
const NPM = `#!${process.execPath}
const { appendFileSync, existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } = require('node:fs');
const words = process.argv.slice(2).filter((word) => !word.startsWith('--loglevel'));
appendFileSync('begun', words.join(' ') + '\\n');
const timer = setInterval(() => {
  if (!existsSync('may-install')) return;
  clearInterval(timer);
  const part = words.includes('--workspaces=false');
  writeFileSync('node_modules.json', part ? '${locked(ONE)}' : '${LOCK}');
  mkdirSync('node_modules', { recursive: true });
  renameSync('node_modules.json', 'node_modules/.package-lock.json');
  if (existsSync('node_modules/node')) return;
  for (const folder of ['node', '.bin']) mkdirSync('node_modules/' + folder + '/bin', { recursive: true });
  for (const path of ['node/bin/node', '.bin/node'])
    if (process.env.FOREIGN) writeFileSync('node_modules/' + path, '#!/bin/sh\\nexec "$FOREIGN" "$@"\\n', { mode: 0o755 });
    else symlinkSync(process.execPath, 'node_modules/' + path);
}, 5);
`;

let root: string;
let started: ChildProcess[];
const file = (name: string) => join(root, name);
const installations = () => (existsSync(file('begun')) ? readFileSync(file('begun'), 'utf8') : '');
const letInstall = () => writeFileSync(file('may-install'), '');

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'doorbell-setup-'));
  started = [];
  for (const folder of ['local', 'bin']) mkdirSync(file(folder));
  for (const source of globSync('*.mjs', { cwd: LOCAL }))
    copyFileSync(join(LOCAL, source), file(join('local', source)));
  writeFileSync(file('package.json'), '{}');
  writeFileSync(file('package-lock.json'), LOCK);
  writeFileSync(file('bin/npm'), NPM, { mode: 0o755 });
});

afterEach(() => {
  for (const { pid, exitCode, signalCode } of started)
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  rmSync(root, { recursive: true });
});

/** In a group of its own, so that it can be killed together with the npm that it runs, as a terminal does. */
function setUp(...command: readonly string[]) {
  return setUpWith({}, ...command);
}

function setUpWith(more: Readonly<Record<string, string>>, ...command: readonly string[]) {
  const [program = 'setup.mjs', ...args] = command;
  const env = { ...process.env, ...more, PATH: `${file('bin')}:${process.env.PATH}` };
  const child = spawn(process.execPath, [file(`local/${program}`), ...args], {
    env,
    cwd: root,
    detached: true,
  });
  started.push(child);
  const exit = once(child, 'exit');
  let said = '';
  let printed = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  return {
    said: () => said,
    printed: () => printed,
    /** As a supervisor does: the process, and not what it has started. */
    end: () => void child.kill('SIGTERM'),
    ended: async () => (await exit)[0] as number | null,
    async kill() {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await exit;
    },
  };
}

const waits = (process: { said(): string }) => process.said().includes('waiting for it');
const onceTrue = (condition: () => boolean) => vi.waitUntil(condition, { timeout: WAIT_MS, interval: 5 });

// The npm of the tests is a script with a first line that Windows does not know.
describe.skipIf(process.platform === 'win32')('setup', () => {
  test('of two that start at once one installs, and the other waits for it', async () => {
    const first = setUp();
    await onceTrue(() => installations() !== '');
    const second = setUp();
    await onceTrue(() => waits(second) || installations() !== 'ci\n');

    letInstall();

    expect(await Promise.all([first.ended(), second.ended()])).toEqual([0, 0]);
    expect(installations()).toBe('ci\n');
    expect(globSync('.setup-lock*', { cwd: root })).toEqual([]);
  });

  test('one that is told to end takes the installation with it', async () => {
    const first = setUp();
    await onceTrue(() => installations() !== '');
    const second = setUp();
    await onceTrue(() => waits(second));

    first.end();
    expect(await first.ended()).toBe(1);
    await onceTrue(() => installations() === 'ci\nci\n');
    letInstall();

    expect(await second.ended()).toBe(0);
  });

  test('when the one that installs is killed, one of those that wait installs', async () => {
    const first = setUp();
    await onceTrue(() => installations() !== '');
    const others = [setUp(), setUp(), setUp()];
    await onceTrue(() => others.every(waits));

    await first.kill();
    letInstall();

    expect(await Promise.all(others.map((other) => other.ended()))).toEqual([0, 0, 0]);
    expect(installations()).toBe('ci\nci\n');
    expect(globSync('.setup-lock*', { cwd: root })).toEqual([]);
  });

  test('a lock that a dead process left holds up nobody, though somebody else has its port', async () => {
    const stranger = createServer((socket) => socket.end('220 mail.example.com')).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    writeFileSync(file('.setup-lock'), `${JSON.stringify({ port, word: 'of the dead' })}\nno line of ours\n`);
    letInstall();

    expect(await setUp().ended()).toBe(0);

    expect(installations()).toBe('ci\n');
    expect(globSync('.setup-lock*', { cwd: root })).toEqual([]);
    stranger.close();
  });

  test('where nothing is missing, nothing is said or locked', async () => {
    letInstall();
    await setUp().ended();
    // A lock that cannot be had.
    mkdirSync(file('.setup-lock'));

    const again = setUp();

    expect(await again.ended()).toBe(0);
    expect(again.said()).toBe('');
    expect(installations()).toBe('ci\n');
  });

  test('what runs the service is run without what only tests need, with its arguments and its exit code', async () => {
    writeFileSync(
      file('local/serve.mjs'),
      'console.log(process.execArgv.join(), process.argv.slice(2).join()); process.exitCode = 3;',
    );
    letInstall();

    const run = setUp('run.mjs', '--stack-size=900', 'local/serve.mjs', '--port', 'a b');

    expect(await run.ended()).toBe(3);
    expect(run.printed()).toBe('--stack-size=900 --port,a b\n');
    expect(installations()).toBe('ci --workspaces=false\n');
  });

  test('a test then adds what is missing, and deletes nothing that a server runs on', async () => {
    writeFileSync(file('local/serve.mjs'), '');
    mkdirSync(file('tests'));
    writeFileSync(file('tests/one.mjs'), 'console.log("tested")');
    letInstall();
    await setUp('run.mjs', 'local/serve.mjs').ended();

    const runs = [setUp('run.mjs', 'tests/one.mjs'), setUp('run.mjs', 'local/serve.mjs')];

    expect(await Promise.all(runs.map((run) => run.ended()))).toEqual([0, 0]);
    expect(runs[0]?.printed()).toBe('tested\n');
    expect(installations()).toBe('ci --workspaces=false\ninstall --no-save\n');
  });

  test.each([
    { node: 'the pinned Node.js', more: {} },
    { node: 'another Node.js', more: { FOREIGN: process.execPath } },
  ])('under $node a signal reaches the program, whose end is the end of the command', async ({ more }) => {
    writeFileSync(
      file('local/serve.mjs'),
      "process.on('SIGTERM', () => process.exit(5)); setInterval(() => 0, 1000); console.log('serving');",
    );
    letInstall();
    const run = setUpWith(more, 'run.mjs', 'local/serve.mjs');
    await onceTrue(() => run.printed() === 'serving\n');

    run.end();

    expect(await run.ended()).toBe(5);
  });

  test('without a program it says how it is used', async () => {
    const run = setUp('run.mjs');

    expect(await run.ended()).toBe(1);
    expect(run.said()).toMatch(/^node local\/run\.mjs /);
  });
});
