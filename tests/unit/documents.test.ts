/** The documents are true where that can be checked: every test that INVARIANTS.md names exists. */

import { readFileSync } from 'node:fs';
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
  expect(read(file)).toContain(name);
});
