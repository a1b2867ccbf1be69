/** Whether dist/ has to be built anew. */

import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isBuilt, SOURCES } from '../../local/built.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'doorbell-built-'));
  for (const source of SOURCES) await write(join(source, 'file.ts'), 1_000);
  await write('dist/client.js', 2_000);
});

afterEach(() => rm(root, { recursive: true }));

/** A file of that age, in seconds since 1970, in a folder that is no younger. */
async function write(name: string, at: number): Promise<void> {
  const path = join(root, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '');
  await utimes(path, at, at);
  await utimes(join(path, '..'), at, at);
}

test('what was built after all of its sources need not be built again', async () => {
  expect(await isBuilt(['client.js'], root)).toBe(true);
});

test.each([
  { what: 'is older than a source', change: () => write('client/file.ts', 3_000) },
  { what: 'was built before a source was taken away', change: () => utimes(join(root, 'lib'), 3_000, 3_000) },
  { what: 'is missing', change: () => rm(join(root, 'dist/client.js')) },
])('what $what must be', async ({ change }) => {
  await change();

  expect(await isBuilt(['client.js'], root)).toBe(false);
});
