/** What a killed run of the tests leaves in the temporary folder goes when the next one begins. */

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownFolder } from '../../support/repo/run-folders.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'doorbell-folders-'));
});
afterAll(() => rm(parent, { recursive: true }));

test('a folder of a run that is gone is removed, and one of a run that goes on stays', async () => {
  const { pid: gone } = spawnSync(process.execPath, ['--version']);
  const names = [`doorbell-tests-${gone}-a`, `doorbell-tests-${process.pid}-b`, 'doorbell-tests-c', 'else'];
  for (const name of names) await mkdir(join(parent, name, 'inside'), { recursive: true });

  const { folder, remove } = await ownFolder('tests', parent);
  const during = await readdir(parent);
  await remove();

  expect(during.sort()).toEqual([...names.slice(1), basename(folder)].sort());
  expect((await readdir(parent)).sort()).toEqual(names.slice(1).sort());
});
