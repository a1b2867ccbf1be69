/** JSON from producers: what is read, and how that which is refused names the place. */

import { describe, expect, test } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { jsonPath, parseStrictJson, shortName } from '../../../lib/publish/strict-json.ts';

const parse = (text: string) =>
  parseStrictJson(text, { subject: 'The body', field: 'body' }, jsonPath('body'));

function refusal(text: string) {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof PushError)
      return { code: error.code, field: error.details.field, message: error.message };
    throw error;
  }
  return undefined;
}

const nested = (depth: number, inner: string) => `${'['.repeat(depth)}${inner}${']'.repeat(depth)}`;

describe('text', () => {
  test.each(['{"data":1}', '[1,"a",null]', ' 12345678901234567890 '])(
    '%s is read as it was meant',
    (text) => {
      expect(JSON.stringify(parse(text))).toBe(text.trim());
    },
  );

  test.each(['', '{', '{"data":}', "{'data':1}", '1 2', 'undefined'])('%j is not JSON', (text) => {
    expect(refusal(text)).toEqual({ code: 'bad-body', field: 'body', message: 'The body is not JSON.' });
  });

  test.each([
    ['{"id":"a","data":1,"id":"b"}', 'body'],
    ['[{"data":1},{"data":1,"data":2}]', '[1]'],
    ['{"events":[{"data":{"a":1,"a":2}}]}', 'events[0].data'],
    ['{"data":{"deep":[{"a":1,"a":2}]}}', 'data'],
    ['{"data":[{"x":{"data":{"a":1,"a":2}}}]}', 'data'],
  ])('%s says a name twice in %s', (text, field) => {
    expect(refusal(text)).toEqual({
      code: 'bad-body',
      field,
      message: `${field} must not say a name twice in one object: a reader would see one of the two only.`,
    });
  });

  test.each([
    { what: 'at the depth that data may have', depth: LIMITS.dataDepth + 2, refused: true },
    { what: 'deeper than anything that is taken', depth: LIMITS.dataDepth + 3, refused: false },
  ])('a name that is said twice $what: refused is $refused', ({ depth, refused }) => {
    expect(refusal(nested(depth, '{"a":1,"a":2}')) !== undefined).toBe(refused);
  });

  test('nesting that no reader of JSON could keep the numbers of is read all the same', () => {
    const depth = 200_000;

    let inner = parse(nested(depth, '12345678901234567890'));
    let levels = 0;
    for (; Array.isArray(inner); levels++) inner = inner[0];

    expect([levels, inner]).toEqual([depth, Number('12345678901234567890')]);
  });
});

describe('a place', () => {
  test.each<readonly [ReadonlyArray<string | number>, string]>([
    [['id'], 'body'],
    [['data', 'a'], 'data'],
    [[2, 'data', 'a'], '[2].data'],
    [['events', 0, 'data', 'deep', 'deeper', 'a'], 'events[0].data'],
    [['events', 0, 'id'], 'events[0]'],
  ])('that %j leads to is called %s', (path, name) => {
    expect(jsonPath('body')(path)).toBe(name);
  });

  test('is called by no more than 100 characters of a name', () => {
    expect(shortName('x'.repeat(100))).toBe('x'.repeat(100));
    expect(shortName('x'.repeat(101))).toBe(`${'x'.repeat(100)}…`);
    expect(jsonPath('body')(['x'.repeat(101), 'a'])).toBe(`${'x'.repeat(100)}…`);
  });
});
