/** Which of the locked packages a program needs, and whether they are installed. */

import { expect, test } from 'vitest';
import { isComplete, neededByRoot, packagesOf } from '../../../local/installed.mjs';
import { documentPath } from '../../support/repo/documents.ts';

const named = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '1']));

test('the root needs its own packages and theirs, each from where Node would find it', () => {
  const locked = {
    '': { dependencies: named('a'), devDependencies: named('tool'), peerDependencies: named('react') },
    tests: { devDependencies: named('vitest') },
    'node_modules/a': { dependencies: named('b'), devDependencies: named('never') },
    'node_modules/a/node_modules/b': { dependencies: named('c') },
    'node_modules/b': {},
    'node_modules/c': { peerDependencies: named('d'), optionalDependencies: named('other-platform') },
    'node_modules/d': {
      dependencies: named('a'),
      peerDependencies: named('vitest'),
      peerDependenciesMeta: { vitest: { optional: true } },
    },
    'node_modules/tool': {},
    'node_modules/react': {},
    'node_modules/vitest': {},
  };

  expect(Object.keys(neededByRoot(locked)).sort()).toEqual([
    'node_modules/a',
    'node_modules/a/node_modules/b',
    'node_modules/c',
    'node_modules/d',
    'node_modules/tool',
  ]);
});

test.each([
  { what: 'nothing', installed: undefined, complete: false },
  { what: 'the locked version', installed: { one: { integrity: 'x' } }, complete: true },
  { what: 'another version', installed: { one: { integrity: 'y' } }, complete: false },
  { what: 'one of two', installed: { two: { integrity: 'z' } }, complete: false },
])('with $what installed it is complete: $complete', ({ installed, complete }) => {
  const locked = { '': {}, link: {}, one: { integrity: 'x' }, two: { integrity: 'z', optional: true } };

  expect(isComplete(locked, installed)).toBe(complete);
});

test('npm start needs fewer than two thirds of the locked packages, and none that only tests have', () => {
  const locked = packagesOf(documentPath('package-lock.json')) ?? {};
  const needed = neededByRoot(locked);

  expect(Object.keys(needed)).toEqual(
    expect.arrayContaining(['node_modules/serverless', 'node_modules/esbuild']),
  );
  for (const name of [
    'vitest',
    'typescript',
    '@sparticuz/chromium',
    '@biomejs/biome',
    'react-dom',
    'echarts',
  ])
    expect([name, `node_modules/${name}` in needed]).toEqual([name, false]);
  expect(Object.keys(needed).length).toBeLessThan((Object.keys(locked).length * 2) / 3);
});
