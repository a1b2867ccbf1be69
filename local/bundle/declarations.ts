/**
 * The declarations of a package: those that its entries reach, in one flat folder, with the `.js` names that every compiler resolves. What the compiler
 * writes keeps the repository's folders and its `.ts` names.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SERVICE_DIR } from '../folder.ts';

const IMPORTED = /(['"])(\.[^'"]+)\.ts\1/g;

export interface DeclaredEntries {
  /** The folder of the entries, below `compiled`. */
  readonly from: string;
  /** Where each stands below `from`, without an extension, by the name that it gets. */
  readonly entries: Readonly<Record<string, string>>;
}

/** Where two files have one name, the second gets that of its folder too: `log-ports`. Throws when that is taken as well. */
export async function copyDeclarations(
  compiled: string,
  target: string,
  { from, entries }: DeclaredEntries,
): Promise<void> {
  await mkdir(target, { recursive: true });
  const names = new Map(Object.entries(entries).map(([name, file]) => [join(compiled, from, file), name]));
  // Goes on over what is added meanwhile.
  for (const [path, name] of names) {
    const text = await readFile(`${path}.d.ts`, 'utf8');
    const flat = text.replace(IMPORTED, (_, quote: string, imported: string) => {
      const other = join(dirname(path), imported);
      const known = names.get(other) ?? newName(other, [...names.values()]);
      names.set(other, known);
      return `${quote}./${known}.js${quote}`;
    });
    await writeFile(join(target, `${name}.d.ts`), flat);
  }
}

function newName(path: string, taken: readonly string[]): string {
  const name = basename(path);
  const longer = `${basename(dirname(path))}-${name}`;
  const free = [name, longer].find((one) => !taken.includes(one));
  if (free === undefined) throw new Error(`Three declarations are named ${name}: ${path}.`);
  return free;
}

/** As the package's tsconfig.json says, into a folder of its own. */
export async function compileTypes(folder: string): Promise<string> {
  const tsc = join(SERVICE_DIR, 'node_modules/typescript/bin/tsc');
  const compiled = join(folder, 'dist/compiled');
  await promisify(execFile)(process.execPath, [tsc, '-p', folder, '--outDir', compiled]);
  return compiled;
}
