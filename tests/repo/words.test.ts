/** Identifiers use the field's words (the glossary of lib/README.md), not those that this project once made up for itself. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentPath } from '../support/repo/documents.ts';
import { ourFiles } from '../support/repo/our-files.ts';
import {
  CODE,
  codeOf,
  EXCEPTIONS,
  identifiersOf,
  NAMES_THEM,
  ownWordsOf,
  wordsOf,
} from '../support/repo/own-words.ts';

const files = ourFiles(CODE).filter((file) => !NAMES_THEM.test(file));

test('there is code to look at, and an identifier is taken apart into its words', () => {
  expect(files.length).toBeGreaterThan(400);
  expect(wordsOf('startSqsPumps')).toEqual(['start', 'sqs', 'pumps', 'startSqs', 'sqsPumps']);
  expect(wordsOf('MAX_LANES')).toEqual(['max', 'lanes', 'maxLanes']);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
  expect(codeOf("const a = 'letter'; // ghost\nconst b = `pump ${lane} pump`;")).toMatch(
    /^const a = ; +\nconst b = +lane +;$/,
  );
});

test('identifiers use the words of the field', () => {
  const found = files.flatMap((file) => ownWordsOf(file, readFileSync(documentPath(file), 'utf8')));

  expect(found).toEqual([]);
});

test('every exception is needed', () => {
  const needed = EXCEPTIONS.filter(({ file, identifier }) =>
    files.some(
      (path) =>
        file.test(path) &&
        [...identifiersOf(readFileSync(documentPath(path), 'utf8'))].some((one) => identifier.test(one)),
    ),
  );

  expect(needed).toEqual([...EXCEPTIONS]);
});
