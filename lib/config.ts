/**
 * Every setting there is, as ONE table: its unit, its range, its default and who reads it. The tables of the documents and what `npm start` passes on
 * to the functions are made from it. The environment is passed in. What is missing or out of range ends the start with a message that names the variable
 * and the range.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** `npm start` runs the functions: what it reads too, it passes on to them. */
export type Reader = 'functions' | 'hub' | 'npm start';

interface Common {
  readonly readBy: readonly Reader[];
  /** The parameter of a deploy that sets it, in serverless.yml. */
  readonly parameter?: string;
}

/** A whole number from `least` to `most`, both included. */
interface WholeNumber extends Common, Range {
  readonly unit: string;
  readonly byDefault?: number;
}

interface Choice extends Common {
  readonly oneOf: readonly string[];
  readonly byDefault: string;
}

interface Text extends Common {
  /** What it may hold, in words. */
  readonly holds: string;
  readonly byDefault?: string;
}

export type Setting = WholeNumber | Choice | Text;

export interface Range {
  readonly least: number;
  readonly most: number;
}

const EVERYWHERE: readonly Reader[] = ['functions', 'hub', 'npm start'];
const ON_AWS: readonly Reader[] = ['functions', 'hub'];
const SERVERS: readonly Reader[] = ['hub', 'npm start'];
const HUB: readonly Reader[] = ['hub'];

const PORT_NUMBER = { unit: 'port', least: 0, most: 65_535 };
const HOURS = { unit: 'hours', least: 1, most: 87_600, readBy: EVERYWHERE };
const POLLS = { unit: 'polls', least: 1, most: 1_000_000, readBy: EVERYWHERE };
const FLAG = { oneOf: ['true', 'false'], byDefault: 'false' } as const;
const NAME = { holds: 'a name', readBy: ON_AWS };
const CLAIM = { holds: 'the name of a claim', readBy: EVERYWHERE };
const CHANNELS = { holds: 'channels and `prefix.*`, with blanks between' };
const ADDRESS = { holds: 'an address', byDefault: '127.0.0.1' };

