/**
 * CloudEvents (CNCF, version 1.0) as events of a channel. The data is the whole CloudEvent in its JSON format, so a reader has all that its producer said.
 * Rules are those of the specification, its JSON event format, its HTTP binding and its extension for partitions.
 */

import { createHash } from 'node:crypto';
import { PushError } from '../errors.ts';
import { KEY_PATTERN, KEY_RULE } from '../protocol/doorbell.ts';
import { isRfc3339 } from '../runtime/rfc3339.ts';
import type { KeyOf } from './key-pointer.ts';
import { jsonPath, parseStrictJson, shortName } from './strict-json.ts';

/** What the names of a CloudEvent's headers begin with when its data is the body. */
const HEADER = 'ce-';
const VERSION = '1.0';
const REQUIRED = ['id', 'source', 'specversion', 'type'] as const;
/** The specification asks for 20 characters at most, and for no more than that. */
const NAME = /^[a-z0-9]{1,100}$/;
/** RFC 4648, section 4. */
export const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const PARTITION = 'partitionkey';
/** Members beside the attributes. */
const DATA = ['data', 'data_base64'];

/** An event as a producer hands it in. */
export interface HandedIn {
  readonly id: string;
  readonly key?: string;
  readonly data: unknown;
}

export function isCloudEvent(value: object): boolean {
  return 'specversion' in value;
}

/**
 * Its id is made of `source` and `id`, which together name it. Its key is where `keyOf` finds it in the CloudEvent; without that its `partitionkey`, where
 * it has one. `path` begins names in an error, as `[2].`. Throws `bad-body`.
 */
export function eventOfCloudEvent(value: unknown, path: string, keyOf?: KeyOf): HandedIn {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(path === '' ? 'body' : path.slice(0, -1), 'must be a CloudEvent, an object.');
  const attributes = value as Readonly<Record<string, unknown>>;
  for (const name of REQUIRED) requireText(attributes[name], `${path}${name}`);
  if (attributes.specversion !== VERSION) throw refused(`${path}specversion`, `must be "${VERSION}".`);
  for (const [name, attribute] of Object.entries(attributes))
    if (!DATA.includes(name)) checkAttribute(name, attribute, path);
  checkData(attributes, path);
  const id = idOf(String(attributes.source), String(attributes.id));
  const key = keyOf ? keyOf(value, path === '' ? 'body' : path.slice(0, -1)) : partitionOf(attributes, path);
  return { id, ...(key === undefined ? {} : { key }), data: value };
}

/** Of an array of them. Throws as `eventOfCloudEvent`. */
export function eventsOfBatch(value: unknown, keyOf?: KeyOf): readonly HandedIn[] {
  if (!Array.isArray(value)) throw refused('body', 'must be an array of CloudEvents.');
  return value.map((one, i) => eventOfCloudEvent(one, `[${i}].`, keyOf));
}

/** Headers of a request whose body is the data of a CloudEvent, by their names in lower case; undefined when it is none. */
export function attributesOf(
  headers: Iterable<readonly [string, string]>,
): Record<string, string> | undefined {
  const attributes: Record<string, string> = {};
  for (const [name, value] of headers)
    if (name.startsWith(HEADER)) attributes[name.slice(HEADER.length)] = decoded(value, name);
  return 'specversion' in attributes ? attributes : undefined;
}

/** The CloudEvent of such a request, in its JSON format. `type` is its Content-Type. Throws `bad-body` where the body is not what that says. */
export function cloudEventOf(
  attributes: Readonly<Record<string, string>>,
  type: string | undefined,
  body: Uint8Array,
): object {
  const { datacontenttype: _, ...others } = attributes;
  const declared = type === undefined ? {} : { datacontenttype: type };
  if (body.byteLength === 0) return { ...others, ...declared };
  const media = type?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (/[/+]json$/.test(media)) {
    const data = parseStrictJson(textOf(body), { subject: 'The body', field: 'body' }, jsonPath('body'));
    return { ...others, ...declared, data };
  }
  if (media.startsWith('text/')) return { ...others, ...declared, data: textOf(body) };
  return { ...others, ...declared, data_base64: Buffer.from(body).toString('base64') };
}

function requireText(value: unknown, field: string): void {
  if (typeof value === 'string' && value !== '') return;
  throw refused(field, value === undefined ? 'is missing.' : 'must be a string that is not empty.');
}

function checkAttribute(name: string, value: unknown, path: string): void {
  const field = `${path}${shortName(name)}`;
  if (!NAME.test(name)) throw refused(field, 'is no name of an attribute: a-z and 0-9.');
  const isPlain = typeof value === 'string' || typeof value === 'boolean' || Number.isInteger(value);
  // In its JSON format null is as good as absent.
  if (!isPlain && value !== null) throw refused(field, 'must be a string, a boolean or a whole number.');
  if (name === 'time' && value !== null && !isRfc3339(String(value)))
    throw refused(field, 'must be a time of RFC 3339, as 2026-11-30T12:00:00Z.');
}

function checkData(attributes: Readonly<Record<string, unknown>>, path: string): void {
  const { data_base64: bytes } = attributes;
  if (bytes === undefined) return;
  if ('data' in attributes) throw refused(`${path}data_base64`, 'cannot stand beside data.');
  if (typeof bytes !== 'string' || !BASE64.test(bytes))
    throw refused(`${path}data_base64`, 'must be bytes in base64 (RFC 4648, section 4).');
}

function partitionOf(attributes: Readonly<Record<string, unknown>>, path: string): string | undefined {
  const key = attributes[PARTITION] ?? undefined;
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY_PATTERN.test(key)) return key;
  throw refused(`${path}${PARTITION}`, `becomes the event's key, so it ${KEY_RULE}.`);
}

/** Both may be of any length, and either may hold any character. */
function idOf(source: string, id: string): string {
  return `ce:${createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('base64url')}`;
}

function decoded(value: string, field: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw refused(field, 'must be percent-encoded UTF-8.');
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function textOf(body: Uint8Array): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw refused('body', 'must be UTF-8.');
  }
}

function refused(field: string, rule: string): PushError {
  return new PushError('bad-body', `${field} ${rule}`, { field });
}
