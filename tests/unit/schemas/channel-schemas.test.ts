/** The schemas of a deployment: which one is a channel's, what is said of data that do not fit, what is said of a schema that is wrong, and what a check may cost. */

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import {
  MAX_BYTES,
  MAX_EVENT_STEPS,
  MAX_NAMES,
  MAX_STEPS,
  readChannelSchemas,
} from '../../../lib/schemas/channel-schemas.ts';

const read = (given: unknown) => readChannelSchemas(JSON.stringify(given), { checksAll: true });
/** What is wrong with the data where the channel `doors` has this schema. */
const misfit = (schema: unknown, data: unknown) =>
  readChannelSchemas(JSON.stringify({ doors: schema })).of('doors')?.(data);

describe('the schema of a channel', () => {
  const names = ['*', 'site.*', 'site.a.*', 'site.a.b', 'tree/*'];
  const schemas = read(Object.fromEntries(names.map((name) => [name, { const: name }])));

  test.each([
    ['site.a.b', 'site.a.b'],
    ['site.a.b.c', 'site.a.*'],
    ['site.a.c', 'site.a.*'],
    ['site.a', 'site.*'],
    ['site.', '*'],
    ['site', '*'],
    ['sites.a', '*'],
    ['tree/leaf', 'tree/*'],
    ['toString', '*'],
  ])('%s is that of %s', (channel, name) => {
    expect(schemas.of(channel)?.(name)).toBeUndefined();
    expect(schemas.of(channel)?.('another')).toEqual({ pointer: '', wanted: `must be "${name}"` });
  });

  test('there is none where no name covers it', () => {
    expect(read({ doors: true, 'site.*': true }).of('alerts')).toBeUndefined();
    expect(read({ doors: true }).of('constructor')).toBeUndefined();
  });
});

