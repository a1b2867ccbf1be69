/** The OpenAPI document: a valid one, of every route there is, of what the schemas say, and in the package of the function that serves it. */

import { compileErrors, validate } from '@readme/openapi-parser';
import Ajv from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { endParams, forkParam, producerParam, seqParam } from '../../../lib/http/durable-streams/params.ts';
import { EXPECT_PATTERN, KEY_PATTERN, LIMITS, STREAM_PATTERN } from '../../../lib/protocol/doorbell.ts';
import { PROBLEMS, type ProblemCode } from '../../../lib/protocol/problems.ts';
import { openApi } from '../../../local/bundle/openapi.ts';
import { KEY_SCHEMA } from '../../../local/bundle/openapi-responses.ts';
import { loadService } from '../../../local/emulators/service.ts';
import { REQUESTS } from '../../support/http/requests.ts';
import { operationsOf } from '../../support/repo/openapi.ts';

const operations = operationsOf(openApi());
const operation = (id: string) => {
  const found = operations.find(({ operationId }) => operationId === id);
  if (!found) throw new Error(`there is no operation ${id}`);
  return found;
};

test('the OpenAPI document is valid OpenAPI 3.1', async () => {
  const result = await validate(structuredClone(openApi()) as Parameters<typeof validate>[0]);

  expect(result.valid ? '' : compileErrors(result)).toBe('');
});

test('the OpenAPI document has every route and method of the router, and no other', () => {
  const routes = REQUESTS.map((request) => request.replace(/:(\w+)/g, '{$1}'));

  expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(routes.sort());
});

test('needs a token for everything below /v1 and for the ancestor, and for nothing else', () => {
  const open = operations.filter(({ security }) => security.length === 0).map(({ path }) => path);

  expect(open.sort()).toEqual(['/', '/client-more.js', '/client.js', '/healthz', '/openapi.json']);
});

test('the OpenAPI document says a name of its own for every operation, and every parameter of its path', () => {
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { path, parameters } of operations) {
    const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  }
});

