/**
 * Where in its data a line of NDJSON has its key: a JSON pointer (RFC 6901), as `/door/number`. A boolean or a number is taken as its JSON
 * text; an integer of which a double would change digits is not, for its key could be another's.
 */

import { PushError } from '../errors.ts';
import { KEY_PATTERN, KEY_RULE } from '../protocol/doorbell.ts';

/** The key of an event with this data. `field` names the event in an error. Throws `bad-body`. */
export type KeyOf = (data: unknown, field: string) => string | undefined;

/** Longer than any member that is worth naming, and short enough for an error. */
const MAX_CHARS = 256;

/** Throws `bad-parameter` for `field` when the text is no pointer to a member. */
export function keyAt(pointer: string, field: string): KeyOf {
  if (!/^(?:\/(?:[^~/]|~[01])*)+$/.test(pointer) || pointer.length > MAX_CHARS) {
    const message = `${field} must be a JSON pointer of 2 to ${MAX_CHARS} characters, as /doorno.`;
    throw new PushError('bad-parameter', message, { field });
  }
  const path = pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return (data, event) => textOf(path.reduce(memberOf, data), pointer, event);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function textOf(found: unknown, pointer: string, field: string): string {
  const text = typeof found === 'number' || typeof found === 'boolean' ? String(found) : found;
  if (typeof text === 'string' && KEY_PATTERN.test(text)) return text;
  const message = `${field} must have its key at ${pointer}: a boolean, a number up to 2^53 - 1 (larger ones as text), or a string that ${KEY_RULE}.`;
  throw new PushError('bad-body', message, { field });
}
