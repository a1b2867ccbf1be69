/** What a process makes of its settings (`lib/config.ts`): in the units that its parts want. Each throws with the variable and its range. */

import { choice, type Environment, isOn, type SettingName, whole, wholeIfSet } from '../config.ts';
import { CHANNEL_PATTERN, CHANNEL_RULE } from '../protocol/doorbell.ts';
import type { Durability } from '../sqlite/database.ts';

const HOUR_MS = 3_600_000;

/** How long events are kept at least. By default a week. */
export function retentionMs(env: Environment): number {
  return whole(env, 'RETENTION_HOURS') * HOUR_MS;
}

/** How long a client may stay away before its cursor is forgotten. By default 30 days. */
export function cursorMs(env: Environment): number {
  return whole(env, 'CURSOR_HOURS') * HOUR_MS;
}

/**
 * How late a hub saves where its clients have come to; 0: with each poll, as a function does. Whoever reads an event a second costs a fifth of the writes at
 * the default of 5 s; a kill makes so many seconds of events come again to those who keep no place themselves.
 */
export function cursorDelayMs(env: Environment): number {
  return whole(env, 'CURSOR_DELAY_SECONDS') * 1_000;
}

/** How long after the beginning of one look over all channels the next may begin, which folds their states. Each look costs three small reads a channel. */
export function stateLookMs(env: Environment): number {
  return whole(env, 'STATE_LOOK_SECONDS') * 1_000;
}

/** How many polls one process holds at once; each takes about 20 kB. */
export function maxHeldPolls(env: Environment): number {
  return whole(env, 'MAX_HELD_POLLS');
}

/**
 * How many of them one token may have, so that the others find room. By default undefined: as `HeldPolls` shares them, 1,000 (never more than half of all)
 * and then as many as stay free.
 */
export function maxHeldPollsPerToken(env: Environment): number | undefined {
  return wholeIfSet(env, 'MAX_HELD_POLLS_PER_TOKEN');
}

/** How many polls a second a client may make from the same place, in the long run. */
export function repeatsPerSecond(env: Environment): number {
  return whole(env, 'REPEATS_PER_SECOND');
}

/** Web origins whose pages may call the API, or `*`; by default none but the API's own. */
export function corsOrigins(env: Environment): readonly string[] {
  return words(
    env,
    'CORS_ORIGINS',
    'origins like https://example.com',
    (origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin),
  );
}

/**
 * Request headers that those pages may send besides Authorization and Content-Type, for what stands before the API or for tracing; `*` for all
 * (Fetch standard, "CORS-preflight fetch"). By default none.
 */
export function corsHeaders(env: Environment): readonly string[] {
  // A token of RFC 9110, section 5.6.2; `*` is one too.
  const isToken = (name: string) => /^[!#$%&'*+.^_`|~\w-]+$/.test(name);
  return words(env, 'CORS_HEADERS', 'names of headers like X-Request-Id', isToken);
}

/** The channel that `GET /backend.php` serves; by default none, and the route is not there. */
export function backendChannel(env: Environment): string | undefined {
  const name = env.BACKEND_CHANNEL;
  if (name === undefined || name === '') return undefined;
  if (!CHANNEL_PATTERN.test(name))
    throw new Error(`BACKEND_CHANNEL must be ${CHANNEL_RULE}, got ${JSON.stringify(name)}`);
  return name;
}

/** Channels whose shared polls are served to tokens that may share them (`requireShare`); by default none. */
export function sharedChannels(env: Environment): readonly string[] {
  return words(env, 'SHARED_CHANNELS', CHANNELS_RULE, isGrant);
}

/** Channels whose shared polls are served to everybody, without a token; by default none. */
export function publicChannels(env: Environment): readonly string[] {
  return words(env, 'PUBLIC_CHANNELS', CHANNELS_RULE, isGrant);
}

/** For how long a shared poll may be held, in seconds: 20, as any other, or longer. */
export function sharedHoldSeconds(env: Environment): number {
  return whole(env, 'SHARED_HOLD_SECONDS');
}

/** All channels that have shared polls, for whomever. */
export function everyShared(env: Environment): readonly string[] {
  return [...sharedChannels(env), ...publicChannels(env)];
}

/** Which ways to wait a function tells its readers of: direct waits cost it no time while they last. */
export function offer(env: Environment): { readonly shared: readonly string[]; readonly direct: boolean } {
  return { shared: everyShared(env), direct: isOn(env, 'DIRECT_WAIT') };
}

/** What an acknowledged event survives on one machine. On AWS it means nothing. */
export function durability(env: Environment): Durability {
  return choice(env, 'DURABILITY');
}

/** How each setting is read that a deploy can set, besides those of tokens: what is checked before a process starts, or is deployed. */
export const DEPLOYED = {
  BACKEND_CHANNEL: backendChannel,
  CORS_HEADERS: corsHeaders,
  CORS_ORIGINS: corsOrigins,
  MAX_HELD_POLLS: maxHeldPolls,
  MAX_HELD_POLLS_PER_TOKEN: maxHeldPollsPerToken,
  PUBLIC_CHANNELS: publicChannels,
  REPEATS_PER_SECOND: repeatsPerSecond,
  RETENTION_HOURS: retentionMs,
  SHARED_CHANNELS: sharedChannels,
  SHARED_HOLD_SECONDS: sharedHoldSeconds,
  CURSOR_HOURS: cursorMs,
  DIRECT_WAIT: (env: Environment) => choice(env, 'DIRECT_WAIT'),
  METRICS: (env: Environment) => choice(env, 'METRICS'),
} as const satisfies Partial<Record<SettingName, (env: Environment) => unknown>>;

const CHANNELS_RULE = `channels or prefix.* or *, where a channel is ${CHANNEL_RULE}`;

function isGrant(word: string): boolean {
  return word === '*' || CHANNEL_PATTERN.test(word.endsWith('.*') ? word.slice(0, -2) : word);
}

function words(
  env: Environment,
  name: SettingName,
  rule: string,
  isGood: (word: string) => boolean,
): readonly string[] {
  const all = (env[name] ?? '').split(/\s+/).filter((word) => word !== '');
  const bad = all.find((word) => !isGood(word));
  if (bad !== undefined) throw new Error(`${name} must hold ${rule}, got ${JSON.stringify(bad)}`);
  return all;
}
