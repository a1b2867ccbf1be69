/** The documents are true where that can be checked: the tests and the lines of code that they name are there, and every example has a test. */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MEANINGS } from '../faults/report.ts';
import { STREAM_MUTATIONS } from '../model/streams/mutations.ts';
import { sectionOf } from '../support/repo/documents.ts';
import {
  MUTATIONS,
  mistakeTable,
  mutationTable,
  streamMutationTable,
} from '../support/repo/mistake-table.ts';
import { ourFiles } from '../support/repo/our-files.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const sections = read('INVARIANTS.md')
  .split(/^(?=\*\*I\d+\.)/m)
  .slice(1);
const named = ['INVARIANTS.md', 'docs/evidence/reliability.md'].flatMap((document) =>
  [...read(document).matchAll(/`((?:tests|packages)\/[^`]+)`: "([^"]+)"/g)].map(
    ([, file = '', name = '']) => ({
      document,
      file,
      name,
    }),
  ),
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

test.each(named)('$document names "$name", and $file has it', ({ file, name }) => {
  // As a whole string: a comment, or a part of a longer name, is not a test.
  const quoted = [`'${name}'`, `"${name}"`, `\`${name}\``];
  expect(quoted.some((text) => read(file).includes(text))).toBe(true);
});

test('docs/evidence/reliability.md shows the mistakes that the model and the fault runs must find', () => {
  expect(sectionOf('docs/evidence/reliability.md', 'mutations')).toBe(mutationTable());
  expect(sectionOf('docs/evidence/reliability.md', 'stream-mutations')).toBe(streamMutationTable());
  expect(sectionOf('docs/evidence/reliability.md', 'mistakes')).toBe(mistakeTable());
});

test.each([...MUTATIONS, ...STREAM_MUTATIONS].map(({ line }) => line))(
  'what a mistake undoes is there: %s',
  (line) => {
    const [, file = '', name = ''] = /^([^:,]+)(?:, #?(\w+))?:/.exec(line) ?? [];

    expect(read(`lib/${file}`)).toContain(name && `${name}(`);
  },
);

test('docs/evidence/reliability.md shows every fault, met and without a violation', () => {
  const rows = [
    ...sectionOf('docs/evidence/reliability.md', 'faults').matchAll(
      /^\| ([^|]+) \| [^|]+ \| ([\d,]+) \| ([\d,]+) \| (\d+) \|$/gm,
    ),
  ];

  expect(rows.map(([, fault]) => fault)).toEqual(expect.arrayContaining(Object.keys(MEANINGS)));
  expect(
    rows.filter(([, , met, runs, violations]) => met === '0' || runs === '0' || violations !== '0'),
  ).toEqual([]);
});

test('README.md says the prices that docs/evidence/cost.md says', () => {
  const [, ...dollars] =
    /\| 1,000 \| an event a minute \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| [^|]+ \| ([^|]+) \|/.exec(
      sectionOf('docs/evidence/cost.md', 'totals'),
    ) ?? [];
  const shapes = [
    'classic Lambda',
    'direct waits',
    'shared polls',
    'Managed Instances',
    'hub on Fargate',
    'AppSync Events',
  ];
  const readme = read('README.md').split('\n');

  expect(dollars).toHaveLength(shapes.length);
  for (const [i, shape] of shapes.entries())
    expect(readme.find((line) => line.startsWith('|') && line.includes(shape))).toContain(
      `| $${dollars[i]?.replaceAll('*', '')} |`,
    );
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
  const tests = ourFiles('tests/**/*.test.ts');
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
