/** What the race is asked for on the command line, checked; the help text is made from the same lists. */

import { parseArgs } from 'node:util';
import { PEERS } from './peers.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

export interface Options {
  readonly help: boolean;
  readonly peers: readonly string[];
  readonly scenarios: readonly Scenario[];
  readonly quick: boolean;
  readonly rounds: number;
  readonly seed: number;
  /** Where the results go: FILE.json and FILE.md. */
  readonly out: string;
}

/** Kept with the sources: docs/evidence/performance.md is made of it. */
export const USUAL_OUT = 'bench/results/race';
const MOST_ROUNDS = 20;

export const HELP = `npm run bench:race -- [options]

  --peers a,b       of ${PEERS.map(({ name }) => name).join(', ')}; default all that are here
  --scenarios a,b   of ${SCENARIOS.join(', ')}; default all
  --rounds N        each case N times, by turns; 1 to ${MOST_ROUNDS}, default 1
  --quick           fewer events, at most 1,000 readers: to see that everything works
  --seed N          of the hang-ups and of the order of the servers; default 42
  --out FILE        without its ending; default ${USUAL_OUT}, with --quick ${USUAL_OUT}-quick
`;

/** Throws an error whose message is for the reader. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      peers: { type: 'string' },
      scenarios: { type: 'string' },
      rounds: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: '42' },
      out: { type: 'string' },
    },
  });
  const { help, quick } = values;
  return {
    help,
    quick,
    peers: chosen(
      'peers',
      values.peers,
      PEERS.map(({ name }) => name),
    ),
    scenarios: chosen('scenarios', values.scenarios, SCENARIOS),
    rounds: whole('rounds', values.rounds, 1, MOST_ROUNDS),
    seed: whole('seed', values.seed, 0, 2 ** 32 - 1),
    out: values.out ?? (quick ? `${USUAL_OUT}-quick` : USUAL_OUT),
  };
}

/** In the order of `all`, whatever the order asked in. */
function chosen<T extends string>(option: string, text: string | undefined, all: readonly T[]): readonly T[] {
  if (text === undefined) return all;
  const names = text.split(',');
  const wrong = names.find((name) => !all.some((known) => known === name));
  if (wrong !== undefined) throw new Error(`--${option} must be of ${all.join(', ')}; got ${wrong}`);
  return all.filter((name) => names.includes(name));
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`--${option} must be a whole number from ${least} to ${most}, got ${text}`);
}
