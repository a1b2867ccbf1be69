/** Schemas of channels at their edges: the limits themselves, every format, every sentence, and what only looks like a keyword. */

import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { MAX_BYTES, MAX_NAMES, readChannelSchemas } from '../../../lib/schemas/channel-schemas.ts';
import { MAX_DEPTH, MAX_FORMATTED } from '../../../lib/schemas/json-schema.ts';

const read = (given: unknown) => readChannelSchemas(JSON.stringify(given));
/** What is wrong with the data where the channel `doors` has this schema. */
const misfit = (schema: unknown, data: unknown) => read({ doors: schema }).of('doors')?.(data);

describe('names of channels', () => {
  const NAMES = ['*', 'site.*', 'site.a.*', 'site.a.b', 'tree/*'];

  test.each([
    ['site.a.b', 'site.a.b'],
    ['site.a.c', 'site.a.*'],
    ['site.b', 'site.*'],
    ['tree/leaf', 'tree/*'],
    ['site', '*'],
  ])('of %s the schema of %s can be read', (channel, name) => {
    for (const names of [NAMES, NAMES.toReversed()]) {
      const schemas = read(Object.fromEntries(names.map((one) => [one, { const: one }])));

      expect(schemas.textOf(channel)).toBe(JSON.stringify({ const: name }));
      expect(schemas.of(channel)?.(name)).toBeUndefined();
    }
  });

  test('a star within a name, or alone behind other signs, is refused', () => {
    for (const name of ['site.*.x', '*.site', 'site*', 'site.**', '/*'])
      expect(() => read({ [name]: true }), name).toThrow(`got ${JSON.stringify(name)}`);
    expect(read({ doors: true }).textOf('alerts')).toBeUndefined();
  });
});

test('the limits of the setting are allowed themselves', () => {
  const around = JSON.stringify({ doors: { $comment: '' } }).length;
  const full = { doors: { $comment: 'x'.repeat(MAX_BYTES - around) } };
  const names = Array.from({ length: MAX_NAMES }, (_, i) => [`c${i}`, true]);
  let nested: object = {};
  for (let depth = 1; depth < MAX_DEPTH; depth++) nested = { not: nested };

  expect(read(full).of('doors')).toBeDefined();
  expect(read(Object.fromEntries(names)).names).toHaveLength(MAX_NAMES);
  expect(read({ doors: nested }).of('doors')).toBeDefined();
  expect(() => read({ doors: { not: nested } }).of('doors')).toThrow('more than 100 deep');
});

describe('what is wanted', () => {
  test.each<[object, unknown, string, string]>([
    [{ dependentRequired: { a: ['b'] } }, { a: 1 }, '/b', 'is missing, beside a'],
    [{ propertyNames: { maxLength: 1 } }, { ab: 1 }, '/ab', 'is not a name that may stand there'],
    [{ unevaluatedProperties: false }, { a: 1 }, '/a', 'must not be there'],
    [{ properties: { a: false } }, { a: 1 }, '/a', 'must not be there'],
    [{ oneOf: [true, true] }, 1, '', 'must be one of the alternatives that the schema gives, and is several'],
    [{ enum: ['n'.repeat(300)] }, 1, '', `must be one of ["${'n'.repeat(198)}…`],
    [JSON.parse('{"if":true,"then":{"required":["b"]}}'), {}, '/b', 'is missing'],
    [{ additionalProperties: false }, { ['n'.repeat(255)]: 1 }, `/${'n'.repeat(255)}`, 'must not be there'],
    [
      {
        oneOf: [
          { properties: { kind: { enum: ['a'] }, v: false } },
          { properties: { kind: { enum: ['b'] } } },
        ],
      },
      { kind: 'a', v: 1 },
      '/v',
      'must not be there',
    ],
  ])('by %.60j', (schema, data, pointer, wanted) => {
    expect(misfit(schema, data)).toEqual({ pointer, wanted });
  });
});

test.each([
  ['date', '2026-11-30'],
  ['time', '12:00:00Z'],
  ['date-time', '2026-11-30T12:00:00.5+01:00'],
  ['duration', 'P1DT2H'],
  ['email', 'a.b@example.com'],
  ['hostname', 'a.example.com'],
  ['ipv4', '127.0.0.1'],
  ['ipv6', '::1'],
  ['json-pointer', `/${'a'.repeat(MAX_FORMATTED - 1)}`],
  ['relative-json-pointer', '1/a'],
  ['uri', 'https://example.com/a?b#c'],
  ['uri-reference', '../a'],
  ['uuid', '123e4567-e89b-12d3-a456-426614174000'],
])('the format %s takes one, and whatever is no text', (format, text) => {
  expect(misfit({ format }, text)).toBeUndefined();
  expect(misfit({ format }, 1)).toBeUndefined();
  expect(misfit({ format }, text.padEnd(MAX_FORMATTED + 1, 'a'))).toBeDefined();
});

test('references that are found when they are followed are counted too', () => {
  const either = (name: string) => ({
    properties: { child: { $dynamicRef: '#n' }, [name]: { type: 'number' } },
  });
  const tree = { $dynamicAnchor: 'n', anyOf: [either('a'), either('b')] };
  let data: object = { a: 'x', b: 'x' };
  for (let depth = 1; depth < LIMITS.dataDepth; depth++) data = { child: data };

  const check = readChannelSchemas(JSON.stringify({ doors: tree }), { maxSteps: 20_000 }).of('doors');

  expect(check?.(data)?.wanted).toContain('must be simpler');
});

test('what looks like a reference within constants is data', () => {
  for (const data of [{ a: { $ref: '#/none' } }, [{ $ref: '#/none' }]]) {
    expect(misfit({ const: data, default: data, examples: [data] }, data)).toBeUndefined();
    expect(misfit({ enum: [data] }, data)).toBeUndefined();
  }
});
