/** What is asked for on the command line, checked. Errors name the option and its range; the help text is made from the same table. */

import { parseArgs } from 'node:util';

/** A mistake on the command line, or a server that is not there: told in one line, exit code 2. */
export class Usage extends Error {
  override readonly name = 'Usage';
}

interface WholeNumber {
  readonly least: number;
  readonly most: number;
  /** Absent: at random. */
  readonly usual?: number;
  readonly about: string;
}

/** The upper bounds keep a slip of the finger from being an attack. */
const NUMBERS = {
  seconds: {
    least: 1,
    most: 3_600,
    usual: 30,
    about: 'how long it loads; reading up to the end comes after',
  },
  rate: { least: 1, most: 500, usual: 20, about: 'events per second, of all producers together' },
  producers: { least: 1, most: 50, usual: 4, about: 'producers' },
  readers: { least: 1, most: 200, usual: 10, about: 'readers' },
  channels: { least: 1, most: 20, usual: 3, about: 'new channels, which stay behind with their events' },
  bound: { least: 21, most: 120, usual: 30, about: 'seconds a polling reader may wait for an event' },
  cycles: { least: 1, most: 1_000, usual: 50, about: 'how often it is killed' },
  life: { least: 1, most: 60, usual: 8, about: 'seconds between a start and a kill, at most' },
  seed: { least: 0, most: 2 ** 32 - 1, about: 'repeats the decisions of an earlier run' },
} as const satisfies Record<string, WholeNumber>;

const TEXTS = {
  url: 'the Doorbell to check: npm start, a server, a deployed stage; also DOORBELL_URL; default: the one that runs on DATA_DIR',
  token:
    'sent as Authorization: Bearer; better DOORBELL_TOKEN; default: on this machine, one made with the development key',
  history: 'a file to keep the history in, as NDJSON',
  server:
    'what to start and kill: start, which is npm start, hub, which is npm run hub, or hub-jumping: the hub with a wall clock that jumps',
  command: 'the same as a line for a shell',
} as const;

type NumberName = keyof typeof NUMBERS;
type TextName = keyof typeof TEXTS;
export type OptionName = NumberName | TextName;

export interface Options {
  readonly help: boolean;
  readonly numbers: Readonly<Record<NumberName, number>>;
  readonly texts: Readonly<Partial<Record<TextName, string>>>;
}

/** `known` are the options that the command takes. Without a seed, `newSeed` makes one. Throws `Usage`. */
export function readOptions(
  args: readonly string[],
  known: readonly OptionName[],
  newSeed: () => number,
): Options {
  const values = parse(args, known);
  const numbers = Object.entries<WholeNumber>(NUMBERS).map(([name, { usual = newSeed(), ...range }]) => {
    const text = values[name];
    return [name, typeof text === 'string' ? readNumber(name, range, text) : usual] as const;
  });
  const texts = Object.keys(TEXTS).flatMap((name) => {
    const text = values[name];
    return typeof text === 'string' ? [[name, text] as const] : [];
  });
  return {
    help: values.help === true,
    numbers: Object.fromEntries(numbers) as Record<NumberName, number>,
    texts: Object.fromEntries(texts),
  };
}

/** One line for each option. */
export function describeOptions(known: readonly OptionName[]): string {
  const lines = known.map((name) => {
    if (!(name in NUMBERS)) return `  --${name.padEnd(10)} ${TEXTS[name as TextName]}`;
    const { least, most, usual, about }: WholeNumber = NUMBERS[name as NumberName];
    return `  --${name.padEnd(10)} ${about}; ${least} to ${most}, default ${usual ?? 'at random'}`;
  });
  return lines.join('\n');
}

/** The options that repeat a run, as they would be typed; a token is not among them. */
export function typed(numbers: Options['numbers'], names: readonly NumberName[]): string {
  return names.map((name) => `--${name} ${numbers[name]}`).join(' ');
}

/** `--url`, without what may not be in it. Throws `Usage`. */
export function readUrl(text: string | undefined): string {
  if (text === undefined)
    throw new Usage(
      '--url is missing: where is the Doorbell? No server runs on DATA_DIR. --url http://127.0.0.1:3000',
    );
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash || url.username) {
    throw new Usage('--url must be an http or https address without user, query and fragment');
  }
  return url.href.replace(/\/$/, '');
}

function parse(args: readonly string[], known: readonly OptionName[]): Record<string, unknown> {
  const declared = Object.fromEntries(known.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options: { ...declared, help: { type: 'boolean' } } }).values;
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}

function readNumber(name: string, { least, most }: Pick<WholeNumber, 'least' | 'most'>, text: string) {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Usage(`--${name} must be a whole number from ${least} to ${most}, got ${text}`);
}
