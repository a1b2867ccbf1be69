/** Work that comes after the answer: all of it, once, and nobody hears of what fails but the log. */

import { expect, test } from 'vitest';
import { AfterResponse } from '../../../lib/runtime/after-response.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';

function setUp() {
  const logger = new MemoryLogger();
  const afterResponse = new AfterResponse(logger);
  const done: string[] = [];
  const later = (name: string, error?: unknown) =>
    afterResponse.later(async () => {
      done.push(name);
      if (error !== undefined) throw error;
    });
  return { logger, afterResponse, done, later };
}

test('work for after the response is empty until something is put off, and again when it was done', async () => {
  const { afterResponse, later } = setUp();
  const before = afterResponse.isEmpty;
  later('a');
  const between = afterResponse.isEmpty;
  await afterResponse.flush();

  expect([before, between, afterResponse.isEmpty]).toEqual([true, false, true]);
});

test('work for after the response does nothing before it is asked to, then everything, and once', async () => {
  const { afterResponse, done, later } = setUp();
  later('a');
  later('b');
  expect(done).toEqual([]);

  await afterResponse.flush();
  await afterResponse.flush();

  expect(done).toEqual(['a', 'b']);
});

test('what is put off while others are done waits for the next time', async () => {
  const { afterResponse, done, later } = setUp();
  afterResponse.later(async () => later('second'));

  await afterResponse.flush();
  expect([done, afterResponse.isEmpty]).toEqual([[], false]);

  await afterResponse.flush();
  expect(done).toEqual(['second']);
});

test('what fails is logged by the name of its error alone, and the others are done', async () => {
  const { afterResponse, done, later, logger } = setUp();
  later('a', new TypeError('a secret'));
  later('b', 'a text');
  later('c');

  await afterResponse.flush();

  expect(done).toEqual(['a', 'b', 'c']);
  expect(logger.lines).toMatchObject([
    { level: 'warn', fields: { reason: 'TypeError' } },
    { level: 'warn', fields: { reason: 'unknown' } },
  ]);
  expect(JSON.stringify(logger.lines)).not.toContain('secret');
});
