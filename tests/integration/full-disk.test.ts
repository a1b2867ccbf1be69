/** A disk that is really full, under the hub and under `npm start`: a tmpfs. Where none can be mounted, tests/integration/table-store.test.ts injects what a full disk says. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ChannelInfo } from '../../lib/protocol/doorbell.ts';
import { holdDataDir } from '../../local/data-dir-lock.ts';
import { mountSmallDisk, type SmallDisk } from '../../packages/testing/src/check/crash/small-disk.ts';
import { eventsPath, eventsUpTo, posting, publish, range, type Served } from '../support/http/http.ts';
import { freePort, launch, type Offline, startOffline } from '../support/stack/offline.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const MIB = 1024 * 1024;
const CHANNEL = 'doors';
/** Random, so that nothing makes it smaller: 20,000 characters. */
const text = () => randomBytes(15_000).toString('base64');

const probe = await mountSmallDisk(MIB);
await probe?.end();
if (!probe)
  console.warn('SKIPPED: tests/integration/full-disk.test.ts needs root on Linux to mount a tmpfs.');

/** How each names the store of its log. */
const STORE = { hub: 'the log', start: '/dynamodb' } as const;

describe.skipIf(!probe).each(['hub', 'start'] as const)('npm run %s on a disk that is full', (script) => {
  let disk: SmallDisk;
  let running: Offline | undefined;
  beforeAll(async () => {
    const mounted = await mountSmallDisk(24 * MIB);
    if (!mounted) throw new Error('it could be mounted a moment ago');
    disk = mounted;
  });
  afterAll(async () => {
    await running?.end('SIGKILL');
    running = undefined;
    await disk.end();
  });
  const start = async (health = 200) => {
    running = await startOffline(disk.folder, await freePort(), { script, health }, { ADMIN_PORT: '0' });
    return running;
  };

  test('takes no event until it can keep it, says so, and has every acknowledged event after a restart', async () => {
    const first = await start();
    const { served } = first;
    const kept = new Map<number, unknown>();
    const take = async (data: string) => {
      const response = await served.request(eventsPath(CHANNEL), posting({ data }));
      const { first: vid } = (await response.json()) as { first?: number };
      if (response.status === 201 && vid !== undefined) kept.set(vid, data);
      return response.status;
    };
    for (let i = 1; i <= 5; i++) expect(await take(text())).toBe(201);
    const { epoch } = await headOf(served);

    await disk.fill();
    const refused = await Promise.all(Array.from({ length: 6 }, () => take(text())));
    expect(refused).toContain(503);
    // The log is asked once a second, however often health is.
    await vi.waitUntil(async () => (await statusOf(served, '/healthz')) === 503, { timeout: WAIT_MS });
    if (script === 'hub')
      await vi.waitUntil(async () => (await readiness(first)) === 503, { timeout: WAIT_MS });
    // Nothing is said once per request.
    await Promise.all(range(1, 5).map(() => take('small')));
    expect(said(first, `${STORE[script]} cannot be written`)).toBe(1);

    await disk.free();
    await vi.waitUntil(async () => (await statusOf(served, '/healthz')) === 200, { timeout: WAIT_MS });
    if (script === 'hub')
      await vi.waitUntil(async () => (await readiness(first)) === 200, { timeout: WAIT_MS });
    expect(said(first, `${STORE[script]} can be written again`)).toBe(1);
    for (let i = 0; i < 40; i++) expect(await take(text())).toBe(201);
    await first.end('SIGTERM');
    running = undefined;

    const second = await start();
    const { head, epoch: after } = await headOf(second.served);
    const there = new Map(
      (await eventsUpTo(second.served, CHANNEL, head)).map(({ vid, data }) => [vid, data]),
    );
    expect(after).toBe(epoch);
    expect([...kept].filter(([vid, data]) => there.get(vid) !== data).map(([vid]) => vid)).toEqual([]);
    expect([...there.keys()]).toEqual(range(1, head));
    expect(await publish(second.served, CHANNEL, { data: 'next' })).toMatchObject({ first: head + 1 });
  }, 180_000);

  /** Stops it, so that none of the files is there that a start makes and a kill would leave; then fills its disk. */
  const stopOnFullDisk = async () => {
    const before = running ?? (await start());
    const { last: head } = await publish(before.served, CHANNEL, { data: text() });
    const kept = await eventsUpTo(before.served, CHANNEL, head);
    await before.end('SIGTERM');
    running = undefined;
    await disk.fill();
    onTestFinished(() => disk.free());
    return { head, kept };
  };

  if (script === 'hub')
    test('is started there, serves its readers, and takes events again when there is room', async () => {
      const { head, kept } = await stopOnFullDisk();

      const { served } = await start(503);
      expect(await eventsUpTo(served, CHANNEL, head)).toEqual(kept);
      const refused = await served.request(eventsPath(CHANNEL), posting({ data: 'small' }));
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      await expect(holdDataDir(disk.folder)).rejects.toThrow('is in use by process');

      await disk.free();
      await vi.waitUntil(() => existsSync(join(disk.folder, 'endpoints.json')), { timeout: WAIT_MS });
      expect(await publish(served, CHANNEL, { data: 'next' })).toMatchObject({ first: head + 1 });
    }, 120_000);
  else
    test('ends a start there with a line that names the folder and what to do, and loses nothing', async () => {
      const { head, kept } = await stopOnFullDisk();

      const { exited, output } = launch({ PORT: String(await freePort()), DATA_DIR: disk.folder });
      expect(await exited).toBe(1);
      expect(output()).toContain(`${disk.folder}/dynamodb cannot be written: its disk is full. Make room`);
      expect(output()).not.toContain('    at ');

      await disk.free();
      expect(await eventsUpTo((await start()).served, CHANNEL, head)).toEqual(kept);
    }, 120_000);

  test('six writers while room comes and goes, then a kill: every acknowledged event is there', async () => {
    const { served, end } = running ?? (await start());
    const kept = new Map<number, unknown>();
    let refused = 0;
    let isOver = false;
    const writer = async () => {
      while (!isOver) {
        const data = text();
        const response = await served.request(eventsPath(CHANNEL), posting({ data }));
        const { first: vid } = (await response.json()) as { first?: number };
        if (response.status === 201 && vid !== undefined) kept.set(vid, data);
        else refused++;
      }
    };
    const writers = Array.from({ length: 6 }, writer);
    for (let round = 1; round <= 3; round++) {
      const [before, refusedBefore] = [kept.size, refused];
      await disk.fill();
      await vi.waitUntil(() => refused > refusedBefore, { timeout: WAIT_MS });
      await disk.free();
      await vi.waitUntil(() => kept.size > before + 20, { timeout: WAIT_MS });
    }
    const ended = end('SIGKILL');
    isOver = true;
    await Promise.allSettled(writers);
    await ended;
    running = undefined;

    const second = await start();
    const { head } = await headOf(second.served);
    const there = new Map(
      (await eventsUpTo(second.served, CHANNEL, head)).map(({ vid, data }) => [vid, data]),
    );
    expect([...kept].filter(([vid, data]) => there.get(vid) !== data).map(([vid]) => vid)).toEqual([]);
  }, 180_000);
});

async function headOf(served: Served): Promise<ChannelInfo> {
  return (await (await served.request(`/v1/channels/${CHANNEL}`)).json()) as ChannelInfo;
}

async function statusOf(served: Served, path: string): Promise<number> {
  const response = await served.request(path);
  await response.arrayBuffer();
  return response.status;
}

async function readiness({ output }: Offline): Promise<number> {
  const [, port] = /:(\d+)\/metrics/.exec(output()) ?? [];
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
}

function said({ output }: Offline, words: string): number {
  return output().split(words).length - 1;
}
