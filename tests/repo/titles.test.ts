/** A title of a test is read in a report, without its file: it names what it is about, and does not go on from another one. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentPath } from '../support/repo/documents.ts';
import { ourFiles } from '../support/repo/our-files.ts';

/** Of a `describe` or a `test` that stands in no other, also behind a table of cases. */
const OUTERMOST = /^(?:(?:describe|test)[.\w]*(?:\([^\n]*\))?|[\])}]+)\(\s*(['"`])((?:(?!\1).)+)\1/gm;
/** Words that go on from what stands before. */
const GOES_ON =
  /^(?:and|but|so|or|nor|then|also|it|its|they|this|these|those|that|which|the same|(?:another|other)s?,? too)\b/i;

const titles = ourFiles('tests/**/*.test.ts').flatMap((file) =>
  [...readFileSync(documentPath(file), 'utf8').matchAll(OUTERMOST)].map(([, , title = '']) => ({
    file,
    title,
  })),
);

test('there are titles to look at', () => {
  expect(titles.length).toBeGreaterThan(500);
});

test('an outermost title of a test names its subject', () => {
  expect(titles.filter(({ title }) => GOES_ON.test(title))).toEqual([]);
});
