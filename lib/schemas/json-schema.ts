/**
 * JSON Schema, draft 2020-12, by Ajv: it checks schemas for mistakes as well as data, and compiles each to a function. Nothing is fetched: a reference that
 * leads out of its schema is an error. Whoever wrote the schema is trusted, and whoever sends data is not. So what takes more than linear time in the data
 * is replaced, or counted. Loaded only where schemas are set: it is as large as half a function.
 */

import { Ajv2020, type Format } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Finding } from './misfit.ts';
import { isFields, STEP, withSteps } from './references.ts';

/** Steps over a reference that may still be made. */
export interface Budget {
  left: number;
}

/** What is wrong with the data; undefined where they fit. Throws a RangeError when the budget is used up, or the call stack. */
export type Validate = (data: unknown, budget: Budget) => readonly Finding[] | undefined;

export const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** Schemas within each other. */
export const MAX_DEPTH = 100;

/** Those of the draft that `ajv-formats` checks with a bounded effort. */
const FORMATS = [
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'json-pointer',
  'relative-json-pointer',
  'uri',
  'uri-reference',
  'uuid',
] as const;
/** Characters of a text that a format may fit: none needs more, and some look at a text several times. */
export const MAX_FORMATTED = 2_048;

/** Data of each type: a schema that only refers to itself never comes to an end with one of them. */
const PROBES = [null, true, 0, '', [], {}];

/** Throws an error whose message names the keyword, for whoever wrote the schema. */
export function compileSchema(schema: unknown): Validate {
  if (!isFields(schema) && typeof schema !== 'boolean')
    throw new Error('a schema must be an object, true or false');
  if (isFields(schema) && schema.$schema !== undefined && schema.$schema !== DIALECT)
    throw new Error(`$schema must be ${DIALECT}`);
  const counted = withSteps(schema, MAX_DEPTH);
  if (counted === undefined)
    throw new Error(`schemas must not stand in each other more than ${MAX_DEPTH} deep`);
  let left: Budget = { left: 0 };
  const compiled = validator(() => --left.left >= 0).compile(counted as object | boolean);
  const validate: Validate = (data, budget) => {
    left = budget;
    return compiled(data) ? undefined : (compiled.errors ?? []);
  };
  for (const probe of PROBES) comesToAnEnd(validate, probe);
  return validate;
}

/** Holds schemas to the draft's own schema. Making it takes a third of a second. Each call throws as `compileSchema`. */
export function schemaChecker(): (schema: unknown) => void {
  const ajv = new Ajv2020({ logger: false });
  return (schema) => {
    if (!isFields(schema) || ajv.validateSchema({ ...schema, $schema: DIALECT })) return;
    const [deepest] = (ajv.errors ?? []).toSorted((a, b) => b.instancePath.length - a.instancePath.length);
    const allowed = deepest?.params.allowedValues as readonly string[] | undefined;
    const among = allowed ? `: ${allowed.join(', ')}` : '';
    throw new Error(`${deepest?.instancePath || 'the schema'} ${deepest?.message}${among}`);
  };
}

/** Each schema has its own: it can refer to nothing but itself, and two may have the same `$id`. `step` is asked before each reference is followed. */
function validator(step: () => boolean): Ajv2020 {
  const ajv = new Ajv2020({
    meta: false,
    validateSchema: false,
    // An unknown keyword is a mistake; what only looks unusual is not.
    strictSchema: true,
    strictTypes: false,
    strictTuples: false,
    // `toString` is no member of every object.
    ownProperties: true,
    verbose: true,
    logger: false,
  });
  for (const name of FORMATS) {
    const fits = testOf(fullFormats[name]);
    ajv.addFormat(name, (text: string) => text.length <= MAX_FORMATTED && fits(text));
  }
  const validate = () => {
    if (step()) return true;
    throw new RangeError('the budget is used up');
  };
  // Ajv knows where it leads, and takes it for unknown all the same.
  ajv.addVocabulary(['$anchor']);
  // Of another draft, and uncounted.
  ajv.removeKeyword('$recursiveRef').removeKeyword('$recursiveAnchor');
  // The first of those that follow: what has failed is not gone on with, and would not be counted.
  ajv.addKeyword({ keyword: STEP, before: '$dynamicRef', schema: false, validate });
  // Ajv compares each with each, and trips over members as `toString`.
  ajv.removeKeyword('uniqueItems').addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (isWanted: boolean) => (items: readonly unknown[]) =>
      !isWanted || new Set(items.map(canonical)).size === items.length,
  });
  ajv.removeKeyword('enum').addKeyword({
    keyword: 'enum',
    schemaType: 'array',
    compile: (allowed: readonly unknown[]) => {
      const texts = new Set(allowed.map(canonical));
      return (value: unknown) => texts.has(canonical(value));
    },
  });
  ajv.removeKeyword('const').addKeyword({
    keyword: 'const',
    compile: (wanted: unknown) => {
      const text = canonical(wanted);
      return (value: unknown) => canonical(value) === text;
    },
  });
  return ajv;
}

/** A format comes as a pattern, as a function, or as one of them beside what compares. */
function testOf(format: Format): (text: string) => boolean {
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === 'function') return format as (text: string) => boolean;
  return testOf((format as { readonly validate: Format }).validate);
}

function comesToAnEnd(validate: Validate, probe: unknown): void {
  try {
    validate(probe, { left: 100_000 });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error('$ref leads back to itself without a step into the data');
  }
}

/** The same text for equal JSON. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, one: unknown) =>
    isFields(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}
