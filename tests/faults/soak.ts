/**
 * `npm run soak -- --minutes N --seed S`: the plans of the suite and ever longer ones, without end. Stops at the first violation, with the
 * plan shrunk to what is needed for it, and the words that run it again: `--seed S --size N --path P`. `--record` writes what was tried into
 * docs/evidence/reliability.md.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { documentPath, withSection } from '../support/repo/documents.ts';
import { grown, plans } from './plans.ts';
import { Report } from './report.ts';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    size: { type: 'string' },
    path: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
});
/** Plans of one size in a row; then the next size, and after the largest the first again. */
const ROUND = 500;
const SIZES = 8;
/** Shrinking stops after this long; what there is by then is printed. */
const SHRINK_MS = 5 * 60_000;
const PROGRESS_MS = 60_000;

const minutes = number('minutes', values.minutes);
const firstSeed = number('seed', values.seed);
const started = Date.now();
const end = started + minutes * 60_000;
const report = new Report();

if (values.path !== undefined) await repeat(number('size', values.size), values.path);
else await soak();

async function soak(): Promise<void> {
  console.log(`soak for ${minutes} min, --seed ${firstSeed}, node ${process.version}`);
  let progressAt = started + PROGRESS_MS;
  for (let round = 0; Date.now() < end; round++) {
    const size = values.size === undefined ? round % SIZES : number('size', values.size);
    const seed = (firstSeed + round) % 2 ** 31;
    let failedAt = 0;
    const property = fc.asyncProperty(plans(grown(size)), async (plan) => {
      // Time over, or shrinking for long: let the rest pass.
      if (failedAt === 0 ? Date.now() >= end : Date.now() >= failedAt + SHRINK_MS) return;
      const outcome = await run(plan);
      // What shrinking tries is not counted.
      if (failedAt === 0) report.note(outcome);
      if (outcome.violations.length === 0) return;
      failedAt ||= Date.now();
      throw new Error(outcome.violations.slice(0, 5).join('\n'));
    });
    const result = await fc.check(property, { seed, numRuns: ROUND });
    if (result.failed) {
      console.log(String(report));
      console.log(
        `\n${String(result.errorInstance)}\n${JSON.stringify(result.counterexample?.[0], null, 1)}`,
      );
      console.log(
        `\nagain: npm run soak -- --seed ${seed} --size ${size} --path ${result.counterexamplePath}`,
      );
      process.exit(1);
    }
    if (Date.now() >= progressAt) {
      progressAt += PROGRESS_MS;
      console.log(`${Math.round((Date.now() - started) / 60_000)} min, ${report.runs} runs, no violation`);
    }
  }
  console.log(`\n${report}`);
  if (values.record) await record();
}

async function record(): Promise<void> {
  const path = documentPath('docs/evidence/reliability.md');
  const ran = [
    `\`npm run soak -- --minutes ${minutes} --seed ${firstSeed}\``,
    new Date().toISOString().slice(0, 10),
    cpus()[0]?.model.trim() ?? 'unknown processor',
    `Node ${process.version}`,
  ];
  const text = `${ran.join(', ')}:\n\n${report}`;
  await writeFile(path, withSection(await readFile(path, 'utf8'), path, 'faults', text));
}

/** Runs the one plan that a failed soak has printed. */
async function repeat(size: number, path: string): Promise<void> {
  const property = fc.asyncProperty(plans(grown(size)), async (plan) => {
    const { violations } = await run(plan);
    console.log(JSON.stringify(plan, null, 1), '\n', violations.join('\n'));
    return violations.length === 0;
  });
  const { failed } = await fc.check(property, { seed: firstSeed, path, numRuns: 1, endOnFailure: true });
  process.exit(failed ? 1 : 0);
}

function number(name: string, text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || !Number.isFinite(value) || value < 0)
    throw new Error(`--${name} must be a number of 0 or more, got ${text}`);
  return value;
}
