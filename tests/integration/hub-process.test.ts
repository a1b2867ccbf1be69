/** The hub as a program: from the sources with everything embedded, and as the one file that a container runs. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bundle } from '../../local/bundle/bundle.ts';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { dataOf, eventsUpTo, numbered, over, poll, publish, range } from '../support/http/http.ts';
import { figuresOf, HUB_SECRET, hubToken } from '../support/stack/hub.ts';
import { freePort, launch, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';
import { environmentOf } from '../support/stack/process.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const STACK_TRACE = /^\s+at /m;
const PUTS = 'doorbell_aws_calls_total{operation="PutItem"}';

describe('npm run hub', () => {
  let dataDir: string;
  let running: Offline | undefined;
  beforeAll(async () => {
    dataDir = await newDataDir();
  });
  afterAll(async () => {
    running?.end('SIGKILL').catch(() => undefined);
    await rm(dataDir, { recursive: true, force: true });
  });
  const start = async (npm: boolean) =>
    startOffline(dataDir, await freePort(), { npm, script: 'hub' }, { ADMIN_PORT: '0' });

  test('killed and started again it has all that it acknowledged; it ends with npm, and answers what it holds', async () => {
    running = await start(false);
    await publish(running.served, 'doors', numbered(1, 20));
    await running.end('SIGKILL');

    running = await start(true);
    const { served, url, output, end } = running;
    expect(dataOf(await eventsUpTo(served, 'doors', 20))).toEqual(range(1, 20));
    const held = poll(served, 'doors', { maxvid: 20 });
    expect(await publish(served, 'others', { data: 1 })).toMatchObject({ first: 1 });
    const [, adminPort] = /:(\d+)\/metrics/.exec(output()) ?? [];
    const figures = await figuresOf({ adminPort: Number(adminPort) });
    expect([...figures.keys()].filter((name) => name.includes('aws'))).toEqual([]);
    expect(figures.get('doorbell_http_responses_total{status="201"}'), 'one publish').toBe(1);
    // To npm alone. Its shell does not hand the signal on.
    end('SIGTERM').catch(() => undefined);

    expect((await held).events).toEqual([]);
    const isGone = async () => (await fetch(`${url}/healthz`).catch(() => undefined)) === undefined;
    await vi.waitUntil(isGone, { timeout: WAIT_MS });
    expect(output()).not.toMatch(STACK_TRACE);
    running = undefined;
  }, 120_000);

  test('Ctrl-C in a terminal cuts nobody off', async () => {
    const terminal = { npm: true, script: 'hub', terminal: true } as const;
    const { served, end, output } = await startOffline(dataDir, await freePort(), terminal, {
      ADMIN_PORT: '0',
    });
    const held = poll(served, 'nobody', { maxvid: 0 });
    expect(await publish(served, 'others', { data: 1 })).toMatchObject({ count: 1 });
    const ended = end('SIGINT');

    expect((await held).events).toEqual([]);
    await ended;
    expect(output()).not.toMatch(STACK_TRACE);
    await expect.poll(() => readdirSync(dataDir)).not.toContain('instance.json');
  }, 60_000);

  test('opens without working first: until then it makes nothing beside its data folder', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'doorbell-'));
    const made: Array<string | null> = [];
    const watcher = watch(temporary, (_, name) => void made.push(name));
    const env = { ADMIN_PORT: '0', TMPDIR: temporary };
    const hub = await startOffline(dataDir, await freePort(), { script: 'hub' }, env);
    await hub.end('SIGTERM');
    watcher.close();

    expect(made).toEqual([]);
    await rm(temporary, { recursive: true });
  }, 60_000);

  test('an address that is not this machine is named once, with the variables that ask for it', async () => {
    const env = { PORT: '0', ADMIN_HOST: '203.0.113.1', DATA_DIR: ':memory:' };
    const { exited, output } = launch(env, { script: 'hub' });

    expect(await exited).toBe(1);
    expect(output()).toMatch(/^ADMIN_HOST and ADMIN_PORT cannot be listened on: listen EADDRNOTAVAIL/m);
    expect(output().match(/EADDRNOTAVAIL/g)).toHaveLength(1);
  }, 60_000);

  test.each([
    [{ PORT: 'x' }, /^PORT must be a whole number from 0 to 65535, got "x"$/m],
    [{ ADMIN_PORT: '65536' }, /^ADMIN_PORT must be a whole number from 0 to 65535/m],
    [{ DRAIN_SECONDS: '-1' }, /^DRAIN_SECONDS must be a whole number from 0 to 600/m],
  ])('with %j says one line and ends with 1', async (env, line) => {
    const { exited, output } = launch(env, { script: 'hub' });

    expect(await exited).toBe(1);
    expect(output()).toMatch(line);
    expect(output().trim().split('\n')).toHaveLength(1);
  });
});

describe('the image of hub/Dockerfile', () => {
  let stack: LocalStack;
  let folder: string;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    await bundle();
    stack = await startLocalStack();
    folder = await mkdtemp(join(tmpdir(), 'doorbell-image-'));
    const files = await imageFiles();
    await Promise.all(files.map((file) => copyFile(join(SERVICE_DIR, file), join(folder, basename(file)))));
  }, 60_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    for (const child of children) child.kill('SIGKILL');
    await stack?.stop();
  });

  /** What the image has. */
  async function imageFiles(): Promise<readonly string[]> {
    const file = await readFile(join(SERVICE_DIR, 'hub/Dockerfile'), 'utf8');
    return [...file.matchAll(/\/build\/(dist\/\S+)/g)].map(([, name = '']) => name);
  }

  /** As a container would: those files, and nothing but its environment. */
  function run(env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [join(folder, 'hub.mjs')], {
      cwd: folder,
      env: { ...environmentOf(stack), ...endpoints(), DOORBELL_SECRET: HUB_SECRET, ADMIN_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    return { child, output: () => output, exited: once(child, 'close') };
  }
  const endpoints = () => {
    const env: Record<string, string> = {};
    stack.lead(env);
    return env;
  };

  test('serves on AWS by its environment, and ends with 0', async () => {
    const { child, output, exited } = run({ PORT: '0' });
    await vi.waitUntil(() => /on port (\d+)/.test(output()), { timeout: WAIT_MS });
    const [, port, adminPort] = /on port (\d+), for its operator on (\d+)/.exec(output()) ?? [];
    const served = over(`http://127.0.0.1:${port}`, await hubToken());
    const held = poll(served, 'doors', { maxvid: 0 });
    await publish(served, 'doors', { data: 1 });
    const ready = await fetch(`http://127.0.0.1:${adminPort}/readyz`);
    const page = await served.request('/');
    const figures = await figuresOf({ adminPort: Number(adminPort) });
    child.kill('SIGTERM');

    expect(await held).toMatchObject({ maxvid: 1, events: [{ data: 1 }] });
    expect([ready.status, page.status]).toEqual([200, 200]);
    expect(figures.get(PUTS), 'the block and its channel').toBeGreaterThanOrEqual(2);
    expect(await exited).toEqual([0, null]);
    expect(output()).not.toMatch(STACK_TRACE);
  }, 60_000);

  test('serves on one file, and ends with 0: the next one has what this one acknowledged', async () => {
    const file = join(folder, 'data', 'doorbell.db');
    const onFile = async () => {
      const one = run({ PORT: '0', EVENTS_TABLE: '', DATA_FILE: file });
      await vi.waitUntil(() => /on port (\d+)/.test(one.output()), { timeout: WAIT_MS });
      const [, port] = /on port (\d+)/.exec(one.output()) ?? [];
      return { ...one, served: over(`http://127.0.0.1:${port}`, await hubToken()) };
    };
    const first = await onFile();
    const held = poll(first.served, 'doors', { maxvid: 0 });
    await publish(first.served, 'doors', { data: 1 });
    expect(await held).toMatchObject({ maxvid: 1, events: [{ data: 1 }] });
    first.child.kill('SIGTERM');
    expect(await first.exited).toEqual([0, null]);
    const second = await onFile();
    expect(await poll(second.served, 'doors', { maxvid: 0 })).toMatchObject({ events: [{ data: 1 }] });
    second.child.kill('SIGTERM');

    expect(await second.exited).toEqual([0, null]);
    expect(first.output() + second.output()).not.toMatch(STACK_TRACE);
  }, 60_000);

  test('without tables and without a file says which variables are missing', async () => {
    const { output, exited } = run({ PORT: '0', EVENTS_TABLE: '' });

    expect(await exited).toEqual([1, null]);
    expect(output().trim()).toMatch(/^Set EVENTS_TABLE .* or DATA_FILE/);
  });

  test('without a key serves nobody', async () => {
    const { output, exited } = run({ PORT: '0', DOORBELL_SECRET: '' });

    expect(await exited).toEqual([1, null]);
    expect(output().trim().split('\n')).toHaveLength(1);
    expect(output()).toContain('DOORBELL_SECRET');
  });

  test('whose port is taken says so in one line', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    for (const env of [{ PORT: String(port) }, { PORT: '0', ADMIN_PORT: String(port) }]) {
      const { output, exited } = run(env);

      expect(await exited).toEqual([1, null]);
      expect(output().trim()).toMatch(
        new RegExp(
          `^(ADMIN_HOST and ADMIN_PORT|HOST and PORT) cannot be listened on: listen EADDRINUSE.*:${port}$`,
        ),
      );
    }
    taken.close();
  }, 30_000);
});
