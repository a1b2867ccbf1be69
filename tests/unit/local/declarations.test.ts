/** The declarations that a package carries. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyDeclarations } from '../../../local/bundle/declarations.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'doorbell-declarations-'));
});

afterEach(() => rm(root, { recursive: true }));

async function compiled(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, 'compiled', `${name}.d.ts`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

const copy = () =>
  copyDeclarations(join(root, 'compiled'), join(root, 'types'), {
    from: 'a/src',
    entries: { index: 'index' },
  });

test('what the entries reach lies in one folder, and nothing else', async () => {
  await compiled({
    'a/src/index': "export { type One } from './one.ts';\nexport type { Two } from '../../lib/two.ts';\n",
    'a/src/one': "import type { Two } from '../../lib/two.ts';\nexport type One = Two;\n",
    'lib/two': 'export type Two = 2;\n',
    'a/src/unused': 'export type Unused = 3;\n',
  });

  await copy();

  expect((await readdir(join(root, 'types'))).sort()).toEqual(['index.d.ts', 'one.d.ts', 'two.d.ts']);
  expect(await readFile(join(root, 'types/index.d.ts'), 'utf8')).toBe(
    "export { type One } from './one.js';\nexport type { Two } from './two.js';\n",
  );
});

test('of two files of one name the second gets that of its folder too', async () => {
  await compiled({
    'a/src/index': "export { type One } from './one.ts';\nexport type { Other } from '../../lib/one.ts';\n",
    'a/src/one': "export type { Other as One } from '../../lib/one.ts';\n",
    'lib/one': 'export type Other = 2;\n',
  });

  await copy();

  expect(await readFile(join(root, 'types/index.d.ts'), 'utf8')).toBe(
    "export { type One } from './one.js';\nexport type { Other } from './lib-one.js';\n",
  );
  expect(await readFile(join(root, 'types/one.d.ts'), 'utf8')).toContain("'./lib-one.js'");
});

test('a third is refused: it would overwrite another', async () => {
  await compiled({
    'a/src/index':
      "export type * from './one.ts';\nexport type * from '../lib/one.ts';\nexport type * from '../../lib/one.ts';\n",
    'a/src/one': 'export type One = 1;\n',
    'a/lib/one': 'export type Two = 2;\n',
    'lib/one': 'export type Three = 3;\n',
  });

  await expect(copy()).rejects.toThrow('Three declarations are named one');
});
