/** A run as Markdown: the summary, the ratios, every case in full, and what the figures stand on. */

import { detailTables } from './details.ts';
import { type RaceResults, sizesOf } from './results.ts';
import type { Scenario } from './scenarios.ts';
import { combined, outcomesOf } from './statistics.ts';
import { figure, idleOf, loadOf, markdownTable, ratio } from './text.ts';

/** What the ratios are taken of: the peer that is most like Doorbell. */
const BASE = 'durable-streams';

export function raceReport(results: RaceResults): string {
  return [
    '# The race',
    '',
    ...conditions(results),
    '',
    '## Summary',
    '',
    summaryTable(results),
    '',
    ...(results.peers.some(({ reaches }) => reaches === 'one') ? [COMPETING, ''] : []),
    `## Ratios to ${BASE}, in this run`,
    '',
    'Below 1 is better, but for the burst, where above 1 is.',
    '',
    ratioTable(results),
    '',
    ...detailTables(results),
    '## The generator, against bare-node',
    '',
    generatorTable(results),
    '',
    '## Servers',
    '',
    ...serverList(results),
    '',
    ...failures(results),
  ].join('\n');
}

/** What the generator itself costs: against the floor, whose every delivery is the same small work. */
export function generatorTable(results: RaceResults): string {
  const headReader = [
    'readers',
    'generator: µs per delivery',
    'bare-node: µs per delivery',
    'publish accepted: p50 / p99 ms',
  ];
  const rows = sizesOf(results, 'fan-out').map((size) => {
    const load = loadOf(figuresOf(results, 'bare-node', 'fan-out', size));
    const { generatorMicros, serverMicros, acceptedP50, acceptedP99 } = load ?? {};
    return [
      figure(size),
      figure(generatorMicros),
      figure(serverMicros),
      `${figure(acceptedP50)} / ${figure(acceptedP99)}`,
    ];
  });
  return markdownTable(headReader, rows);
}

export function serverList({ peers, skipped }: RaceResults): readonly string[] {
  return [
    ...peers.map(({ name, about, version }) => `- **${name}**: ${about}. ${version}.`),
    ...skipped.map(({ name, why }) => `- **${name}** did not run: ${why}.`),
  ];
}

const COMPETING =
  '¹ Each event goes to one reader only: of n readers each gets one n-th at best, and one reader alone hangs up in the hang-ups.';

/** Of a load average: below it nobody else was there to speak of. */
const QUIET = 0.5;

function busy({ loadAverage, cores, ahead }: RaceResults['machine']): string {
  const others = `The machine was not quiet: ${figure(loadAverage)} processes wanted its ${cores} cores before the run began.`;
  return ahead
    ? `${others} The race ran ahead of them, with real-time priority; what it cannot be ahead of is their use of caches and memory.`
    : `**${others} Times are longer and rates lower than they would be alone, p99s most of all.**`;
}

export function conditions({ date, machine, rounds, seed, quick, seconds }: RaceResults): readonly string[] {
  const { cores, cpu, memoryGiB, system, node } = machine;
  return [
    `${date}, ${cores} × ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node}; ${rounds} round${rounds === 1 ? '' : 's'}, seed ${seed}, ${seconds} s in all.`,
    ...(machine.loadAverage > QUIET ? ['', busy(machine)] : []),
    ...(quick ? ['', '**A quick run: it shows that everything works. Its figures mean nothing.**'] : []),
    '',
    `Servers and load generator share ${cores} cores, and the generator's own work is in every time: only ratios within one run mean anything.`,
  ];
}

/** The combined figures of a server in a case. */
export function figuresOf(results: RaceResults, peer: string, scenario: Scenario, size: number) {
  return combined(outcomesOf(results, peer, scenario, size));
}

interface Row {
  readonly latency: ReturnType<typeof loadOf>;
  readonly hundred: ReturnType<typeof loadOf>;
  readonly thousand: ReturnType<typeof loadOf>;
  readonly burst: ReturnType<typeof loadOf>;
  readonly hangUps: ReturnType<typeof loadOf>;
  readonly idle: readonly (number | undefined)[];
}

const IDLE_SIZES = [1_000, 10_000];

function rowOf(results: RaceResults, peer: string): Row {
  const load = (scenario: Scenario, size: number) => loadOf(figuresOf(results, peer, scenario, size));
  return {
    latency: load('latency', 1),
    hundred: load('fan-out', 100),
    thousand: load('fan-out', 1_000),
    burst: load('burst', 2_000),
    hangUps: load('hang-ups', 20),
    idle: IDLE_SIZES.map((size) => idleOf(figuresOf(results, peer, 'idle', size))?.kbPerReader),
  };
}

export function summaryTable(results: RaceResults): string {
  const headReader = [
    'server',
    'one reader: p50 / p99 ms',
    '100 readers: p50 / p99 ms',
    '1,000 readers: p50 / p99 ms',
    'burst: events/s',
    'lost, repeated, out of order',
    'kB per idle reader at 1,000 / 10,000',
  ];
  const rows = results.peers.map(({ name, reaches }) => {
    const { latency, hundred, thousand, burst, hangUps, idle } = rowOf(results, name);
    return [
      reaches === 'one' ? `${name} ¹` : name,
      ...[latency, hundred, thousand].map((load) => times(load, reaches)),
      figure(burst?.perSecond),
      hangUps
        ? `${figure(lost(hangUps))} of ${figure(hangUps.expected)}, ${hangUps.repeated}, ${figure(hangUps.outOfOrder)} in ${figure(hangUps.hangUps)} hang-ups`
        : '–',
      idle.map(figure).join(' / '),
    ];
  });
  return markdownTable(headReader, rows);
}

export function ratioTable(results: RaceResults): string {
  const base = rowOf(results, BASE);
  const headReader = [
    'server',
    'one reader p50',
    'p99',
    '1,000 readers p50',
    'p99',
    'burst',
    'memory at 1,000',
    'at 10,000',
  ];
  const rows = results.peers.map(({ name }) => {
    const { latency, thousand, burst, idle } = rowOf(results, name);
    return [
      name,
      ratio(latency?.p50, base.latency?.p50),
      ratio(latency?.p99, base.latency?.p99),
      ratio(thousand?.p50, base.thousand?.p50),
      ratio(thousand?.p99, base.thousand?.p99),
      ratio(burst?.perSecond, base.burst?.perSecond),
      ...IDLE_SIZES.map((_, i) => ratio(idle[i], base.idle[i])),
    ];
  });
  return markdownTable(headReader, rows);
}

export function lost({
  expected,
  delivered,
}: {
  readonly expected: number;
  readonly delivered: number;
}): number {
  return expected - delivered;
}

/** What goes to one reader only is not lost to the others. */
function times(load: ReturnType<typeof loadOf>, reaches: 'all' | 'one'): string {
  if (load === undefined) return '–';
  const all = `${figure(load.p50)} / ${figure(load.p99)}`;
  return lost(load) === 0 || reaches === 'one'
    ? all
    : `${all}, ${figure((lost(load) / load.expected) * 100)} % lost`;
}

function failures({ outcomes }: RaceResults): readonly string[] {
  const failed = outcomes.flatMap(({ peer, scenario, size, round, figures }) =>
    figures.kind === 'failed' ? [`- ${peer}, ${scenario} ${size}, round ${round}: ${figures.why}`] : [],
  );
  return failed.length === 0 ? [] : ['## Failures', '', ...failed, ''];
}
