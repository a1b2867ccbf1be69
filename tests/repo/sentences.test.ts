/** The documents are written in short sentences, as house style asks. How they are counted stands with the counter. */

import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentPath } from '../support/repo/documents.ts';
import { averageOf, LIMITS, sentencesOf } from '../support/repo/sentences.ts';

const FOLDERS = ['lib', 'packages/*', 'bench', 'tests/*', 'examples', 'examples/*'];
/** Its entries were written on many days, so it has no average to keep to. */
const CHANGELOG = 'CHANGELOG.md';
/** All but what a race writes, in bench/results. */
const DOCUMENTS = globSync(['*.md', ...FOLDERS.map((folder) => `${folder}/README.md`), 'docs/**/*.md'], {
  cwd: documentPath(''),
})
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path !== CHANGELOG)
  .sort();

const counted = (markdown: string) => sentencesOf(markdown).map(({ text, words }) => [words, text]);

const sentencesIn = (document: string) => sentencesOf(readFileSync(documentPath(document), 'utf8'));

test('the documents of every folder are among those whose sentences are counted', () => {
  expect(DOCUMENTS).toEqual(
    expect.arrayContaining([
      'README.md',
      'lib/README.md',
      'docs/quickstart.md',
      'packages/client/README.md',
      'packages/stack/README.md',
      'packages/testing/README.md',
      'examples/ancestor/README.md',
      'tests/model/README.md',
    ]),
  );
});

test.each([...DOCUMENTS, CHANGELOG])(
  `%s has no sentence of more than ${LIMITS.longest} words`,
  (document) => {
    expect(sentencesIn(document).filter(({ words }) => words > LIMITS.longest)).toEqual([]);
  },
);

test.each(DOCUMENTS)(`%s has ${LIMITS.average} words a sentence at most on average`, (document) => {
  expect(averageOf(sentencesIn(document))).toBeLessThanOrEqual(LIMITS.average);
});

test('counts a sentence that goes over two lines, and code as one word', () => {
  expect(counted('Run `npm run docs -- all`\nagain. It is **quick**.')).toEqual([
    [3, 'Run CODE again.'],
    [3, 'It is quick.'],
  ]);
});

test('the counter of sentences ends no sentence at a semicolon, a colon, a decimal point or a file name', () => {
  expect(counted('It took 1.5 s: see race.md; then stop.')).toHaveLength(1);
});

test('the counter of sentences takes a list item for a sentence', () => {
  expect(counted('- one\n- two words\n  and more\n')).toEqual([
    [1, 'one'],
    [4, 'two words and more'],
  ]);
});

test('passes over code, tables, headings, comments, pictures and the names of tests', () => {
  const markdown = [
    '# A heading',
    '```sh\nnpm test\n```',
    'A sentence.\n\n    npm start\n',
    '| a | table |\n| --- | --- |',
    '<!-- part: npm run docs -->',
    '![A picture](a.png)',
    '- `tests/a.test.ts`: "does it"',
  ].join('\n\n');

  expect(counted(markdown)).toEqual([[2, 'A sentence.']]);
});

test('counts of a link only its text, and of an invariant not its number', () => {
  expect(counted('**I7. Read [the log](a.md#b) first.** Then sleep.')).toEqual([
    [4, 'Read the log first.'],
    [2, 'Then sleep.'],
  ]);
});
