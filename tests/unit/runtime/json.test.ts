/** Numbers that JavaScript cannot hold come out as they went in. */

import { assert, double, json, jsonValue, property } from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, queueable, repeatedName } from '../../../lib/runtime/json.ts';

test.each([
  '12345678901234567890',
  '-12345678901234567890',
  '9007199254740993',
  '-9223372036854775808',
  '9223372036854775808',
  '18446744073709551616',
  '1000000000000000000000',
  '1e400',
  '-1e400',
  '1e-400',
  '[1,[2,{"id":18446744073709551615}],1E+999]',
  '{"1e400":"12345678901234567890","n":12345678901234567890}',
])('%s', (text) => {
  expect(JSON.stringify(parseJson(text))).toBe(text);
});

test.each([
  ['1.0', '1'],
  ['1e3', '1000'],
  ['-0', '0'],
  ['0e5', '0'],
  ['0.00', '0'],
  ['9007199254740992', '9007199254740992'],
  ['54801432697810890', '54801432697810890'],
  ['3.141592653589793238462643', '3.141592653589793'],
])('%s is written as %s, which is worth the same', (text, written) => {
  expect(JSON.stringify(parseJson(text))).toBe(written);
});

test('the strict parser is JSON.parse for everything that JavaScript can hold', () => {
  assert(
    property(json({ maxDepth: 2 }), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
  assert(
    property(double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(parseJson(`[${JSON.stringify(value)}]`)).toEqual([JSON.parse(JSON.stringify(value))]);
    }),
  );
});

test.each(['', '{', '1e', '01', '1234567890123456789x', "{'a':1}"])(
  'the strict parser refuses %j as JSON.parse does',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  },
);

test.each<readonly [text: string, path: ReadonlyArray<string | number>]>([
  ['{"a":1,"a":2}', ['a']],
  ['{"a":1,"b":2,"a":1}', ['a']],
  ['{"a":1,"\\u0061":2}', ['a']],
  ['{"":1,"":2}', ['']],
  ['{"\\\\":1,"\\u005c":2}', ['\\']],
  ['{"\\"":1,"\\"":2}', ['"']],
  ['{"__proto__":1,"__proto__":2}', ['__proto__']],
  [' [ {"a" : 1} , [ 2 , {"b":{"c":"{","d":[],"c":0}} ] ] ', [1, 1, 'b', 'c']],
  ['{"a":{"b":[{},{}],"c":{}},"a":1}', ['a']],
  [`{"a":${'['.repeat(50)}{"b":1,"b":2}${']'.repeat(50)},"a":1}`, ['a']],
])('%s says a name twice', (text, path) => {
  expect(repeatedName(text, 10)).toEqual(path);
});

test.each([
  '1',
  '"a"',
  '{}',
  '{"a":"a","b":"a"}',
  '[{"a":1},{"a":1}]',
  '{"a":{"a":{"a":1}}}',
  '{"a":["a","a",{"a":"}"}],"b":"{\\"a\\":1,\\"a\\":2}"}',
  '{"a":1,"A":2,"a ":3,"\\ud83d":4,"\\ude00":5,"\\ud83d\\ude00":6}',
])('%s says no name twice', (text) => {
  expect(repeatedName(text, 10)).toBeUndefined();
});

test('no text that JavaScript writes says a name twice, whatever the names; with one more it does', () => {
  assert(
    property(jsonValue(), (value) => {
      const text = JSON.stringify(value, null, 1);

      expect(repeatedName(text, 100)).toBeUndefined();
      expect(repeatedName(`{"x":${text},"\\u0078":0}`, 100)).toEqual(['x']);
    }),
  );
});

test.each(['[', '{"a":'])('a million of %s within each other are looked at without recursion', (open) => {
  const text = `${open.repeat(1_000_000)}1${(open === '[' ? ']' : '}').repeat(1_000_000)}`;

  expect(repeatedName(text, 100)).toBeUndefined();
});

test.each([
  ['"a\ufffe\uffff"', '"a\\ufffe\\uffff"'],
  ['"\ud83d\ude00"', '"\\ud83d\\ude00"'],
  ['"\ufffd\ue000\ud7ff"', '"\ufffd\ue000\ud7ff"'],
])('%j is written as %s for a queue, and reads the same', (json, written) => {
  expect(queueable(json)).toBe(written);
  expect(JSON.parse(queueable(json))).toBe(JSON.parse(json));
});

test('names are looked at as deep as asked, and no deeper', () => {
  const at = (depth: number) => `${'['.repeat(depth)}{"a":1,"a":2}${']'.repeat(depth)}`;

  expect(repeatedName(at(2), 3)).toEqual([0, 0, 'a']);
  expect(repeatedName(at(3), 3)).toBeUndefined();
});

test('what lies deeper than is looked at does not move the place that is named', () => {
  expect(repeatedName('[[[1,2],[3,{"b":1,"b":2}]],{"a":1,"a":2}]', 2)).toEqual([1, 'a']);
});
