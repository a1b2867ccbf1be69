/** The log of `npm run start:lambda`: a disk that is full must not end the functions that print. */

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { functionLog } from '../../../local/lambda/function-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what functions print is in the file, in order', async () => {
  const file = join(folder, 'lambda.log');
  const log = functionLog(file, expect.unreachable);

  log('poll one\n');
  log('publish two\n');

  expect(await readFile(file, 'utf8')).toBe('poll one\npublish two\n');
});

// Linux's device that is always full.
test.skipIf(!existsSync('/dev/full'))(
  'a full disk is told once, and how much it cost when there is room',
  async () => {
    const file = join(folder, 'lambda.log');
    await symlink('/dev/full', file);
    const told: string[] = [];
    const log = functionLog(file, (text) => told.push(text));

    log('one\n');
    log('two\n');
    await rm(file);
    log('three\n');
    log('four\n');

    expect(told).toEqual([expect.stringContaining('ENOSPC')]);
    expect(told[0]).not.toContain('one');
    expect(await readFile(file, 'utf8')).toBe('2 texts before this could not be written\nthree\nfour\n');
  },
);
