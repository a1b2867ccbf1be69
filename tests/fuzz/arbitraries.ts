/** Requests made of the OpenAPI document: what it allows, as fast-check arbitraries. */

import fc from 'fast-check';
import { openApi } from '../../local/bundle/openapi.ts';
import { type Operation, operationsOf, type Parameter } from '../support/repo/openapi.ts';

type Schema = Readonly<Record<string, unknown>>;

export interface Call {
  readonly operation: Operation;
  readonly path: string;
  readonly query: ReadonlyArray<readonly [name: string, value: string]>;
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly type?: string;
  readonly body?: string;
}

/** The channels and clients of documents are strangers to each other: now and then one must meet what is there. */
const KNOWN = {
  channel: fc.constantFrom('doors', '__proto__', 'constructor'),
  client: fc.constantFrom('wall', 'a'),
};

/** What JSON Schema cannot say of them: they are for lines, each of which has what they name; or they were given by the server. */
const NOT_ALWAYS = ['keyFrom', 'Doorbell-Key', 'expect', 'Doorbell-Expect', 'ticket', 'hold'];
/** What JSON Schema cannot say of a duration: it is PT1M to P31D. */
const DURATIONS = ['PT1M', 'PT90S', 'PT36H', 'P1DT2H3M4S', 'P31D'];
/** What stands beside none of those that follow it. */
const ALONE: Readonly<Record<string, readonly string[]>> = { key: ['prefix', 'after'], last: ['since'] };

/**
 * A call of any operation, as the document allows it. Streams have a suite that is made for them, tests/conformance; and nobody can make up a ticket to wait
 * with (tests/unit/http/waits.test.ts).
 */
export const validCall: fc.Arbitrary<Call> = fc
  .constantFrom(
    ...operationsOf(openApi()).filter(({ path }) => !path.startsWith('/v1/stream/') && path !== '/v1/wait'),
  )
  .chain((operation) => callOf(operation));

function callOf(operation: Operation): fc.Arbitrary<Call> {
  const of = (place: Parameter['in']) => operation.parameters.filter((one) => one.in === place);
  const orNot = (one: Parameter) => {
    if (NOT_ALWAYS.includes(one.name)) return fc.constant([]);
    return one.required ? given(one) : fc.option(given(one), { nil: [] });
  };
  return fc
    .record({
      path: fc.tuple(...of('path').map((one) => given(one))),
      query: fc.tuple(...of('query').map(orNot)),
      headers: fc.tuple(...of('header').map(orNot)).filter((headers) => headers.flat().every(isSendable)),
      body: bodyOf(operation),
    })
    .map(({ path, query, headers, body }) => ({
      operation,
      path: path
        .flat()
        .reduce<string>((text, [name, value]) => text.replace(`{${name}}`, value), operation.path),
      query: withoutConflicts(
        operation.operationId === 'pollShared' ? behindMaxvid(query.flat()) : query.flat(),
      ),
      headers: headers.flat(),
      ...body,
    }));
}

/** What JSON Schema cannot say of a shared poll: the others stand behind `maxvid` only. */
function behindMaxvid(query: ReadonlyArray<readonly [string, string]>) {
  return query[0]?.[0] === 'maxvid' ? query : [];
}

/** What a header can hold. */
function isSendable([, value]: readonly [name: string, value: string]): boolean {
  return /^[ -~]*$/.test(value);
}

function withoutConflicts(query: Call['query']): Call['query'] {
  const names = new Set(query.map(([name]) => name));
  const taken = [...names].flatMap((name) => ALONE[name] ?? []);
  return query.filter(([name]) => !taken.includes(name));
}

/** The parameter by name and value; an array is several. */
function given({ name, schema }: Parameter): fc.Arbitrary<Array<readonly [string, string]>> {
  if (name === 'cursor') return cursors(schema);
  const known = name === 'channel' || name === 'client' ? [KNOWN[name]] : [];
  return fc
    .oneof(valuesOf(schema), ...known)
    .map((value) => [value].flat().map((one) => [name, String(one)] as const));
}

