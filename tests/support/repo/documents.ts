/** Parts of the documents that are made from the code: `<!-- name: … -->` begins one, `<!-- /name -->` ends it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

export function documentPath(path: string): string {
  return join(ROOT, path);
}

/** The part's text. Throws when the document has no such part. */
export function sectionOf(path: string, name: string): string {
  return partOf(readFileSync(documentPath(path), 'utf8'), path, name).text;
}

/** The document with another text in that part. */
export function withSection(document: string, path: string, name: string, text: string): string {
  const { start, end } = partOf(document, path, name);
  return `${document.slice(0, start)}\n${text}\n${document.slice(end)}`;
}

function partOf(document: string, path: string, name: string) {
  const begin = new RegExp(`<!-- ${name}:[^>]*-->\n`).exec(document);
  const end = document.indexOf(`\n<!-- /${name} -->`);
  if (!begin || end < 0) throw new Error(`${path} has no part ${name}`);
  const start = begin.index + begin[0].length;
  return { start, end, text: document.slice(start, end).trim() };
}
