/**
 * Writes the parts of the documents that are made from the code: `npm run docs`. Tests say when they are no longer true.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { tokenMatrix } from '../tests/support/http/token-matrix.ts';
import { ROWS } from '../tests/support/http/token-table.ts';
import { documentPath, withSection } from '../tests/support/repo/documents.ts';
import { licenceList } from '../tests/support/repo/licence-list.ts';
import { metricAdvice, metricTable } from '../tests/support/repo/metric-tables.ts';
import { mistakeTable, mutationTable, streamMutationTable } from '../tests/support/repo/mistake-table.ts';
import { developmentPackagesToName, productionPackages } from '../tests/support/repo/packages.ts';
import { permissionTable } from '../tests/support/repo/permission-table.ts';
import {
  allSettings,
  hubSettingsTable,
  startSettings,
  withLimitSettings,
} from '../tests/support/repo/setting-tables.ts';
import { everyCall } from '../tests/support/stack/every-call.ts';
import { startStack } from '../tests/support/stack/stack.ts';

async function permissions(): Promise<string> {
  const stack = await startStack('local');
  try {
    return permissionTable(await everyCall(stack));
  } finally {
    await stack.stop();
  }
}

async function write(path: string, sections: Readonly<Record<string, string>>): Promise<void> {
  let document = await readFile(documentPath(path), 'utf8');
  for (const [name, text] of Object.entries(sections)) document = withSection(document, path, name, text);
  await writeFile(documentPath(path), document);
}

await write('docs/operations/security.md', { tokens: tokenMatrix(ROWS), permissions: await permissions() });
await write('docs/evidence/reliability.md', {
  mutations: mutationTable(),
  'stream-mutations': streamMutationTable(),
  mistakes: mistakeTable(),
});
await write('docs/reference/licences.md', {
  production: licenceList(productionPackages()),
  development: licenceList(developmentPackagesToName()),
});
await write('docs/reference/metrics.md', { metrics: metricTable(), advice: metricAdvice() });
await write('README.md', { settings: startSettings() });
await write('docs/operations/hub.md', { settings: hubSettingsTable() });
await write('docs/reference/settings.md', { settings: allSettings() });
const limits = documentPath('docs/reference/limits.md');
await writeFile(limits, withLimitSettings(await readFile(limits, 'utf8')));
