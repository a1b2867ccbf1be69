/** The documents are true where that can be checked: every test that INVARIANTS.md names exists, and every example has one. */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const sections = read('INVARIANTS.md')
  .split(/^(?=\*\*I\d+\.)/m)
  .slice(1);
const named = [...read('INVARIANTS.md').matchAll(/^- `(tests\/[^`]+)`: "([^"]+)"$/gm)].map(
  ([, file = '', name = '']) => ({
    file,
    name,
  }),
);

test('INVARIANTS.md numbers its invariants without a gap', () => {
  const numbers = sections.map((section) => Number(/^\*\*I(\d+)\./.exec(section)?.[1]));

  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  expect(numbers.length).toBeGreaterThan(10);
});

test.each(sections.map((section) => [section.split('.')[0] ?? '', section]))(
  '%s names a test',
  (_, section) => {
    expect(section).toMatch(/^- `tests\//m);
  },
);

test.each(named)('INVARIANTS.md names "$name", and $file has it', ({ file, name }) => {
  // As a whole string: a comment, or a part of a longer name, is not a test.
  const quoted = [`'${name}'`, `"${name}"`, `\`${name}\``];
  expect(quoted.some((text) => read(file).includes(text))).toBe(true);
});

const told = read('PROTOCOL.md').split('### 3.3')[1]?.split('\n#')[0] ?? '';
const rows = [...told.matchAll(/^\| ([^|]+) \|.*\|$/gm)].map(([, row = '']) => row).slice(2);

test('PROTOCOL.md says what a reader is told, case by case', () => {
  expect(rows.length).toBeGreaterThan(10);
});

test.each(rows)('a test is named as the case "%s"', (row) => {
  expect(read('tests/integration/retention.test.ts')).toContain(`'${row}'`);
});

test('no test is switched off, or alone', () => {
  const tests = globSync('tests/**/*.test.ts', { cwd: ROOT });
  const switched = tests.filter((path) => /\b(?:test|it|describe)\.(?:skip|only|todo)\b/.test(read(path)));

  expect(tests.length).toBeGreaterThan(50);
  expect(switched).toEqual([]);
});

const examples = [...read('examples/README.md').matchAll(/^\| \[([^\]]+)\].*\| `(tests\/[^`]+)` \|$/gm)].map(
  ([, path = '', file = '']) => ({ path, file }),
);

test('examples/README.md names every example', () => {
  const folders = globSync('examples/*/', { cwd: ROOT }).map(
    (path) => path.replaceAll('\\', '/').split('/')[1],
  );

  expect([...new Set(examples.map(({ path }) => path.split('/')[0]))].sort()).toEqual(folders.sort());
});

test.each(examples)('the example $path is there, and so is $file', ({ path, file }) => {
  expect(existsSync(join(ROOT, 'examples', path))).toBe(true);
  expect(read(file)).toContain(path.split('/')[0]);
});
