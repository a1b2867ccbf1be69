/**
 * Configuration, read once from the environment that is passed in. What is missing or out of range ends the start with a message that names
 * the variable and the range; serverless.yml sets them all.
 */

import { CHANNEL_PATTERN, CHANNEL_RULE } from './protocol/doorbell.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const HOUR_MS = 3_600_000;

/** A setting that has no default. */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set; serverless.yml gives it to every function that needs it`);
  }
  return value;
}

/** How long events are kept at least. RETENTION_HOURS: 1..87600 (ten years), default 168 (a week). */
export function retentionMs(env: Environment): number {
  return hours(env, 'RETENTION_HOURS', 168) * HOUR_MS;
}

/** How long a client may stay away before its cursor is forgotten. CURSOR_HOURS: 1..87600, default 720 (30 days). */
export function cursorMs(env: Environment): number {
  return hours(env, 'CURSOR_HOURS', 720) * HOUR_MS;
}

/**
 * How late a hub saves where its clients have come to. CURSOR_DELAY_SECONDS: 0..60, default 5; 0: with each poll, as a function does.
 * Whoever reads an event a second costs a fifth of the writes at 5; a kill makes 5 s of events come again to those who keep no place themselves.
 */
export function cursorDelayMs(env: Environment): number {
  return whole(env, 'CURSOR_DELAY_SECONDS', 5, { least: 0, most: 60 }) * 1_000;
}

/** How many polls one process holds at once. MAX_HELD_POLLS: 1..1000000, default 10000; each takes about 20 kB. */
export function maxHeldPolls(env: Environment): number {
  return whole(env, 'MAX_HELD_POLLS', 10_000, { most: 1_000_000 });
}

/**
 * How many of them one token may have, so that the others find room. MAX_HELD_POLLS_PER_TOKEN: 1..1000000; by default none (undefined): as `HeldPolls` shares
 * them, 1,000 (never more than half of all) and then as many as stay free.
 */
export function maxHeldPollsPerToken(env: Environment): number | undefined {
  if (!env.MAX_HELD_POLLS_PER_TOKEN) return undefined;
  return whole(env, 'MAX_HELD_POLLS_PER_TOKEN', 1_000, { most: 1_000_000 });
}

/** How many polls a second a client may make from the same place, in the long run. REPEATS_PER_SECOND: 1..1000, default 2. */
export function repeatsPerSecond(env: Environment): number {
  return whole(env, 'REPEATS_PER_SECOND', 2, { most: 1_000 });
}

/** Web origins whose pages may call the API: CORS_ORIGINS, with blanks between, or `*`; by default none but the API's own. */
export function corsOrigins(env: Environment): readonly string[] {
  const origins = (env.CORS_ORIGINS ?? '').split(/\s+/).filter((origin) => origin !== '');
  for (const origin of origins) {
    if (origin !== '*' && !(URL.canParse(origin) && new URL(origin).origin === origin))
      throw new Error(
        `CORS_ORIGINS must hold origins like https://example.com, got ${JSON.stringify(origin)}`,
      );
  }
  return origins;
}

/**
 * Request headers that those pages may send besides Authorization and Content-Type, for what stands before the API or for tracing:
 * CORS_HEADERS, with blanks between, or `*` for all (Fetch standard, "CORS-preflight fetch"); by default none.
 */
export function corsHeaders(env: Environment): readonly string[] {
  const names = (env.CORS_HEADERS ?? '').split(/\s+/).filter((name) => name !== '');
  for (const name of names) {
    // A token of RFC 9110, section 5.6.2; `*` is one too.
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name))
      throw new Error(
        `CORS_HEADERS must hold names of headers like X-Request-Id, got ${JSON.stringify(name)}`,
      );
  }
  return names;
}

/** The channel that `GET /backend.php` serves: BACKEND_CHANNEL; by default none, and the route is not there. */
export function backendChannel(env: Environment): string | undefined {
  const name = env.BACKEND_CHANNEL;
  if (name === undefined || name === '') return undefined;
  if (!CHANNEL_PATTERN.test(name))
    throw new Error(`BACKEND_CHANNEL must be ${CHANNEL_RULE}, got ${JSON.stringify(name)}`);
  return name;
}

/** What an acknowledged event survives on one machine: the death of the process, or of its power too. */
export type Durability = 'process' | 'power';

/** DURABILITY: `process` (default) or `power`, which syncs the disk before each answer. On AWS it means nothing. */
export function durability(env: Environment): Durability {
  const text = env.DURABILITY || 'process';
  if (text === 'process' || text === 'power') return text;
  throw new Error(`DURABILITY must be process or power, got ${JSON.stringify(text)}`);
}

/** A setting that is a whole number. Throws with its range. */
export function whole(
  env: Environment,
  name: string,
  byDefault: number,
  { least = 1, most }: { readonly least?: number; readonly most: number },
): number {
  const text = env[name];
  if (text === undefined || text === '') return byDefault;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`);
  return value;
}

function hours(env: Environment, name: string, byDefault: number): number {
  return whole(env, name, byDefault, { most: 87_600 });
}
