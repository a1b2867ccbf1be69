/**
 * `npm run coverage`: runs every test and counts what it reaches. Writes that into docs/evidence/reliability.md: lines and branches of lib/ by folder, and each place that no test reaches with the
 * reason. Exit code 1 when a place has none.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentPath, withSection } from '../tests/support/repo/documents.ts';
import { reasonFor } from './uncovered.ts';

interface Place {
  readonly start: { readonly line?: number };
}

interface Counted {
  readonly path: string;
  readonly statementMap: Readonly<Record<string, Place>>;
  readonly s: Readonly<Record<string, number>>;
  readonly branchMap: Readonly<Record<string, { readonly loc: Place; readonly locations: readonly Place[] }>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

interface Tally {
  readonly folder: string;
  readonly lines: readonly number[];
  readonly branches: readonly number[];
}

const FOUND = join(import.meta.dirname, '../coverage/coverage-final.json');
const TEXT_CHARACTERS = 90;

const VITEST = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');

const { status } = spawnSync(process.execPath, [VITEST, 'run', '--coverage', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A count without every test says nothing.
if (status !== 0) process.exit(status ?? 1);

const counted = Object.values(JSON.parse(readFileSync(FOUND, 'utf8')) as Record<string, Counted>);

/** Below lib/. */
const fileOf = ({ path }: Counted) => path.replaceAll('\\', '/').replace(/^.*\/lib\//, '');

/** How often each line that holds a statement was reached at least. */
function lineCounts({ statementMap, s }: Counted): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const [id, { start }] of Object.entries(statementMap)) {
    const line = start.line ?? 0;
    counts.set(line, Math.max(counts.get(line) ?? 0, s[id] ?? 0));
  }
  return counts;
}

function branchesOf({
  branchMap,
  b,
}: Counted): ReadonlyArray<{ readonly line: number; readonly count: number }> {
  return Object.entries(branchMap).flatMap(([id, { loc, locations }]) =>
    (b[id] ?? []).map((count, i) => ({ line: locations[i]?.start.line ?? loc.start.line ?? 0, count })),
  );
}

function tally(one: Counted): Tally {
  const file = fileOf(one);
  return {
    folder: file.includes('/') ? `lib/${file.slice(0, file.indexOf('/'))}` : 'lib',
    lines: [...lineCounts(one).values()],
    branches: branchesOf(one).map(({ count }) => count),
  };
}

function share(counts: readonly number[]): string {
  const reached = counts.filter((count) => count > 0).length;
  return `${((reached / counts.length) * 100).toFixed(1)} % of ${counts.length.toLocaleString('en')}`;
}

function totals(): string[] {
  const tallies = counted.map(tally);
  const folders = [...new Set(tallies.map(({ folder }) => folder))].sort();
  const row = (name: string, of: readonly Tally[]) =>
    `| ${name} | ${share(of.flatMap(({ lines }) => lines))} | ${share(of.flatMap(({ branches }) => branches))} |`;
  return [
    '| | lines | branches |',
    '| --- | --- | --- |',
    ...folders.map((name) =>
      row(
        `\`${name}\``,
        tallies.filter(({ folder }) => folder === name),
      ),
    ),
    row('**all**', tallies),
  ];
}

/** Every place that was not reached, by reason. */
function gaps(): ReadonlyMap<string | undefined, readonly string[]> {
  const found = new Map<string | undefined, string[]>();
  for (const one of counted) {
    const file = fileOf(one);
    const texts = readFileSync(one.path, 'utf8').split('\n');
    const missed = [...lineCounts(one)].filter(([, count]) => count === 0).map(([line]) => line);
    const branches = branchesOf(one).filter(({ count }) => count === 0);
    for (const line of [...new Set([...missed, ...branches.map((branch) => branch.line)])].sort(
      (x, y) => x - y,
    )) {
      const text = texts[line - 1]?.trim() ?? '';
      const reason = reasonFor(file, text);
      const shown = text.replaceAll('|', '\\|').replaceAll('`', "'").slice(0, TEXT_CHARACTERS);
      found.set(reason, [...(found.get(reason) ?? []), `\`${file}\`: \`${shown}\``]);
    }
  }
  return found;
}

const left = gaps();
const rows = [...left].map(
  ([reason, places]) => `| ${reason ?? '**no reason yet**'} | ${places.join('<br>')} |`,
);
const text = [
  ...totals(),
  '',
  '| why no test of that process reaches it | where |',
  '| --- | --- |',
  ...rows,
].join('\n');
const path = 'docs/evidence/reliability.md';
writeFileSync(
  documentPath(path),
  withSection(readFileSync(documentPath(path), 'utf8'), path, 'coverage', text),
);
for (const place of left.get(undefined) ?? []) console.error(`no reason yet: ${place}`);
process.exitCode = left.has(undefined) ? 1 : 0;