/** What JSON Schema cannot say of them: each names another channel, and a safe integer. */
function cursors({ items, minItems, maxItems }: Schema): fc.Arbitrary<Array<readonly [string, string]>> {
  const cursor = fc
    .oneof(valuesOf(items as Schema).map(String), fc.constantFrom('doors', 'doors:1', 'doors:99:e'))
    .filter((text) => Number.isSafeInteger(Number(text.split(':')[1] ?? 0)));
  const size = { minLength: Number(minItems), maxLength: Number(maxItems) };
  return fc
    .uniqueArray(cursor, { ...size, selector: (text) => text.split(':')[0] })
    .map((texts) => texts.map((text) => ['cursor', text] as const));
}

function bodyOf({ requestBody }: Operation): fc.Arbitrary<{ type?: string; body?: string }> {
  if (!requestBody) return fc.constant({});
  const bodies = Object.entries(requestBody.content).map(([type, { schema }]) => {
    const text =
      schema.type === 'string'
        ? fc.array(json, { minLength: 1 }).map((lines) => lines.join('\n'))
        : valuesOf(schema).map((value) => JSON.stringify(value));
    return text.map((body) => ({ type, body }));
  });
  return fc.oneof(...bodies);
}

const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.stringify(value));

/** Values that the schema allows; throws for a keyword that it does not know. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  const {
    anyOf,
    oneOf = anyOf,
    enum: some,
    type,
    pattern,
    format,
    minimum,
    maximum,
    minLength,
    maxLength,
    items,
    minItems,
    maxItems,
  } = schema as {
    anyOf?: Schema[];
    oneOf?: Schema[];
    enum?: unknown[];
    items?: Schema;
    properties?: Record<string, Schema>;
    required?: string[];
    [keyword: string]: unknown;
  };
  if (some) return fc.constantFrom(...some);
  if (oneOf) return fc.oneof(...oneOf.map(valuesOf));
  switch (type) {
    case undefined:
      return fc.jsonValue();
    case 'integer':
      return fc.oneof(
        fc.integer({ min: Number(minimum), max: Math.min(Number(maximum), Math.max(5, Number(minimum))) }),
        fc.maxSafeInteger().filter((value) => value >= Number(minimum) && value <= Number(maximum)),
        fc.constantFrom(minimum, maximum),
      );
    case 'null':
      return fc.constant(null);
    case 'string':
      if (format === 'date-time')
        return fc.date({ noInvalidDate: true, ...CENTURY }).map((date) => date.toISOString());
      if (String(pattern).startsWith('^P(?=')) return fc.constantFrom(...DURATIONS);
      if (pattern !== undefined) return matching(String(pattern));
      return fc.string({
        unit: 'grapheme',
        minLength: Number(minLength ?? 0),
        // A grapheme may be several characters; a schema counts those.
        maxLength: Math.min(Number(maxLength ?? 20), 20),
      });
    case 'array':
      return fc.array(valuesOf(items ?? {}), {
        minLength: Number(minItems),
        maxLength: Math.min(Number(maxItems), 5),
      });
    case 'object':
      return objectOf(schema);
    default:
      throw new Error(`there is no arbitrary for ${type}`);
  }
}

/** Years of four digits, as RFC 3339 has them. */
const CENTURY = { min: new Date('1970-01-01T00:00:00Z'), max: new Date('2070-01-01T00:00:00Z') };

function objectOf({ properties, required, not }: Schema): fc.Arbitrary<unknown> {
  const values = Object.entries(properties as Record<string, Schema>).map(([name, schema]) => [
    name,
    valuesOf(schema),
  ]);
  const { required: together } = (not ?? {}) as { readonly required?: readonly string[] };
  return fc
    .record(Object.fromEntries(values), { requiredKeys: required as never[] })
    .filter((value) => together === undefined || !together.every((name) => Object.hasOwn(value, name)));
}

/** fast-check knows no look-ahead: what it forbids is filtered out. */
function matching(pattern: string): fc.Arbitrary<string> {
  const whole = new RegExp(pattern);
  return fc.stringMatching(new RegExp(withoutLookahead(pattern))).filter((text) => whole.test(text));
}

function withoutLookahead(pattern: string): string {
  const start = pattern.search(/\(\?[=!]/);
  if (start < 0) return pattern;
  let end = start + 1;
  for (let depth = 1; depth > 0; end++) {
    if (pattern[end] === '(') depth++;
    if (pattern[end] === ')') depth--;
  }
  return withoutLookahead(pattern.slice(0, start) + pattern.slice(end));
}

/** The call as a path with its query. */
export function addressOf({ path, query }: Pick<Call, 'path' | 'query'>): string {
  const text = query
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return text === '' ? path : `${path}?${text}`;
}
