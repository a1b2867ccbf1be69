/** `npm run bench:race`: writes what it measured as JSON, and as Markdown for the eye. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HELP, readOptions } from './options.ts';
import { race } from './race.ts';
import { raceReport } from './report.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(HELP);
  const results = await race(options, console.log);
  const report = raceReport(results);
  await mkdir(dirname(options.out), { recursive: true });
  await writeFile(`${options.out}.json`, `${JSON.stringify(results, null, 1)}\n`);
  await writeFile(`${options.out}.md`, report);
  console.log(`\n${report}\n${results.seconds} s in all. Written: ${options.out}.json and ${options.out}.md`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
