/** Rights that are narrowed to keys. */

import { describe, expect, test } from 'vitest';
import { type Caller, requireRead, requireWrite } from '../../../lib/auth/caller.ts';
import {
  coversKey,
  prefixOf,
  readableKeys,
  requireKeys,
  writableKeys,
} from '../../../lib/auth/key-grants.ts';

const caller = (...grants: readonly string[]): Caller => ({ read: grants, write: grants });

describe.each([
  ['readableKeys', readableKeys],
  ['writableKeys', writableKeys],
])('%s', (_, keysFor) => {
  test.each([
    [['site'], undefined],
    [['*'], undefined],
    [['site#a', 'site'], undefined],
    [['site#a'], ['a']],
    [
      ['site#a', 'site#b.*', 'other#c'],
      ['a', 'b.*'],
    ],
    [['si.*#a', '*#b'], ['b']],
    [['site#a#b'], ['a#b']],
    [['site#*'], ['*']],
    [['site#', 'site#a'], ['a']],
  ])('of %j', (grants, keys) => {
    expect(keysFor(caller(...grants), 'site')).toEqual(keys);
  });

  test.each([[[]], [['other#a']], [['#a']], [['site#']], [['sit#e']], [['site.*#a']], [['site.1#a']]])(
    'refuses %j',
    (grants) => {
      expect(() => keysFor(caller(...grants), 'site')).toThrow('does not allow');
    },
  );
});

test.each([
  ['a', 'a', true],
  ['a', 'a.1', false],
  ['a.*', 'a.1', true],
  ['a.*', 'a', false],
  ['a.*', 'ab', false],
  ['*', 'anything', true],
  ['', 'a', false],
])('%j covers key %j: %j', (grant, key, covered) => {
  expect(coversKey([grant], key)).toBe(covered);
});

test('an event without a key belongs to none', () => {
  expect(coversKey(['*'], undefined)).toBe(false);
});

test('one key that is not covered is named', () => {
  expect(() => requireKeys(['a', 'b.*'], ['a', 'b.1'], 'site')).not.toThrow();
  expect(() => requireKeys(['a'], ['a', 'c'], 'site')).toThrow('key "c" of channel site');
  expect(() => requireKeys(['*'], [undefined], 'site')).toThrow('events without a key');
});

test.each([
  ['*', ''],
  ['a.*', 'a.'],
  ['a/*', 'a/'],
  ['a', undefined],
])('keys that %j covers begin with %j', (grant, prefix) => {
  expect(prefixOf(grant)).toBe(prefix);
});

test('a right to keys is no right to the channel', () => {
  expect(() => requireRead(caller('site#*', '*#*'), 'site')).toThrow('does not allow');
  expect(() => requireWrite(caller('site#*', '*#*'), 'site')).toThrow('does not allow');
});
