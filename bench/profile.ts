/**
 * `npm run bench:profile`: where the hub's main thread spends its time on an event, and on a delivery. Starts the hub under V8's sampling profiler, loads it
 * as the race does, and adds the samples of the measured stretch up by part. Sampling itself takes time: shares mean more than figures.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLoad } from './race/load.ts';
import { doorbellHub } from './race/peers/doorbell.ts';
import { casesOf, type LoadCase } from './race/scenarios.ts';
import { figure, markdownTable } from './race/text.ts';

interface Profile {
  /** µs by the clock of `process.hrtime`. */
  readonly startTime: number;
  readonly nodes: ReadonlyArray<{ readonly id: number; readonly callFrame: Frame }>;
  readonly samples: readonly number[];
  /** µs from the sample before, or from the start. */
  readonly timeDeltas: readonly number[];
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
}

const INTERVAL_US = 200;
const IDLE = 'idle';

/** The first that a frame's address matches. */
const PARTS: ReadonlyArray<readonly [pattern: RegExp, part: string]> = [
  [/node_modules\/(@aws-sdk|@smithy)\//, 'AWS SDK'],
  [/node_modules\/(dynalite|lock|lazy|big\.js|async|once|level|.*-level|level-.*)\//, 'DynamoDB emulator'],
  [/local\/dynamodb/, 'DynamoDB emulator'],
  [/lib\/sqlite\//, 'SQLite'],
  [/node_modules\//, 'other libraries'],
  [/^node:(_http|net|internal\/(streams|stream_base)|_stream|internal\/http)/, "Node's HTTP and sockets"],
  [/^node:/, 'the rest of Node'],
  [/\/(lib|hub|local)\//, 'Doorbell'],
];

/** What V8 and C++ do has no address. */
const NATIVE: Readonly<Record<string, string>> = {
  '(idle)': IDLE,
  '(garbage collector)': 'garbage collection',
  writeUtf8String: "Node's HTTP and sockets",
  writeLatin1String: "Node's HTTP and sockets",
  writev: "Node's HTTP and sockets",
  writeBuffer: "Node's HTTP and sockets",
};

const CASES = casesOf(['latency', 'fan-out'], false).flatMap(({ size, what }) =>
  what.kind === 'load' && (size === 1 || size === 1_000) ? [what] : [],
);

async function main(): Promise<void> {
  const columns: Array<{ readonly what: LoadCase; readonly parts: ReadonlyMap<string, number> }> = [];
  for (const what of CASES) columns.push({ what, parts: await partsOf(what) });
  const names = [...new Set(columns.flatMap(({ parts }) => [...parts.keys()]))];
  const rows = names.map((name) => [name, ...columns.map(({ parts }) => figure(parts.get(name) ?? 0))]);
  const headReader = columns.map(({ what }) =>
    what.readers === 1 ? 'µs for an event' : 'µs for a delivery',
  );
  console.log(markdownTable(['part', ...headReader], rows));
}

/** µs for each delivery, by part, the largest first. */
async function partsOf(what: LoadCase): Promise<ReadonlyMap<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'doorbell-profile-'));
  process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-interval=${INTERVAL_US} --cpu-prof-dir=${folder}`;
  try {
    const server = await doorbellHub.start({ waiting: what.readers, folder });
    const { delivered } = await runLoad(doorbellHub, server, what, 1);
    const end = Number(process.hrtime.bigint() / 1_000n);
    await server.stop();
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile;
    return spent(profile, end - lengthMs(what) * 1_000, delivered);
  } finally {
    delete process.env.NODE_OPTIONS;
    rmSync(folder, { recursive: true, force: true });
  }
}

function lengthMs({ events, pace }: LoadCase): number {
  return 'everyMs' in pace ? events * pace.everyMs : 0;
}

/** From `from` (µs) on. */
function spent(profile: Profile, from: number, deliveries: number): ReadonlyMap<string, number> {
  const parts = new Map(profile.nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const micros = new Map<string, number>();
  let at = profile.startTime;
  profile.samples.forEach((id, i) => {
    const delta = profile.timeDeltas[i] ?? 0;
    at += delta;
    const part = parts.get(id) ?? IDLE;
    if (at >= from && part !== IDLE) micros.set(part, (micros.get(part) ?? 0) + delta);
  });
  const sorted = [...micros].sort(([, one], [, other]) => other - one);
  return new Map(sorted.map(([part, sum]) => [part, sum / deliveries]));
}

function partOf({ functionName, url }: Frame): string {
  const native = NATIVE[functionName];
  if (url === '' && native) return native;
  return PARTS.find(([pattern]) => pattern.test(url))?.[1] ?? 'V8 and C++';
}

await main();
