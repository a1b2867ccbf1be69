/**
 * `npm run bench:cold`: what a cold start of each function costs beside those of an empty handler, and of one that only loads what every call to AWS needs. Fresh processes import the packaged bundles in turns; it prints the medians, and their
 * ratios, which is all that means something from one machine to the next. Lambda has less CPU than a laptop: a function of 256 MB has a seventh of a core.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { bundle } from '../local/bundle/bundle.ts';
import { FUNCTION_LIMITS } from '../local/bundle/size-budget.ts';
import { loadService } from '../local/emulators/service.ts';
import { machine } from './figures.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '15' },
    /** A folder of bundles built before: each is started in turn with today's. */
    before: { type: 'string' },
  },
});
const RUNS = Number(values.runs);
const ROOT = join(import.meta.dirname, '..');
const EMPTY = 'empty';
/** What any handler pays that calls AWS: Node's own modules for TLS and signatures. */
const BARE = 'empty + https';
const HANDLER = 'export const handler = async () => undefined;\n';

interface Start {
  /** From the start of the process until its handler is there. */
  readonly readyMs: number;
  /** Computed until then, on all threads: steadier than the clock where others compute too. */
  readonly cpuMs: number;
  readonly rssKb: number;
  readonly heapKb: number;
}

/** Imports what the argument names, and tells what that took. The heap is what is left after a collection. */
const STARTER = `
  const { handler } = await import(process.argv[2]);
  const readyMs = performance.now();
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1000;
  if (typeof handler !== 'function') throw new Error('no handler');
  const rssKb = process.memoryUsage.rss() / 1024;
  gc();
  const heapKb = process.memoryUsage().heapUsed / 1024;
  process.stdout.write(JSON.stringify({ readyMs, cpuMs, rssKb, heapKb }), () => process.exit());
`;

/** What functions are given, as far as they look at it while they start. Nothing listens at these addresses. */
async function environment(): Promise<NodeJS.ProcessEnv> {
  const { functions } = await loadService();
  const named = Object.values(functions).flatMap((each) => Object.keys(each.environment ?? {}));
  const given = Object.fromEntries(named.map((name) => [name, '']));
  return {
    PATH: process.env.PATH,
    ...given,
    EVENTS_TABLE: 'events',
    STATES_TABLE: 'states',
    CURSORS_TABLE: 'cursors',
    WAITERS_TABLE: 'waiters',
    MAILBOX_PREFIX: 'mailbox-',
    RETENTION_HOURS: '168',
    CURSOR_HOURS: '720',
    INGEST_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/ingest.fifo',
    DEAD_LETTER_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/dead.fifo',
    DOORBELL_SECRET: 'x'.repeat(32),
    DOORBELL_READ_CLAIM: 'read',
    DOORBELL_WRITE_CLAIM: 'write',
    DOORBELL_TOKEN_QUERY: 'false',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nothing',
  };
}

async function start(path: string, env: NodeJS.ProcessEnv): Promise<Start> {
  const args = ['--expose-gc', join(folder, 'starter.mjs'), pathToFileURL(path).href];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout) as Start;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** The median of each figure. */
function typical(starts: readonly Start[]): Start {
  const of = (name: keyof Start) => median(starts.map((each) => each[name]));
  return { readyMs: of('readyMs'), cpuMs: of('cpuMs'), rssKb: of('rssKb'), heapKb: of('heapKb') };
}

/** The page's function reads what the build puts beside it, so a folder of bundles has to be whole. */
const before = values.before === undefined ? undefined : resolve(values.before);
const folder = await mkdtemp(join(tmpdir(), 'doorbell-cold-'));
try {
  const sizes = (await bundle()).filter(({ name }) => name in FUNCTION_LIMITS);
  await writeFile(join(folder, 'starter.mjs'), STARTER);
  const [empty, bare] = [join(folder, 'empty.mjs'), join(folder, 'bare.mjs')];
  await writeFile(empty, HANDLER);
  await writeFile(bare, `import 'node:https';\nimport 'node:crypto';\n${HANDLER}`);
  const paths = new Map([
    [EMPTY, empty],
    [BARE, bare],
    ...sizes.map(({ name }) => [name, join(ROOT, 'dist', name)] as const),
    ...sizes.flatMap(({ name }) =>
      before === undefined ? [] : [[`${name} before`, join(before, name)] as const],
    ),
  ]);
  const env = await environment();
  const starts = new Map<string, Start[]>([...paths.keys()].map((name) => [name, []]));
  for (let run = 0; run <= RUNS; run++)
    for (const [name, path] of paths) {
      const started = await start(path, env);
      // The first round only fills the disk cache.
      if (run > 0) starts.get(name)?.push(started);
    }
  const base = typical(starts.get(EMPTY) ?? []);
  console.log(`${machine()}; medians of ${RUNS}`);
  console.log(
    'function                bytes  gzipped  ready ms      ×    CPU ms      ×   RSS MB      ×  heap MB      ×',
  );
  for (const [name, all] of starts) {
    const { readyMs, cpuMs, rssKb, heapKb } = typical(all);
    const size = sizes.find((each) => each.name === name);
    const cells = [
      name.padEnd(20),
      String(size?.bytes ?? '').padStart(8),
      String(size?.gzippedBytes ?? '').padStart(8),
      readyMs.toFixed(1).padStart(9),
      (readyMs / base.readyMs).toFixed(2).padStart(6),
      cpuMs.toFixed(1).padStart(9),
      (cpuMs / base.cpuMs).toFixed(2).padStart(6),
      (rssKb / 1024).toFixed(1).padStart(8),
      (rssKb / base.rssKb).toFixed(2).padStart(6),
      (heapKb / 1024).toFixed(1).padStart(8),
      (heapKb / base.heapKb).toFixed(2).padStart(6),
    ];
    console.log(cells.join(' '));
  }
} finally {
  await rm(folder, { recursive: true });
}
