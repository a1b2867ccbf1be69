/** Every case of a run as a table, with what tells whether its figures can be trusted: faults, errors, and who used the CPU. */

import { type RaceResults, sizesOf } from './results.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { combined, outcomesOf } from './statistics.ts';
import { figure, idleOf, loadOf, markdownTable } from './text.ts';

const ABOUT: Readonly<Record<Exclude<Scenario, 'idle'>, (size: number) => string>> = {
  latency: () => 'one reader, one event every 50 ms',
  'fan-out': (readers) => `${figure(readers)} readers of one channel`,
  streams: (readers) => `${figure(readers)} readers of one channel by server-sent events`,
  burst: (events) => `${figure(events)} publishes, 16 at a time, one reader`,
  'hang-ups': (readers) =>
    `${figure(readers)} readers that hang up at random, 300 ms apart in the mean, 20 events/s`,
  size: (bytes) => `events of ${figure(bytes)} bytes to 10 readers, 10/s`,
  channels: (channels) => `100 events/s in turn to ${figure(channels)} channels with 10 readers each`,
};

const LOAD_HEADS = [
  'server',
  'delivered',
  'repeated',
  'out of order',
  'p50 ms',
  'p99 ms',
  'max ms',
  'accepted p50 / p99 ms',
  'events/s',
  'server CPU',
  'its µs per delivery',
  'generator CPU',
  'errors',
];

const IDLE_HEADS = [
  'server',
  'readers',
  'kB per reader',
  'server alone MB',
  'processes',
  'then got the event',
  'poll errors',
];

export function detailTables(results: RaceResults): readonly string[] {
  return SCENARIOS.flatMap((scenario) =>
    scenario === 'idle'
      ? idleTable(results)
      : sizesOf(results, scenario).flatMap((size) => loadTable(results, scenario, size)),
  );
}

function loadTable(
  results: RaceResults,
  scenario: Exclude<Scenario, 'idle'>,
  size: number,
): readonly string[] {
  const rows = results.peers.flatMap(({ name }) => {
    const load = loadOf(combined(outcomesOf(results, name, scenario, size)));
    if (load === undefined) return [];
    return [
      [
        name,
        `${figure(load.delivered)}/${figure(load.expected)}`,
        figure(load.repeated),
        figure(load.outOfOrder),
        figure(load.p50),
        figure(load.p99),
        figure(load.max),
        `${figure(load.acceptedP50)} / ${figure(load.acceptedP99)}`,
        figure(load.perSecond),
        `${figure(load.serverCpu)} %`,
        figure(load.serverMicros),
        `${figure(load.generatorCpu)} %`,
        figure(load.pollErrors + load.publishErrors),
      ],
    ];
  });
  return [`## ${scenario}: ${ABOUT[scenario](size)}`, '', markdownTable(LOAD_HEADS, rows), ''];
}

function idleTable(results: RaceResults): readonly string[] {
  const rows = sizesOf(results, 'idle').flatMap((size) =>
    results.peers.flatMap(({ name }) => {
      const idle = idleOf(combined(outcomesOf(results, name, 'idle', size)));
      if (idle === undefined) return [];
      const { kbPerReader, baseMb, processes, proven, pollErrors } = idle;
      return [[name, ...[size, kbPerReader, baseMb, processes, proven, pollErrors].map(figure)]];
    }),
  );
  if (rows.length === 0) return [];
  const about =
    'Memory is PSS of all processes of the server, over its own without readers; sockets in the kernel are not in it.';
  return ['## idle: what a waiting reader weighs', '', about, '', markdownTable(IDLE_HEADS, rows), ''];
}
