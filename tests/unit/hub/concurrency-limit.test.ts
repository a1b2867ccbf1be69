/** Who may have a body read, when places are few. */

import { expect, test } from 'vitest';
import { limitConcurrency } from '../../../hub/concurrency-limit.ts';
import { PushError } from '../../../lib/errors.ts';

const codeOf = (enter: () => unknown) => {
  try {
    enter();
    return 'let in';
  } catch (error) {
    return error instanceof PushError ? error.code : error;
  }
};

test('one token gets half of the places, and each that comes later half of what is left', () => {
  const enter = limitConcurrency(8);
  for (let i = 0; i < 4; i++) enter('greedy');
  expect(codeOf(() => enter('greedy'))).toBe('too-many-requests');

  for (let i = 0; i < 2; i++) enter('second');
  expect(codeOf(() => enter('second'))).toBe('too-many-requests');
  expect(codeOf(() => enter('third'))).toBe('let in');
});

test('without a free place nobody is let in, and a place that is given back is free', () => {
  const enter = limitConcurrency(2);
  const leave = [enter('a'), enter('b')];
  expect(codeOf(() => enter('c'))).toBe('unavailable');

  leave[0]?.();
  expect(codeOf(() => enter('b'))).toBe('too-many-requests');
  expect(codeOf(() => enter('a'))).toBe('let in');
});

test('a lone place serves one after the other', () => {
  const enter = limitConcurrency(1);
  enter('a')();

  expect(codeOf(() => enter('a'))).toBe('let in');
});

test('whoever is no holder is only counted with all', () => {
  const enter = limitConcurrency(2);
  enter(undefined);

  expect(codeOf(() => enter(undefined))).toBe('let in');
  expect(codeOf(() => enter(undefined))).toBe('unavailable');
});
