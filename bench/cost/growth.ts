/**
 * `node bench/cost/growth.ts`: read and write units of each operation, for channels of different rates and lengths, blocks of different sizes and
 * more or fewer readers. Every command of `lib/aws` runs as it is and ends in memory, where it is billed by `units.ts`. Exact, and the same
 * in each run. `--write` makes the tables of docs/evidence/units.md anew.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { documentPath, withSection } from '../../tests/support/repo/documents.ts';
import { blocksTable, idsTable, lengthTable, readersTable, statesTable } from './growth-tables.ts';

const DOCUMENT = 'docs/evidence/units.md';

/** The tables of the document, by the names of its sections. */
export async function growthTables(): Promise<Readonly<Record<string, string>>> {
  return {
    ids: await idsTable(),
    blocks: await blocksTable(),
    length: await lengthTable(),
    readers: await readersTable(),
    states: await statesTable(),
  };
}

async function main(): Promise<void> {
  const tables = await growthTables();
  if (!process.argv.includes('--write')) {
    for (const text of Object.values(tables)) console.log(`${text}\n`);
    return;
  }
  let document = await readFile(documentPath(DOCUMENT), 'utf8');
  for (const [name, text] of Object.entries(tables)) document = withSection(document, DOCUMENT, name, text);
  await writeFile(documentPath(DOCUMENT), document);
}

if (import.meta.main) await main();
