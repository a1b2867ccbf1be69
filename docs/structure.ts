/**
 * How the repository was laid out at a commit, as the tables of docs/evidence/structure.md: `node docs/structure.ts COMMIT [COMMIT …]`. Reads what Git has of
 * each, in a temporary folder, and nothing of the working tree.
 */

import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { CODE, NAMES_THEM, ownWordsOf } from '../tests/support/repo/own-words.ts';
import { averageOf, LIMITS, sentencesOf } from '../tests/support/repo/sentences.ts';

const ROOT = join(import.meta.dirname, '..');
const IMPORT = /^(?:import|export)\s+(?:type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

interface Room {
  readonly files: number;
  readonly lines: number;
}

/** Runs `use` on a folder that holds what the commit holds; the folder is gone afterwards. */
function at<T>(commit: string, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'doorbell-structure-'));
  try {
    const tar = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 1024 ** 3 });
    execFileSync('tar', ['-x', '-C', folder], { input: tar });
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `poll` for `poll/start.ts`; all files that lie flat are one room. */
const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '(flat)');

function roomsOf(lib: string): {
  readonly rooms: ReadonlyMap<string, Room>;
  readonly arrows: ReadonlyMap<string, ReadonlySet<string>>;
} {
  const rooms = new Map<string, Room>();
  const arrows = new Map<string, Set<string>>();
  for (const file of globSync('**/*.ts', { cwd: lib })) {
    const source = readFileSync(join(lib, file), 'utf8');
    const room = roomOf(file);
    const { files = 0, lines = 0 } = rooms.get(room) ?? {};
    rooms.set(room, { files: files + 1, lines: lines + source.split('\n').length - 1 });
    for (const [, named, dynamic] of source.matchAll(IMPORT)) {
      const target = relative(lib, join(lib, dirname(file), named ?? dynamic ?? ''));
      if (!(named ?? dynamic ?? '').startsWith('.') || target.startsWith('..')) continue;
      if (roomOf(target) === room) continue;
      arrows.set(room, (arrows.get(room) ?? new Set()).add(roomOf(target)));
    }
  }
  return { rooms, arrows };
}

/** The rooms that reach themselves by way of others. */
function inCircles(arrows: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return [...arrows.keys()].filter((room) => {
    const reached = new Set(arrows.get(room));
    for (const next of reached) for (const further of arrows.get(next) ?? []) reached.add(further);
    return reached.has(room);
  });
}

function layoutOf(folder: string): ReadonlyArray<readonly [what: string, value: string]> {
  const { rooms, arrows } = roomsOf(join(folder, 'lib'));
  const circles = inCircles(arrows);
  const [largest = ['', { files: 0, lines: 0 }] as const] = [...rooms].sort(
    ([, a], [, b]) => b.lines - a.lines,
  );
  const scripts = Object.keys(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).scripts);
  const locked = Object.keys(JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages);
  const code = globSync(CODE, { cwd: folder }).filter((file) => !NAMES_THEM.test(file));
  const words = code.flatMap((file) => ownWordsOf(file, readFileSync(join(folder, file), 'utf8')));
  return [
    ['files that lie flat in `lib/`', String(rooms.get('(flat)')?.files ?? 0)],
    ['rooms', String([...rooms.keys()].filter((room) => room !== '(flat)').length)],
    ['arrows between rooms', String([...arrows.values()].reduce((sum, { size }) => sum + size, 0))],
    ['rooms in circles', circles.length === 0 ? '0' : `${circles.length}: ${circles.join(', ')}`],
    ['largest room', `\`${largest[0]}\`: ${largest[1].files} files, ${largest[1].lines} lines`],
    ['all of `lib/`', `${sum(rooms, 'files')} files, ${sum(rooms, 'lines')} lines`],
    ['identifiers with a word of our own', String(words.length)],
    ['scripts of `package.json`', String(scripts.length)],
    ['packages in the lock file', String(locked.filter((path) => path.includes('node_modules/')).length)],
  ];
}

const sum = (rooms: ReadonlyMap<string, Room>, of: keyof Room) =>
  [...rooms.values()].reduce((all, room) => all + room[of], 0);

/** Words a sentence on average, the most, and how many sentences are too long. */
function proseOf(folder: string): ReadonlyMap<string, string> {
  const documents = globSync(['*.md', 'docs/**/*.md', 'lib/README.md', 'packages/*/README.md'], {
    cwd: folder,
  });
  return new Map(
    documents.sort().flatMap((document) => {
      const sentences = sentencesOf(readFileSync(join(folder, document), 'utf8'));
      if (sentences.length === 0) return [];
      const long = sentences.filter(({ words }) => words > LIMITS.longest).length;
      const most = Math.max(...sentences.map(({ words }) => words));
      return [[document, `${averageOf(sentences).toFixed(1)}, ${most}, ${long}`] as const];
    }),
  );
}

const commits = process.argv.slice(2);
if (commits.length === 0) throw new Error('node docs/structure.ts COMMIT [COMMIT …]');
const seen = commits.map((commit) =>
  at(commit, (folder) => ({ layout: layoutOf(folder), prose: proseOf(folder) })),
);
const table = (head: string, rows: readonly string[], cell: (row: string, i: number) => string) =>
  [
    `| ${[head, ...commits].join(' | ')} |`,
    `| --- ${commits.map(() => '| ---').join(' ')} |`,
    ...rows.map((row) => `| ${[row, ...commits.map((_, i) => cell(row, i))].join(' | ')} |`),
    '',
  ].join('\n');

const layouts = seen.map(({ layout }) => new Map(layout));
console.log(table('', [...(layouts[0]?.keys() ?? [])], (row, i) => layouts[i]?.get(row) ?? ''));
const documents = [...(seen.at(-1)?.prose.keys() ?? [])];
console.log(table('document', documents, (row, i) => seen[i]?.prose.get(row) ?? movedTo(row, i)));

/** What is said of a document that had the same name in another folder of docs/ then. */
function movedTo(document: string, i: number): string {
  const [found] = [...(seen[i]?.prose ?? [])].filter(
    ([path]) =>
      path.startsWith('docs/') && document.startsWith('docs/') && basename(path) === basename(document),
  );
  return found?.[1] ?? '';
}
