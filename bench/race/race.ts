/**
 * Every server through every case, on one machine in one run: case by case, all servers one after the other in an order drawn anew each
 * time, so that what disturbs the machine for a while does not disturb one server only.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Random, random } from '../../packages/testing/src/check/random.ts';
import type { Task } from './generator.ts';
import type { Options } from './options.ts';
import type { Peer } from './peer.ts';
import { PEERS } from './peers.ts';
import { isAhead } from './processes.ts';
import type { Outcome, RaceResults } from './results.ts';
import { casesOf, type NamedCase } from './scenarios.ts';
import { round } from './statistics.ts';
import { inBrief } from './text.ts';

/** A server that hangs must not stop the race. */
const CASE_LIMIT_MS = 180_000;

type Said = Outcome['figures'];

/** Throws when none of the servers asked for is here. `keep` is given what there is after each case: a run is long, and may be broken off. */
export async function race(
  options: Options,
  say: (line: string) => void,
  keep: (results: RaceResults) => Promise<void>,
): Promise<RaceResults> {
  const { quick, rounds, seed } = options;
  const { peers, skipped } = entrants(options.peers);
  for (const { name, why } of skipped) say(`\n!!! ${name} is SKIPPED: ${why} !!!`);
  if (peers.length === 0) throw new Error('None of the servers asked for is here.');

  const start = Date.now();
  const draw = random(seed, 'order');
  const outcomes: Outcome[] = [];
  const about = {
    format: 1 as const,
    date: new Date(start).toISOString(),
    seed,
    rounds,
    quick,
    machine: machine(),
    peers: peers.map(({ name, about, reaches, version }) => ({ name, about, reaches, version: version() })),
    skipped,
  };
  const results = () => ({ ...about, seconds: Math.round((Date.now() - start) / 1_000), outcomes });
  for (let turn = 1; turn <= rounds; turn++) {
    for (const one of casesOf(options.scenarios, quick)) {
      say(`\n${one.scenario} ${one.size}${rounds > 1 ? `, round ${turn}` : ''}`);
      for (const peer of shuffled(peers, draw)) {
        const figures = await outcome(peer, one, seed);
        if (figures === undefined) continue;
        outcomes.push({ ...one, peer: peer.name, round: turn, figures });
        say(`  ${peer.name.padEnd(16)} ${inBrief(figures)}`);
      }
      await keep(results());
    }
  }
  return results();
}

function entrants(names: readonly string[]) {
  const asked = PEERS.filter(({ name }) => names.includes(name));
  const skipped = asked.flatMap(({ name, missing }) => {
    const why = missing();
    return why === undefined ? [] : [{ name, why }];
  });
  return { peers: asked.filter(({ name }) => !skipped.some((one) => one.name === name)), skipped };
}

/** Undefined where this server is not asked for so much. */
async function outcome(peer: Peer, { what }: NamedCase, seed: number): Promise<Said | undefined> {
  const { mostReaders = Number.POSITIVE_INFINITY } = peer;
  const readers = what.readers * (what.kind === 'load' ? what.channels : 1);
  if (what.kind === 'load' && what.streams && !peer.streams) return undefined;
  return readers > mostReaders ? undefined : generate({ peer: peer.name, what, seed });
}

/** In a process of its own. */
async function generate(task: Task): Promise<Said> {
  const generator = fork(join(import.meta.dirname, 'generator.ts'));
  const said: Promise<Said> = once(generator, 'message').then(([figures]) => figures);
  const gone = once(generator, 'exit').then(
    ([code]): Said => ({ kind: 'failed', why: `it ended with ${code}` }),
  );
  const limit = setTimeout(() => generator.kill(), CASE_LIMIT_MS);
  generator.send(task);
  try {
    return await Promise.race([said, gone]);
  } finally {
    // The next server must not share the machine with what is left of this one.
    await gone;
    clearTimeout(limit);
  }
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], draw: Random): readonly T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(draw.integer(0, left.length - 1), 1));
}

function machine(): RaceResults['machine'] {
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${system}, kernel ${release().split('-')[0]}`,
    node: process.version,
    loadAverage: round(loadavg()[0] ?? 0, 1),
    ahead: isAhead(),
  };
}
