/**
 * What producers hand in, checked: one event or many become new events, or the first thing wrong with them becomes a `PushError` that names
 * it. Nothing is half accepted. Pure but for the ids that it makes.
 */

import * as v from 'valibot';
import { PushError } from '../errors.ts';
import { expectMs } from '../expectations/duration.ts';
import { bytesOf, type EntryExtras, type NewEvent, newEvent } from '../log/block.ts';
import { EXPECT_PATTERN, EXPECT_RULE, KEY_PATTERN, KEY_RULE, LIMITS } from '../protocol/doorbell.ts';
import type { DataCheck } from './data-check.ts';
import type { KeyOf } from './key-pointer.ts';
import { parseStrictJson, shortName } from './strict-json.ts';

export type { EntryExtras };

/** Events before they have numbers, and whether any id among them is a producer's own. */
export interface NewEvents {
  readonly events: readonly NewEvent[];
  readonly hasProducerIds: boolean;
}

const idRule = `must be a string of 1 to ${LIMITS.idLength} characters`;
/** One event as a producer hands it in. */
export const EventSchema = v.strictObject({
  id: v.optional(v.pipe(v.string(idRule), v.minLength(1, idRule), v.maxLength(LIMITS.idLength, idRule))),
  key: v.optional(v.pipe(v.string(KEY_RULE), v.regex(KEY_PATTERN, KEY_RULE))),
  expect: v.optional(v.pipe(v.string(EXPECT_RULE), v.regex(EXPECT_PATTERN, EXPECT_RULE))),
  data: v.unknown(),
});

/** A JSON body: `{"id"?, "key"?, "expect"?, "data"}`, or an array of 1..100 of them that together make one block. `newId` names events without an id. */
export function eventsOfBody(body: unknown, newId: () => string, check?: DataCheck): NewEvents {
  const many = Array.isArray(body);
  if (!many) return newEventsOf([body], () => '', newId, check);
  if (body.length < 1)
    throw new PushError('bad-body', 'The array must hold 1 to 100 events, got none.', { field: 'body' });
  if (body.length > LIMITS.blockEvents) {
    const message = `The array must hold 1 to ${LIMITS.blockEvents} events, got ${body.length}.`;
    throw new PushError('too-large', message, { field: 'body' });
  }
  const parsed = newEventsOf(body, (i) => `[${i}].`, newId, check);
  // One event is bounded by its own limit, its key beside it.
  if (body.length > 1 && bytesOf(parsed.events) > LIMITS.blockBytes) {
    const message = `The events' data and keys must be at most ${LIMITS.blockBytes} bytes of JSON together, got ${bytesOf(parsed.events)}.`;
    throw new PushError('too-large', message, { field: 'body' });
  }
  return parsed;
}

/**
 * NDJSON: one JSON value a line, each a `data`. Empty lines are skipped. All lines are checked first; the new events are made as they are asked
 * for, since millions of short lines fit a body, and all their new events at once would not fit a function's memory.
 */
export function eventsOfLines(
  text: string,
  newId: () => string,
  keyOf: KeyOf = () => undefined,
  check?: DataCheck,
  extras?: EntryExtras,
): Iterable<NewEvent> {
  let any = false;
  for (const _ of lineEvents(text, () => '', keyOf, check, extras)) any = true;
  if (!any)
    throw new PushError('bad-body', 'The body must hold at least one line of JSON.', { field: 'body' });
  return lineEvents(text, newId, keyOf, undefined, extras);
}

function* lineEvents(
  text: string,
  newId: () => string,
  keyOf: KeyOf,
  check: DataCheck | undefined,
  extras: EntryExtras | undefined,
): Generator<NewEvent> {
  let number = 0;
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    start = end + 1;
    number++;
    if (line.trim() === '') continue;
    const data = parseLine(line, number);
    const key = keyOf(data, `line ${number}`);
    yield checked(newId(), data, `line ${number}`, key, check, extras);
  }
}

/** Events one by one; `path(i)` begins the name of the i-th in an error. */
export function newEventsOf(
  events: readonly unknown[],
  path: (i: number) => string,
  newId: (i: number) => string,
  check?: DataCheck,
): NewEvents {
  let hasProducerIds = false;
  const made = events.map((event, i) => {
    const { id, key, expect, data } = isUsual(event) ? event : bySchema(event, path(i));
    if (data === undefined)
      throw new PushError('bad-body', `${path(i)}data is missing.`, { field: `${path(i)}data` });
    // A schema of JSON can say what a duration looks like, and not how long it is.
    if (expect !== undefined && expectMs(expect) === undefined)
      throw new PushError('bad-body', `${path(i)}expect ${EXPECT_RULE}.`, { field: `${path(i)}expect` });
    hasProducerIds ||= id !== undefined;
    const extras = expect === undefined ? undefined : { expect };
    return checked(id ?? newId(i), data, `${path(i)}data`, key, check, extras);
  });
  return { events: made, hasProducerIds };
}

type HandedIn = v.InferOutput<typeof EventSchema>;

/** True of nearly every event, at a tenth of what the schema costs. Of others the schema says what is wrong. */
function isUsual(event: unknown): event is HandedIn {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return false;
  for (const name in event) if (name !== 'data' && name !== 'id' && name !== 'key') return false;
  const { id, key, data } = event as Partial<Record<keyof HandedIn, unknown>>;
  const isNamed = typeof id === 'string' && id.length > 0 && id.length <= LIMITS.idLength;
  const isKeyed = typeof key === 'string' && KEY_PATTERN.test(key);
  return data !== undefined && (id === undefined || isNamed) && (key === undefined || isKeyed);
}

function bySchema(event: unknown, path: string): HandedIn {
  const parsed = v.safeParse(EventSchema, event);
  if (!parsed.success) throw malformed(parsed.issues[0], path);
  return parsed.output;
}

function parseLine(line: string, number: number): unknown {
  const field = `line ${number}`;
  return parseStrictJson(line, { subject: `Line ${number}`, field }, () => field);
}

function checked(
  id: string,
  data: unknown,
  field: string,
  key: string | undefined,
  check: DataCheck | undefined,
  extras: EntryExtras | undefined,
): NewEvent {
  if (!isShallow(data, LIMITS.dataDepth)) {
    const message = `${field} must not hold arrays and objects more than ${LIMITS.dataDepth} deep.`;
    throw new PushError('bad-body', message, { field });
  }
  const one = newEvent(id, data, key, extras);
  const bytes = key === undefined ? one.bytes : Buffer.byteLength(one.json);
  if (bytes > LIMITS.eventBytes) {
    const message = `${field} must be at most ${LIMITS.eventBytes} bytes of JSON, got ${bytes}.`;
    throw new PushError('too-large', message, { field });
  }
  // What deletes a key is of no schema.
  if (data !== null || key === undefined) check?.(one, field);
  return one;
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

function malformed(issue: v.BaseIssue<unknown>, path: string): PushError {
  const key = v.getDotPath(issue);
  if (key === null) {
    const field = path === '' ? 'body' : path.slice(0, -1);
    return new PushError('bad-body', `${field} must be an object {"id"?, "key"?, "expect"?, "data"}.`, {
      field,
    });
  }
  const field = `${path}${shortName(key)}`;
  if (issue.type === 'strict_object') {
    const message =
      issue.expected === 'never'
        ? `${field} is not a known member; known are id, key, expect and data.`
        : `${field} is missing.`;
    return new PushError('bad-body', message, { field });
  }
  // The schema says each member's rule.
  return new PushError('bad-body', `${field} ${issue.message}.`, { field });
}