describe('the OpenAPI document has the ranges of the schemas that check requests', () => {
  test.each([
    [
      'poll',
      'wait',
      { type: 'integer', minimum: 0, maximum: LIMITS.waitSeconds, default: LIMITS.waitSeconds },
    ],
    [
      'poll',
      'limit',
      { type: 'integer', minimum: 1, maximum: LIMITS.maxLimit, default: LIMITS.defaultLimit },
    ],
    ['poll', 'maxvid', { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }],
    ['backend', 'maxvid', { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }],
    [
      'pollMany',
      'limit',
      { type: 'integer', minimum: 1, maximum: LIMITS.maxLimit, default: LIMITS.defaultLimit },
    ],
  ])('%s: %s', (id, name, schema) => {
    expect(operation(id).parameters.find((one) => one.name === name)?.schema).toEqual(schema);
  });

  test('poll: where a stream goes on; an answer in JSON ignores it, so any text may stand there', () => {
    const last = operation('poll').parameters.find((one) => one.name === 'Last-Event-ID');

    expect(last).toMatchObject({ in: 'header', required: false, schema: { type: 'string' } });
  });

  test.each(['prefix', 'after', 'key'])('state: %s, in a pattern that every engine reads', (name) => {
    const { schema } = operation('state').parameters.find((one) => one.name === name) ?? {};
    const whole = schema as { readonly pattern: string; readonly items?: { readonly pattern: string } };
    const { pattern, ...lengths } = whole.items ?? whole;
    const isKey = new RegExp(pattern, 'u');

    expect(pattern).not.toMatch(/\\ud|\(\?/);
    expect(lengths).toEqual({ type: 'string', minLength: 1, maxLength: LIMITS.keyLength });
    // What the service takes, and no more: JSON Schema counts characters as the rule does.
    for (const text of ['a', '\u{1f6aa}'.repeat(256), 'ä b/c', '\u0000', 'a\n', '\u007f', ''])
      expect(isKey.test(text), JSON.stringify(text)).toBe(KEY_PATTERN.test(text));
  });

  test.each(['pollMany', 'waitsMany'])('%s: a cursor whose maxvid is surely an integer that counts', (id) => {
    const { schema } = operation(id).parameters.find((one) => one.name === 'cursor') ?? {};
    const { pattern } = (schema as { readonly items: { readonly pattern: string } }).items;
    const isCursor = new RegExp(pattern, 'u');

    for (const text of ['doors', 'doors:0', 'doors:999999999999999', 'doors:7:e-1'])
      expect(isCursor.test(text), text).toBe(true);
    // Those of 16 digits that are none are refused; no pattern tells them from the others.
    for (const text of ['doors:', 'doors:9999999999999999', 'doors:-1', 'doors:1:e:f', '..:1'])
      expect(isCursor.test(text), text).toBe(false);
  });

  test('publish: one event, or an array of them', () => {
    const event = {
      type: 'object',
      properties: {
        id: { type: 'string', minLength: 1, maxLength: LIMITS.idLength },
        key: KEY_SCHEMA,
        expect: { type: 'string', pattern: EXPECT_PATTERN.source },
        data: {},
      },
      required: ['data'],
      additionalProperties: false,
    };

    expect(operation('publish').requestBody?.content['application/json']?.schema).toEqual({
      oneOf: [event, { type: 'array', minItems: 1, maxItems: LIMITS.blockEvents, items: event }],
    });
  });
});

describe('the OpenAPI document has the ranges of what checks requests of streams', () => {
  const whole = (most: number) => ({ taken: ['0', String(most)], not: ['-1', '1.5', String(most + 1)] });
  test.each([
    ['streamMake', 'Stream-TTL', whole(10_000_000_000)],
    ['streamMake', 'Stream-Fork-Sub-Offset', whole(Number.MAX_SAFE_INTEGER)],
    [
      'streamMake',
      'Stream-Forked-From',
      {
        taken: ['/v1/stream/a', '/v1/stream/a/b.c/...', '/v1/stream/.a/..b', `/v1/stream/${'a'.repeat(512)}`],
        not: [
          '0',
          '/v1/stream/',
          '/v1/stream/.',
          '/v1/stream/a/..',
          '/v1/stream/a//b',
          `/v1/stream/${'a'.repeat(513)}`,
        ],
      },
    ],
    ['streamAppend', 'Producer-Epoch', whole(Number.MAX_SAFE_INTEGER)],
    ['streamAppend', 'Producer-Seq', whole(Number.MAX_SAFE_INTEGER)],
    ['streamAppend', 'Producer-Id', { taken: ['p', 'p'.repeat(256)], not: ['', 'p'.repeat(257)] }],
    ['streamAppend', 'Stream-Seq', { taken: ['', 's'.repeat(256)], not: ['s'.repeat(257)] }],
  ])('%s: %s', (id, named, { taken, not }) => {
    const { schema = {} } = operation(id).parameters.find(({ name }) => name === named) ?? {};
    const isOfSchema = new Ajv.default({ strict: false }).compile(schema);
    const isDocumented = (text: string) => isOfSchema(schema.type === 'integer' ? Number(text) : text);
    const isTaken = (text: string) => {
      // What comes with it: all three of a producer's headers, and where a fork leaves its source.
      const others = { 'producer-id': 'p', 'producer-epoch': '0', 'producer-seq': '0' };
      const fork = { 'stream-forked-from': '/v1/stream/a', 'stream-fork-offset': 'now' };
      const headers = new Headers({ ...others, ...fork });
      headers.set(named, text);
      const header = (name: string) => headers.get(name) ?? undefined;
      try {
        for (const check of [endParams, forkParam, producerParam, seqParam]) check(header);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(PushError);
        return false;
      }
    };

    for (const [texts, expected] of [
      [taken, true],
      [not, false],
    ] as const)
      for (const text of texts)
        expect([isDocumented(text), isTaken(text)], text).toEqual([expected, expected]);
  });

  test('the name of a stream, in a pattern that every engine reads', () => {
    const { schema = {} } = operation('streamRead').parameters.find(({ name }) => name === 'path') ?? {};
    const isOfSchema = new Ajv.default({ strict: false }).compile(schema);

    expect(schema.pattern).not.toContain('(?');
    for (const text of [
      'a',
      'a/b',
      '...',
      '.a',
      'a..',
      'a/.../b',
      '-',
      'a'.repeat(512),
      '',
      '.',
      '..',
      'a/.',
      '../a',
    ])
      expect(isOfSchema(text), text).toBe(STREAM_PATTERN.test(text));
    for (const text of ['/a', 'a/', 'a//b', 'ä', 'a b', 'a\n', 'a'.repeat(513)])
      expect([isOfSchema(text), STREAM_PATTERN.test(text)], text).toEqual([false, false]);
  });
});

test('the OpenAPI document names every problem there is under its status', () => {
  const named = new Set<string>();
  for (const { responses } of operations)
    for (const [status, { content }] of Object.entries(responses))
      for (const code of JSON.stringify(content ?? {}).match(/(?<=urn:doorbell:problem:)[\w-]+/g) ?? []) {
        expect(PROBLEMS[code as ProblemCode].status).toBe(Number(status));
        named.add(code);
      }

  // Of what is not a route nothing can be said there.
  expect([...named, 'method-not-allowed'].sort()).toEqual(Object.keys(PROBLEMS).sort());
});

test('the OpenAPI document is in the package of the function that serves it', async () => {
  const { functions } = await loadService();

  expect(JSON.stringify(functions.page)).toContain('dist/openapi.json');
});
