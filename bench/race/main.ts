/** `npm run bench:race`: writes what it measured as JSON, and as Markdown for the eye, after each case anew. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HELP, readOptions } from './options.ts';
import { race } from './race.ts';
import { raceReport } from './report.ts';
import { type RaceResults, resultsText } from './results.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(HELP);
  await mkdir(dirname(options.out), { recursive: true });
  const keep = async (results: RaceResults) => {
    await writeFile(`${options.out}.json`, resultsText(results));
    await writeFile(`${options.out}.md`, raceReport(results));
  };
  const results = await race(options, console.log, keep);
  console.log(
    `\n${raceReport(results)}\n${results.seconds} s in all: ${options.out}.json and ${options.out}.md`,
  );
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
