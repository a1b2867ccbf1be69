/** Files that share a process must find its environment as it was: whoever changes it has a process of its own (OWN_PROCESS in vitest.config.ts). */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { documentPath } from '../support/repo/documents.ts';
import { ourFiles } from '../support/repo/our-files.ts';

const CHANGES = /process\.env(?:\[\w+\]|\.\w+) = |Object\.assign\(process\.env\b|\bstubEnv\(/;
const IMPORTED = /from '(\.[^']+)'/g;
const sourceOf = (path: string) => readFileSync(documentPath(path), 'utf8');

/** By the file itself, or by what it imports of tests/support, and that of others there. */
function changesEnvironment(path: string, seen: Set<string> = new Set()): boolean {
  if (seen.has(path)) return false;
  seen.add(path);
  const source = sourceOf(path);
  if (CHANGES.test(source)) return true;
  return [...source.matchAll(IMPORTED)]
    .map(([, name = '']) => join(dirname(path), name))
    .filter((one) => one.startsWith('tests/support/'))
    .some((one) => changesEnvironment(one, seen));
}

test('a test that changes the environment of its process has one of its own', () => {
  const config = sourceOf('vitest.config.ts');
  const listed = /OWN_PROCESS = \[([^\]]*)\]/.exec(config)?.[1] ?? '';
  const changing = ourFiles('tests/integration/**/*.test.ts').filter((path) => changesEnvironment(path));

  expect(changing.length).toBeGreaterThan(3);
  expect(changing.filter((path) => !listed.includes(`'${path}'`))).toEqual([]);
});
