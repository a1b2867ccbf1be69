/** `npm run bench:report -- [FILE.json]`: docs/evidence/performance.md and its charts from a run's results; by default from those that are kept. */

import { readFile, writeFile } from 'node:fs/promises';
import { documentPath } from '../../tests/support/repo/documents.ts';
import { DOCUMENT, performanceCharts, performanceDocument } from './document.ts';
import { USUAL_OUT } from './options.ts';
import { parseResults } from './results.ts';

try {
  const file = process.argv[2] ?? `${USUAL_OUT}.json`;
  const results = parseResults(await readFile(file, 'utf8'));
  if (results.quick) throw new Error(`${file} is of a quick run, whose figures mean nothing.`);
  const document = await readFile(documentPath(DOCUMENT), 'utf8');
  const charts = performanceCharts(results);
  await writeFile(documentPath(DOCUMENT), performanceDocument(document, results));
  for (const [name, svg] of charts) await writeFile(documentPath(`docs/evidence/${name}`), svg);
  console.log(`${DOCUMENT} and ${charts.size} charts, from ${file} of ${results.date}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
