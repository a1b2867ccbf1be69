/** Links in the documents lead somewhere: to a file that is there, and to a heading that it has. So do names of documents in the code. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { ourFiles } from '../support/repo/our-files.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const files = (pattern: string) => ourFiles(pattern).filter((path) => !/(^|\/)\.[a-z-]+\//.test(path));

const documents = files('**/*.md');
const withoutCode = (text: string) =>
  text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ' '));

interface Link {
  readonly document: string;
  readonly target: string;
  readonly path: string;
  readonly anchor: string | undefined;
}

/** Links to files and headings of this repository; those to the web are not looked at. */
function linksOf(document: string): Link[] {
  const found = withoutCode(read(document)).matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g);
  return [...found].flatMap(([, inText, inTag]) => {
    const target = inText ?? inTag ?? '';
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', anchor] = target.split('#');
    return [
      { document, target, path: path === '' ? document : normalize(join(dirname(document), path)), anchor },
    ];
  });
}

/** As GitHub names the headings of a page. */
function anchorsOf(document: string): Set<string> {
  const headings = withoutCode(read(document)).matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

const links = documents.flatMap(linksOf);

test('there are links to look at', () => {
  expect(documents).toContain('README.md');
  expect(links.length).toBeGreaterThan(50);
  expect(links.some(({ anchor }) => anchor !== undefined)).toBe(true);
});

test.each(documents)('every link of %s leads to a file that is there', (document) => {
  expect(linksOf(document).filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('every link to a heading leads to one that its document has', () => {
  const toHeadings = links.filter(({ anchor, path }) => anchor !== undefined && path.endsWith('.md'));

  expect(toHeadings.filter(({ anchor = '', path }) => !anchorsOf(path).has(anchor))).toEqual([]);
});

test('every document of docs/ can be reached from README.md', () => {
  const reached = new Set(['README.md']);
  for (const document of reached)
    for (const { path } of linksOf(document)) if (documents.includes(path)) reached.add(path);

  expect(documents.filter((path) => path.startsWith('docs/') && !reached.has(path))).toEqual([]);
});

test('every document that is named by its path from the root is there', () => {
  const named = files('**/*.{md,ts,tsx,mjs,yml,json}')
    .filter((path) => path !== 'package-lock.json')
    .flatMap((file) =>
      [...read(file).matchAll(/(?<![\w./-])docs\/[\w/-]+\.(?:md|svg|png)\b/g)].map(([path]) => ({
        file,
        path,
      })),
    );

  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
});
