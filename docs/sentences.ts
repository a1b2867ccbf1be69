/**
 * Prints how long the sentences of the documents are, and each that is too long: `node docs/sentences.ts [FILE…]`. How they are counted stands in
 * tests/support/repo/sentences.ts; tests/repo/sentences.test.ts holds the limits.
 */

import { globSync, readFileSync } from 'node:fs';
import { averageOf, LIMITS, sentencesOf } from '../tests/support/repo/sentences.ts';

const asked = process.argv.slice(2);
const files =
  asked.length > 0 ? asked : [...globSync('*.md'), 'lib/README.md', ...globSync('docs/**/*.md')].sort();

for (const file of files) {
  const sentences = sentencesOf(readFileSync(file, 'utf8'));
  const long = sentences.filter(({ words }) => words > LIMITS.longest);
  const most = Math.max(...sentences.map(({ words }) => words));
  console.log(
    `${file}: ${sentences.length} sentences, ${averageOf(sentences).toFixed(1)} words on average, ${most} at most, ${long.length} over ${LIMITS.longest}`,
  );
  if (asked.length > 0) for (const { text, words } of long) console.log(`  ${words}: ${text}`);
}
