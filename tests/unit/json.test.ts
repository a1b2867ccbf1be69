/** Numbers that JavaScript cannot hold come out as they went in. */

import { assert, double, json, property } from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../lib/json.ts';

test.each([
  '12345678901234567890',
  '-12345678901234567890',
  '9007199254740993',
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

test('is JSON.parse for everything that JavaScript can hold', () => {
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
  'refuses %j as JSON.parse does',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  },
);
