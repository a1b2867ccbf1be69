/** Values of queries and paths, checked one by one. Whatever is refused is a `bad-parameter` that names the parameter and its range. */

import * as v from 'valibot';
import { PushError } from '../../errors.ts';
import {
  CHANNEL_PATTERN,
  CHANNEL_RULE,
  CLIENT_PATTERN,
  CLIENT_RULE,
  KEY_PATTERN,
  KEY_RULE,
  LIMITS,
} from '../../protocol/doorbell.ts';

const channelRule = `channel must be ${CHANNEL_RULE}`;
const clientRule = `client must be ${CLIENT_RULE}`;
/** The schemas are exported for the OpenAPI document, which the build makes of them (local/bundle/openapi.ts). */
export const Channel = v.pipe(v.string(), v.regex(CHANNEL_PATTERN, channelRule));
export const Client = v.pipe(v.string(), v.regex(CLIENT_PATTERN, clientRule));
export const Key = keyNamed('key');
export const DEAD_LETTER_PATTERN = /^(?!\.{1,2}$)[\w.-]{1,128}$/;
const deadLetterRule = 'letter must be 1 to 128 characters of A-Z a-z 0-9 _ . - and not . or ..';
export const DeadLetter = v.pipe(v.string(), v.regex(DEAD_LETTER_PATTERN, deadLetterRule));
export const Maxvid = integer('maxvid', 0, Number.MAX_SAFE_INTEGER);
export const Vid = integer('vid', 1, Number.MAX_SAFE_INTEGER);

/** A key, or the beginning of one, as the parameter of this name. */
export function keyNamed(name: string) {
  return v.pipe(v.string(), v.regex(KEY_PATTERN, `${name} ${KEY_RULE}`));
}

export function integer(name: string, least: number, most: number) {
  const rule = `${name} must be an integer from ${least} to ${most}`;
  return v.pipe(
    v.string(),
    v.regex(/^\d+$/, rule),
    v.transform(Number),
    v.minValue(least, rule),
    v.maxValue(most, rule),
  );
}

export function channelParam(text: string): string {
  return check(Channel, text, 'channel');
}

export function deadLetterParam(text: string): string {
  return check(DeadLetter, text, 'letter');
}

export function clientParam(text: string): string {
  return check(Client, text, 'client');
}

/** The keys that a query names, in `key`, repeated; and the query without them. */
export function keysOf(query: URLSearchParams): {
  readonly keys: readonly string[];
  readonly others: URLSearchParams;
} {
  const keys = query.getAll('key').map((text) => check(Key, text, 'key'));
  if (keys.length > LIMITS.keysPerRequest)
    throw refused('key', `key must be given at most ${LIMITS.keysPerRequest} times, got ${keys.length}`);
  return { keys, others: without(query, 'key') };
}

export function without(query: URLSearchParams, name: string): URLSearchParams {
  return new URLSearchParams([...query].filter(([other]) => other !== name));
}

/** Each parameter by its name; one that is given twice is refused. */
export function single(query: URLSearchParams): Record<string, string> {
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1) throw refused(name, `${name} is given more than once`);
  }
  return Object.fromEntries(query);
}

export function check<S extends v.GenericSchema>(
  schema: S,
  input: unknown,
  field?: string,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const name = field ?? v.getDotPath(issue) ?? 'query';
  if (issue.type === 'strict_object') throw refused(name, `${name} is not a known parameter`);
  const message =
    field === undefined || issue.message.startsWith(field) ? issue.message : `${field}: ${issue.message}`;
  throw refused(name, message);
}

export function refused(field: string, message: string): PushError {
  return new PushError('bad-parameter', `${message}.`, { field });
}
