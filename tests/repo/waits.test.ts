/** A wait has a limit that a busy machine keeps too: the default of a second is none, and no reader of a red run can tell which of both it was. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentPath } from '../support/repo/documents.ts';
import { ourFiles } from '../support/repo/our-files.ts';

const FILES = ['tests/**/*.ts', 'packages/testing/src/contract/*.ts'];
/** In ms; shorter ones fail beside other work. */
const SHORTEST = 30_000;

const sources = ourFiles(FILES).map((file) => ({ file, text: readFileSync(documentPath(file), 'utf8') }));

/** The calls of `vi.waitFor` and `vi.waitUntil`, to their last bracket. */
function waitsIn(text: string): readonly string[] {
  return [...text.matchAll(/vi\.wait(?:For|Until)\(/g)].map(({ index, 0: name }) => {
    let open = 1;
    let end = index + name.length;
    for (; open > 0 && end < text.length; end++) open += { '(': 1, ')': -1 }[text[end] ?? ''] ?? 0;
    return text.slice(index, end);
  });
}

test('every wait of a test says its limit', () => {
  const without = sources.flatMap(({ file, text }) =>
    waitsIn(text)
      .filter((wait) => !/timeout: |, [A-Z][A-Z_]+,?\s*\)$/.test(wait))
      .map((wait) => `${file}: ${wait}`),
  );

  expect(sources.length).toBeGreaterThan(400);
  expect(without).toEqual([]);
});

test(`no wait of a test ends before ${SHORTEST} ms`, () => {
  const short = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/\btimeout: ([\d_]+)/g)]
      .filter(([, ms = '']) => Number(ms.replaceAll('_', '')) < SHORTEST)
      .map(([found]) => `${file}: ${found}`),
  );

  expect(short).toEqual([]);
});
