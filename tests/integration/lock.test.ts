/** One process per data folder, also when several come at once upon what a killed one has left. */

import { once } from 'node:events';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { holdDataDir, lockOwnerOf } from '../../local/data-dir-lock.ts';
import { smallDisk } from '../support/stack/small-disk.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  ['nobody', undefined],
  ['a process that was killed while it wrote', '{"pid":'],
])('of twenty that come at once after %s, one has the folder', async (_, file) => {
  if (file !== undefined) await writeFile(join(folder, 'instance.json'), file);

  const holds = await Promise.allSettled(Array.from({ length: 20 }, () => holdDataDir(folder)));

  expect(holds.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('who was slower to see that the holder is dead does not take the folder from who took it over', async () => {
  // The dead holder's port is somebody else's now, who keeps all but the first caller waiting.
  const callers: Socket[] = [];
  const stranger = createServer((socket) => {
    if (callers.push(socket) === 1) socket.end('hello');
  });
  stranger.listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const dead = { pid: 1, port: (stranger.address() as AddressInfo).port, token: 'mine' };
  await writeFile(join(folder, 'instance.json'), JSON.stringify(dead));

  const both = [holdDataDir(folder), holdDataDir(folder)];
  await Promise.any(both);
  for (const caller of callers) caller.end();

  expect((await Promise.allSettled(both)).map(({ status }) => status).sort()).toEqual([
    'fulfilled',
    'rejected',
  ]);
  stranger.close();
});

test('a folder that was given back may be held again', async () => {
  const giveBack = await holdDataDir(folder);
  await expect(holdDataDir(folder)).rejects.toThrow(`${folder} is in use by process ${process.pid}`);
  await giveBack();

  await expect(holdDataDir(folder)).resolves.toBeTypeOf('function');
});

test('on a full disk one has the folder, others see who, and what a killed one left locks nobody out', async () => {
  const disk = smallDisk(1);
  if (!disk) return console.warn('SKIPPED: a lock on a full disk. Run as root on Linux.');
  onTestFinished(() => disk.remove());
  disk.fill(0);

  const giveBack = await holdDataDir(disk.folder);
  await expect(holdDataDir(disk.folder)).rejects.toThrow(`is in use by process ${process.pid}`);
  expect(await lockOwnerOf(disk.folder)).toMatchObject({ pid: process.pid });
  await giveBack();
  expect(await lockOwnerOf(disk.folder)).toBeUndefined();
  // Nobody listens on port 1.
  await symlink('1 1 a-token', join(disk.folder, 'instance.json'));
  await expect(holdDataDir(disk.folder)).resolves.toBeTypeOf('function');
  expect(await readdir(disk.folder)).not.toContain('turn');
});
