/** The files of this repository, without what npm and the build have put among them: to look through that takes seconds. */

import { globSync } from 'node:fs';
import { documentPath } from './documents.ts';

/** Paths from the root, with `/`, sorted. */
export function ourFiles(patterns: string | readonly string[]): readonly string[] {
  const exclude = ['**/node_modules', '**/dist', '**/coverage'];
  return globSync(patterns, { cwd: documentPath(''), exclude })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}
