/**
 * The declarations of a package: those that its entries reach, in one flat folder, with the `.js` names that every compiler resolves. What the compiler
 * writes keeps the repository's folders and its `.ts` names.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const IMPORTED = /(['"])(\.[^'"]+)\.ts\1/g;

export interface DeclaredEntries {
  /** The folder of the entries, below `compiled`. */
  readonly from: string;
  /** Names without an extension. */
  readonly entries: readonly string[];
}

/** Throws when two files that are reached have one name: a flat folder holds one of them. */
export async function copyDeclarations(
  compiled: string,
  target: string,
  { from, entries }: DeclaredEntries,
): Promise<void> {
  await mkdir(target, { recursive: true });
  const found = new Map<string, string>();
  const waiting = entries.map((name) => join(compiled, from, name));
  for (const path of waiting) {
    const name = basename(path);
    const other = found.get(name);
    if (other === path) continue;
    if (other !== undefined) throw new Error(`Two declarations are named ${name}: ${other}, ${path}.`);
    found.set(name, path);
    const text = await readFile(`${path}.d.ts`, 'utf8');
    for (const [, , imported = ''] of text.matchAll(IMPORTED)) waiting.push(join(dirname(path), imported));
    await writeFile(join(target, `${name}.d.ts`), text.replace(IMPORTED, flat));
  }
}

function flat(_: string, quote: string, path: string): string {
  return `${quote}./${basename(path)}.js${quote}`;
}