describe('data that do not fit are told by their place and by what is wanted', () => {
  const door = {
    type: 'object',
    properties: {
      doorno: { type: 'integer', minimum: 1 },
      state: { enum: ['open', 'shut'] },
      'a/b~c': { type: 'string', maxLength: 3, pattern: '^x' },
      at: { type: 'string', format: 'date-time' },
      log: { type: 'array', items: { $ref: '#/$defs/line' }, uniqueItems: true },
    },
    required: ['doorno'],
    additionalProperties: false,
    $defs: { line: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
  };

  test.each<[unknown, string, string]>([
    [[], '', 'must be object'],
    [{}, '/doorno', 'is missing'],
    [{ doorno: '3' }, '/doorno', 'must be integer'],
    [{ doorno: 0 }, '/doorno', 'must be >= 1'],
    [{ doorno: 1, state: 'ajar' }, '/state', 'must be one of ["open","shut"]'],
    [{ doorno: 1, 'a/b~c': 'xxxx' }, '/a~1b~0c', 'must NOT have more than 3 characters'],
    [{ doorno: 1, at: 'today' }, '/at', 'must match format "date-time"'],
    [
      { doorno: 1, log: ['a', 1] },
      '/log/1',
      'must be one of the alternatives that the schema gives, and is none',
    ],
    [{ doorno: 1, log: ['a', 'a'] }, '/log', 'must not hold the same item twice'],
    [{ doorno: 1, 'x/y': 1 }, '/x~1y', 'must not be there'],
  ])('%j', (data, pointer, wanted) => {
    expect(misfit(door, data)).toEqual({ pointer, wanted });
  });

  test.each<[object, unknown, unknown, string]>([
    [
      { $dynamicAnchor: 'n', properties: { next: { $dynamicRef: '#n' } }, required: ['id'] },
      { id: 1, next: { id: 2 } },
      { id: 1, next: {} },
      '/next/id',
    ],
    [
      {
        $ref: '#n',
        $defs: { n: { $anchor: 'n', prefixItems: [{ type: 'number' }, { $ref: '#n' }], items: false } },
      },
      [1, [2]],
      [1, [2, [3, 'x', 4]]],
      '/1/1',
    ],
    [{ properties: { a: true }, unevaluatedProperties: false }, { a: 1 }, { b: 1 }, '/b'],
    [{ dependentRequired: { a: ['b'] } }, { a: 1, b: 1 }, { a: 1 }, '/b'],
    [{ propertyNames: { maxLength: 1 } }, { a: 1 }, { ab: 1 }, '/ab'],
    [JSON.parse('{"if":{"required":["a"]},"then":{"required":["b"]}}'), { a: 1, b: 1 }, { a: 1 }, '/b'],
    [{ contains: { const: 1 }, maxContains: 1 }, [1, 2], [2], ''],
    [{ oneOf: [{ type: 'number' }, { minimum: 5 }] }, 1, 6, ''],
    [
      {
        $comment: 'c',
        title: 't',
        description: 'd',
        deprecated: true,
        readOnly: true,
        default: 0,
        examples: [1],
        contentMediaType: 'a/b',
        not: {},
      },
      undefined,
      1,
      '',
    ],
  ])('%.70j', (schema, fits, unfit, pointer) => {
    const check = read({ doors: schema }).of('doors');

    if (fits !== undefined) expect(check?.(fits)).toBeUndefined();
    expect(check?.(unfit)?.pointer).toBe(pointer);
  });

  test('of alternatives by their member, what is wrong with the one that is meant', () => {
    const of = (kind: string, value: object) => ({
      properties: { kind: { const: kind }, value },
      required: ['kind', 'value'],
    });
    const either = { anyOf: [of('number', { type: 'number' }), of('text', { type: 'string' })] };

    expect(misfit(either, { kind: 'number', value: 'x' })).toEqual({
      pointer: '/value',
      wanted: 'must be number',
    });
    expect(misfit(either, { kind: 'text', value: 'x' })).toBeUndefined();
  });

  test('a name of the data is no member that every object has', () => {
    const schema = { type: 'object', required: ['toString'] };

    expect(misfit(schema, {})).toEqual({ pointer: '/toString', wanted: 'is missing' });
    expect(misfit(schema, { toString: 1 })).toBeUndefined();
  });

  test.each(['toString', 'valueOf', 'constructor', '__proto__'])(
    'a member %s is compared as any other',
    (name) => {
      const one = (value: unknown) => JSON.parse(JSON.stringify({ x: value }).replace('"x"', `"${name}"`));

      for (const schema of [{ const: one(null) }, { enum: [one(null)] }]) {
        expect(misfit(schema, one(null))).toBeUndefined();
        expect(misfit(schema, one({}))).toBeDefined();
      }
      expect(misfit({ uniqueItems: true }, [one(null), one({})])).toBeUndefined();
      expect(misfit({ uniqueItems: true }, [one({}), one({})])).toBeDefined();
    },
  );

  test('a long name is cut, and a value is never repeated', () => {
    const long = misfit({ additionalProperties: false }, { ['n'.repeat(100_000)]: 'secret' });

    expect(long?.pointer).toBe(`/${'n'.repeat(255)}…`);
    for (const schema of [
      { const: 1 },
      { enum: [1] },
      { type: 'number' },
      { maxLength: 1 },
      { pattern: '^a$' },
      false,
    ])
      expect(JSON.stringify(misfit(schema, 'secret'))).not.toContain('secret');
  });
});

describe('a setting that is wrong is an error that names the channel and the keyword', () => {
  test.each<[unknown, string]>([
    [{ doors: { type: 'objekt' } }, 'CHANNEL_SCHEMAS: doors: /type must be'],
    [
      { doors: { properties: { a: { minimum: '1' } } } },
      'CHANNEL_SCHEMAS: doors: /properties/a/minimum must be number',
    ],
    [{ 'site.*': { requred: ['a'] } }, 'CHANNEL_SCHEMAS: site.*: strict mode: unknown keyword: "requred"'],
    [{ doors: { format: 'phone' } }, 'CHANNEL_SCHEMAS: doors: unknown format "phone"'],
    [{ doors: { pattern: '(' } }, 'CHANNEL_SCHEMAS: doors: Invalid regular expression'],
    [
      { doors: { $ref: 'https://example.com/door.json' } },
      "CHANNEL_SCHEMAS: doors: can't resolve reference https://example.com/door.json",
    ],
    [{ doors: { $ref: '#/$defs/none' } }, "CHANNEL_SCHEMAS: doors: can't resolve reference #/$defs/none"],
    [{ doors: { $ref: '#' } }, 'CHANNEL_SCHEMAS: doors: $ref leads back to itself'],
    [
      { doors: { $schema: 'http://json-schema.org/draft-07/schema#' } },
      'CHANNEL_SCHEMAS: doors: $schema must be https://json-schema.org/draft/2020-12/schema',
    ],
    [{ doors: 7 }, 'CHANNEL_SCHEMAS: doors: a schema must be an object, true or false'],
    [{ 'a b': true }, 'CHANNEL_SCHEMAS: each name must be a channel, prefix.*, prefix/* or *, got "a b"'],
    [{ '.*': true }, 'got ".*"'],
    [[], 'CHANNEL_SCHEMAS must be a JSON object of schemas by channel'],
    [
      Object.fromEntries(Array.from({ length: MAX_NAMES + 1 }, (_, i) => [`c${i}`, true])),
      'at most 1000 names, got 1001',
    ],
    [
      { doors: nested(101) },
      'CHANNEL_SCHEMAS: doors: schemas must not stand in each other more than 100 deep',
    ],
  ])('%.60j', (given, message) => {
    expect(() => read(given)).toThrow(message);
  });

  test('no keyword of the draft is taken for a mistake', () => {
    const folder = join(
      dirname(createRequire(import.meta.url).resolve('ajv')),
      'refs/json-schema-2020-12/meta',
    );
    const keywords = readdirSync(folder).flatMap((file) =>
      Object.keys(
        (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { properties: object }).properties,
      ),
    );
    const saidOf = (keyword: string) => {
      try {
        readChannelSchemas(JSON.stringify({ doors: { [keyword]: {} } })).of('doors');
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };

    expect(keywords.length).toBeGreaterThan(50);
    expect(keywords.filter((keyword) => saidOf(keyword).includes('unknown keyword'))).toEqual([]);
    expect(saidOf('requred')).toContain('unknown keyword');
  });

  test('also text that is no JSON, says a name twice or is too large', () => {
    expect(() => readChannelSchemas('{')).toThrow('CHANNEL_SCHEMAS is not JSON');
    expect(() => readChannelSchemas('{"doors":{},"doors":{}}')).toThrow('twice in one object: doors');
    const large = JSON.stringify({ doors: { $comment: 'x'.repeat(MAX_BYTES) } });
    expect(() => readChannelSchemas(large)).toThrow(
      `at most ${MAX_BYTES} bytes of JSON, got ${large.length}`,
    );
  });

  test('where nothing is checked at the start, the first look at the channel finds it', () => {
    const schemas = readChannelSchemas(
      JSON.stringify({ doors: { requred: [] }, alerts: { type: 'string' } }),
    );

    expect(schemas.of('alerts')?.(1)).toEqual({ pointer: '', wanted: 'must be string' });
    expect(() => schemas.of('doors')).toThrow(
      'CHANNEL_SCHEMAS: doors: strict mode: unknown keyword: "requred"',
    );
  });

  test('two channels may have the same schema, with one $id and references in it', () => {
    const schema = {
      $id: 'https://example.com/door',
      items: { $ref: '#/$defs/n' },
      $defs: { n: { type: 'number' } },
    };
    const schemas = read({ doors: schema, gates: schema });

    for (const channel of ['doors', 'gates'])
      expect(schemas.of(channel)?.([1, 'x'])).toEqual({ pointer: '/1', wanted: 'must be number' });
  });
});

describe('what a check costs is bounded by the data, whatever these are', () => {
  const STEPS = 20_000;
  const bounded = (schema: unknown) =>
    readChannelSchemas(JSON.stringify({ doors: schema }), { maxSteps: STEPS });
  /** Both alternatives look at the same child: where neither fits, 2^depth looks. */
  const tree = {
    anyOf: [
      { properties: { child: { $ref: '#' }, a: { type: 'number' } } },
      { properties: { child: { $ref: '#' }, b: { type: 'number' } } },
    ],
  };
  const unfit = (depth: number) => {
    let data: object = { a: 'x', b: 'x' };
    for (let level = 1; level < depth; level++) data = { child: data };
    return data;
  };
  const tooDear = {
    pointer: '',
    wanted: 'must be simpler: checking it takes too many steps',
  };

  test('alternatives of alternatives end with a refusal, and the next request is checked as ever', () => {
    const schemas = bounded(tree);

    expect(schemas.of('doors')?.(unfit(LIMITS.dataDepth))).toEqual(tooDear);
    expect(schemas.of('doors')?.(unfit(3))?.wanted).toContain('one of the alternatives');
    expect(schemas.of('doors')?.({ a: 1, child: { b: 1 } })).toBeUndefined();
  });

  test('what one request asks for is counted together', () => {
    const check = bounded(tree).of('doors');
    let asked = 0;
    while (asked < 1_000 && check?.(unfit(8))?.wanted !== tooDear.wanted) asked++;

    expect(asked).toBeGreaterThan(10);
    expect(asked).toBeLessThan(1_000);
  });

  test('a body full of values that a reference is about has steps enough', () => {
    const numbers = { items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'number' } } };

    const check = read({ doors: numbers }).of('doors');
    const events = Math.floor(MAX_STEPS / MAX_EVENT_STEPS);
    const most = Array.from({ length: MAX_EVENT_STEPS }, () => 0);

    for (let event = 0; event < events; event++) expect(check?.(most)).toBeUndefined();
    // All that one request may have is used up; and one event may have no more than that.
    expect(check?.(most)).toEqual(tooDear);
    expect(misfit(numbers, [...most, 0])).toEqual(tooDear);
  });

  test('many different items are compared in linear work, by their value', () => {
    const items = Array.from({ length: 60_000 }, (_, i) => (i % 2 ? i : { a: i, b: i }));
    const schema = { uniqueItems: true };

    expect(misfit(schema, items)).toBeUndefined();
    expect(misfit(schema, [...items, { b: 0, a: 0 }])).toEqual({
      pointer: '',
      wanted: 'must not hold the same item twice',
    });
    expect(misfit({ uniqueItems: false }, [1, 1])).toBeUndefined();
  });

  test('an enum compares by value too, in whatever order names stand', () => {
    const schema = { enum: [{ a: 1, b: [2] }, null, 'x'] };

    expect(misfit(schema, { b: [2], a: 1 })).toBeUndefined();
    expect(misfit(schema, null)).toBeUndefined();
    expect(misfit(schema, { a: 1, b: ['2'] })?.wanted).toContain('must be one of');
  });

  test('a text of 256 KiB fits no format, and a pattern is not tried on what is too long', () => {
    const texts = ['a', '1', ':', '.', '/', '%20', '@', '-', 'a.', 'a@'].map((part) =>
      part.repeat(LIMITS.eventBytes / part.length),
    );
    const formats = [
      'date',
      'time',
      'date-time',
      'duration',
      'email',
      'hostname',
      'ipv4',
      'ipv6',
      'uri',
      'uri-reference',
      'uuid',
    ];
    for (const format of formats)
      for (const text of texts)
        expect(misfit({ format }, text)?.wanted).toBe(`must match format "${format}"`);
    expect(misfit({ maxLength: 10, pattern: '^(a+)+$' }, `${'a'.repeat(1_000)}!`)?.wanted).toBe(
      'must NOT have more than 10 characters',
    );
  });

  test('the name of a keyword in data, in a constant or as a member is no keyword', () => {
    const constant = { const: { $ref: '#/none', items: {} } };
    expect(misfit(constant, { $ref: '#/none', items: {} })).toBeUndefined();
    expect(misfit({ properties: { $ref: { type: 'string' } } }, { $ref: 1 })?.pointer).toBe('/$ref');
  });
});

/** Schemas in each other. */
function nested(depth: number): object {
  return Array.from({ length: depth - 1 }).reduce<object>((not) => ({ not }), {});
}
