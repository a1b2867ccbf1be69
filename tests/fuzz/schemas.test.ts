/** Schemas of channels: whatever the schema and the data are, they fit just when they fit by a validator of which nothing is replaced, and what is said names a place. */

import Ajv from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readChannelSchemas } from '../../lib/schemas/channel-schemas.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Few, so that data and schemas meet. */
const names = fc.constantFrom('a', 'b', '~/', '__proto__', 'hasOwnProperty');
const scalars = fc.constantFrom<Json>(null, true, 0, -0, 1, 1.5, '', 'a', 'ab');
const { value: values } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

/** Of which the ones in `$defs` may refer to each other, with a step into the data. */
const { schema: parts } = fc.letrec<{ schema: object | boolean }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'schema' },
    fc.constantFrom<object | boolean>(true, false, {}),
    fc.record({ type: fc.constantFrom('null', 'boolean', 'number', 'integer', 'string', 'array', 'object') }),
    fc.record({ enum: fc.uniqueArray(values, { minLength: 1, maxLength: 4, selector: canonical }) }),
    fc.record({ const: values }),
    fc.record({ uniqueItems: fc.boolean(), maxItems: fc.nat(4) }),
    fc.record({ maxLength: fc.nat(2), pattern: fc.constantFrom('^a', 'b$') }),
    fc.record({ items: fc.oneof(tie('schema'), fc.constant({ $ref: '#/$defs/a' })) }),
    fc.record({
      properties: fc.dictionary(
        fc.constantFrom('a', 'b', '~/', 'hasOwnProperty'),
        fc.oneof(tie('schema'), fc.constant({ $ref: '#/$defs/b' })),
        { maxKeys: 3, noNullPrototype: true },
      ),
      additionalProperties: fc.boolean(),
    }),
    fc.record({
      required: fc.uniqueArray(fc.constantFrom('a', 'b', '~/', 'hasOwnProperty'), { maxLength: 2 }),
    }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie('schema') }),
  ),
}));
const schemas = fc
  .tuple(parts, parts, parts)
  .map(([own, a, b]) => ({ allOf: [own], $defs: { a, b }, $comment: 'made' }));

test(
  'data fits just when it fits by the draft, and what does not has a place in it',
  () => {
    let fits = 0;
    const holds = (schema: object, given: Json) => {
      // As it comes over the wire.
      const data = JSON.parse(JSON.stringify(given)) as Json;
      const plain = new Ajv.default({ strict: false, ownProperties: true, validateSchema: false });
      const isFit = plain.compile(JSON.parse(JSON.stringify(schema)) as object)(data);

      const misfit = readChannelSchemas(JSON.stringify({ doors: schema })).of('doors')?.(data);

      expect(misfit === undefined, JSON.stringify({ schema, data })).toBe(isFit);
      if (isFit) fits++;
      else expect(placed(data, misfit?.pointer ?? '?'), misfit?.pointer).toBe(true);
    };
    fc.assert(fc.property(schemas, values, holds), runs(400));

    expect(fits).toBeGreaterThan(50);
  },
  TIMEOUT_MS,
);

/** Whether the pointer leads to a value, or to a member that its object lacks. */
function placed(data: Json, pointer: string): boolean {
  const steps = pointer.split('/').slice(1);
  let at: unknown = data;
  for (const [i, step] of steps.entries()) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null) return false;
    if (!Object.hasOwn(at, name)) return i === steps.length - 1;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return pointer === '' || pointer.startsWith('/');
}

function canonical(value: Json): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
