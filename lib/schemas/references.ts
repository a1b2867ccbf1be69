/**
 * Walks a schema by its keywords, and finds where it refers to a part of itself. A reference is what makes checking long: with a few of
 * them a small schema may ask for 2^100 looks at data that are nested 100 deep. So each gets a keyword beside it that counts. Pure.
 */

/** The keyword that counts. A schema that has it by itself is counted a little more. */
export const STEP = '$doorbell:step';

type Fields = Readonly<Record<string, unknown>>;

/** Keywords of draft 2020-12 that hold a schema, a list of them, or some by name. Everything else, as `const`, is data. */
const ONE = [
  'items',
  'contains',
  'additionalProperties',
  'unevaluatedItems',
  'unevaluatedProperties',
  'propertyNames',
  'contentSchema',
  'not',
  'if',
  'then',
  'else',
];
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const BY_NAME = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'];

/** A copy in which a step stands beside each reference. Undefined where schemas stand in each other more than `most` deep. */
export function withSteps(schema: unknown, most: number): unknown {
  let isTooDeep = false;
  const copied = (one: unknown, left: number): unknown => {
    if (!isFields(one)) return one;
    isTooDeep ||= left < 1;
    if (isTooDeep) return one;
    const walk = (inner: unknown) => copied(inner, left - 1);
    const copy = Object.entries(one).map(([keyword, value]) => [keyword, within(keyword, value, walk)]);
    const refers = typeof one.$ref === 'string' || typeof one.$dynamicRef === 'string';
    return Object.fromEntries(refers ? [...copy, [STEP, true]] : copy);
  };
  const counted = copied(schema, most);
  return isTooDeep ? undefined : counted;
}

function within(keyword: string, value: unknown, walk: (inner: unknown) => unknown): unknown {
  if (ONE.includes(keyword)) return walk(value);
  if (LIST.includes(keyword) && Array.isArray(value)) return value.map(walk);
  if (BY_NAME.includes(keyword) && isFields(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
  return value;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