export const SETTINGS = {
  PORT: { ...PORT_NUMBER, byDefault: 3_000, readBy: SERVERS },
  HOST: { ...ADDRESS, readBy: SERVERS },
  H2C_PORT: { ...PORT_NUMBER, readBy: HUB },
  ADMIN_PORT: { ...PORT_NUMBER, byDefault: 9_464, readBy: HUB },
  ADMIN_HOST: { ...ADDRESS, readBy: HUB },
  DATA_DIR: { holds: 'a folder', byDefault: '.doorbell', readBy: SERVERS },
  DATA_FILE: { holds: 'a path', readBy: HUB },
  DURABILITY: { oneOf: ['process', 'power'], byDefault: 'process', readBy: HUB },
  INGEST_QUEUE: { ...FLAG, readBy: HUB },
  LOG_LEVEL: { holds: 'DEBUG, INFO, WARN, ERROR', byDefault: 'WARN', readBy: SERVERS },
  METRICS: {
    oneOf: ['none', 'counts', 'all'],
    byDefault: 'counts',
    readBy: ['functions'],
    parameter: 'metrics',
  },

  RETENTION_HOURS: { ...HOURS, byDefault: 168, parameter: 'retentionHours' },
  CURSOR_HOURS: { ...HOURS, byDefault: 720, parameter: 'cursorHours' },
  CURSOR_DELAY_SECONDS: { unit: 'seconds', least: 0, most: 60, byDefault: 5, readBy: HUB },
  STATE_LOOK_SECONDS: {
    unit: 'seconds',
    least: 0,
    most: 86_400,
    byDefault: 270,
    readBy: ['functions'],
  },
  BACKEND_CHANNEL: { holds: "a channel's name", readBy: EVERYWHERE, parameter: 'backendChannel' },
  SHARED_CHANNELS: { ...CHANNELS, readBy: EVERYWHERE, parameter: 'sharedChannels' },
  PUBLIC_CHANNELS: { ...CHANNELS, readBy: EVERYWHERE, parameter: 'publicChannels' },
  SHARED_HOLD_SECONDS: {
    unit: 'seconds',
    least: 20,
    most: 110,
    byDefault: 20,
    readBy: EVERYWHERE,
    parameter: 'sharedHold',
  },
  CHANNEL_SCHEMAS: {
    holds: 'JSON Schemas by channel, or the path of a file that holds them',
    readBy: EVERYWHERE,
    parameter: 'channelSchemas',
  },
  DIRECT_WAIT: { ...FLAG, readBy: EVERYWHERE, parameter: 'directWait' },
  CORS_ORIGINS: { holds: 'origins, with blanks between', readBy: EVERYWHERE, parameter: 'corsOrigins' },
  CORS_HEADERS: { holds: 'names, with blanks between', readBy: EVERYWHERE, parameter: 'corsHeaders' },

  MAX_HELD_POLLS: { ...POLLS, byDefault: 10_000, parameter: 'maxHeldPolls' },
  MAX_HELD_POLLS_PER_TOKEN: { ...POLLS, parameter: 'maxHeldPollsPerToken' },
  REPEATS_PER_SECOND: { ...POLLS, most: 1_000, byDefault: 2, parameter: 'repeatsPerSecond' },
  DRAIN_SECONDS: { unit: 'seconds', least: 0, most: 600, byDefault: 0, readBy: HUB },
  MAX_PUBLISHES: { unit: 'bodies', least: 1, most: 100_000, byDefault: 256, readBy: HUB },
  MAX_CONNECTIONS: { unit: 'connections', least: 1, most: 1_000_000, byDefault: 25_000, readBy: HUB },
  MAX_UNREAD_MIB: { unit: 'MiB', least: 8, most: 1_000_000, byDefault: 256, readBy: HUB },

  DOORBELL_SECRET: { holds: 'at least 32 bytes', readBy: EVERYWHERE },
  DOORBELL_SECRET_PARAMETER: { ...NAME, parameter: 'secretParameter' },
  DOORBELL_JWKS_URL: { holds: 'an https URL', readBy: EVERYWHERE, parameter: 'jwksUrl' },
  DOORBELL_ISSUER: { holds: 'an issuer', readBy: EVERYWHERE, parameter: 'issuer' },
  DOORBELL_AUDIENCE: { holds: 'an audience', readBy: EVERYWHERE, parameter: 'audience' },
  DOORBELL_READ_CLAIM: { ...CLAIM, byDefault: 'read', parameter: 'readClaim' },
  DOORBELL_WRITE_CLAIM: { ...CLAIM, byDefault: 'write', parameter: 'writeClaim' },
  DOORBELL_MANAGE_CLAIM: { ...CLAIM, byDefault: 'manage', parameter: 'manageClaim' },
  DOORBELL_SHARE_CLAIM: { ...CLAIM, byDefault: 'share', parameter: 'shareClaim' },
  DOORBELL_DEAD_CLAIM: { ...CLAIM, byDefault: 'dead', parameter: 'deadClaim' },
  DOORBELL_CLIENT_CLAIM: { ...CLAIM, parameter: 'clientClaim' },
  DOORBELL_TOKEN_COOKIE: { holds: 'the name of a cookie', readBy: EVERYWHERE, parameter: 'tokenCookie' },
  DOORBELL_TOKEN_QUERY: { ...FLAG, readBy: EVERYWHERE, parameter: 'tokenQuery' },
  DOORBELL_REVOKED: { holds: 'ids, with blanks between', readBy: EVERYWHERE, parameter: 'revoked' },

  EVENTS_TABLE: NAME,
  CURSORS_TABLE: NAME,
  WAITERS_TABLE: NAME,
  STATES_TABLE: NAME,
  MAILBOX_PREFIX: NAME,
  INGEST_QUEUE_URL: { holds: 'a URL', readBy: ON_AWS },
  DEAD_LETTER_QUEUE_URL: { holds: 'a URL', readBy: ON_AWS },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;
type Rows = typeof SETTINGS;
/** Those whose row has a `P`. */
type With<P> = { [N in SettingName]: Rows[N] extends P ? N : never }[SettingName];

/** The names of those that each of the readers reads, in the order of the table. */
export function settingsOf(...readers: readonly Reader[]): readonly SettingName[] {
  const names = Object.keys(SETTINGS) as SettingName[];
  return names.filter((name) =>
    readers.every((one) => SETTINGS[name].readBy.some((reader) => reader === one)),
  );
}

/** A setting that has no default. */
export function required(env: Environment, name: SettingName): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new Error(`${name} is not set; serverless.yml gives it to every function that needs it`);
  return value;
}

/** A text, or its default. */
export function text(env: Environment, name: With<{ holds: string; byDefault: string }>): string {
  return env[name] || SETTINGS[name].byDefault;
}

/** One of a few words. Throws with all of them. */
export function choice<N extends With<{ oneOf: unknown }>>(
  env: Environment,
  name: N,
): Rows[N]['oneOf'][number] {
  const { oneOf, byDefault }: Choice = SETTINGS[name];
  const text = env[name] || byDefault;
  const words: ReadonlyArray<Rows[N]['oneOf'][number]> = SETTINGS[name].oneOf;
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw new Error(`${name} must be ${oneOf.join(' or ')}, got ${JSON.stringify(text)}`);
  return found;
}

/** Whether a setting that is `true` or `false` is true. Throws where it is neither. */
export function isOn(env: Environment, name: With<typeof FLAG>): boolean {
  return choice(env, name) === 'true';
}

/** A setting that is a whole number. Throws with its range. */
export function whole(env: Environment, name: With<{ least: number; byDefault: number }>): number {
  const { byDefault } = SETTINGS[name];
  return wholeIfSet(env, name) ?? byDefault;
}

/** The same for one that may have no default. */
export function wholeIfSet(env: Environment, name: With<{ least: number }>): number | undefined {
  return wholeWithin(env, name, SETTINGS[name]);
}

/** A whole number by any name, as parameters of a deploy are. Undefined where it is not set. Throws with the range. */
export function wholeWithin(env: Environment, name: string, { least, most }: Range): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`);
  return value;
}
