/** A value that is kept fresh without anybody waiting. */

import { expect, test } from 'vitest';
import { FIRST_REST_MS, REST_MS, RefreshAhead } from '../../../lib/runtime/refresh-ahead.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

const EVERY_MS = 600_000;

/** `answers` are given one after the other; a missing one is a failure. */
function setUp(...answers: ReadonlyArray<string | undefined>) {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const waiting: Array<() => void> = [];
  let loads = 0;
  const load = async () => {
    const answer = answers[loads++];
    await new Promise<void>((resolve) => waiting.push(resolve));
    if (answer === undefined) throw new TypeError('fetch failed');
    return answer;
  };
  const value = new RefreshAhead({ what: 'the thing', load, everyMs: EVERY_MS, clock, logger });
  const answer = async () => {
    for (const go of waiting.splice(0)) go();
    await new Promise(setImmediate);
  };
  return { clock, logger, value, answer, loads: () => loads };
}

test('a refreshed value is read once, however many ask at once', async () => {
  const { value, answer, loads } = setUp('a', 'b');
  const asked = Promise.all([value.get(), value.get()]);
  await answer();

  expect([await asked, await value.get(), loads()]).toEqual([['a', 'a'], 'a', 1]);
});

test('a refreshed value that is old is read again while everybody goes on with it', async () => {
  const { clock, value, answer, loads } = setUp('a', 'b');
  const first = value.get();
  await answer();
  await first;
  await clock.advance(EVERY_MS);

  const meanwhile = [await value.get(), await value.get()];
  await answer();

  expect([meanwhile, await value.get(), loads()]).toEqual([['a', 'a'], 'b', 2]);
});

test('a refreshed value stays when it cannot be read again, is not asked for all the time, and says so', async () => {
  const { clock, logger, value, answer, loads } = setUp('a', undefined, 'c');
  const first = value.get();
  await answer();
  await first;
  await clock.advance(EVERY_MS);
  await value.get();
  await answer();

  expect([await value.get(), loads()]).toEqual(['a', 2]);
  expect(logger.lines).toMatchObject([{ level: 'warn', fields: { reason: 'TypeError: fetch failed' } }]);

  await clock.advance(REST_MS - 1);
  await value.get();
  expect(loads()).toBe(2);
  await clock.advance(1);
  await value.get();
  await answer();

  expect(await value.get()).toBe('c');
});

test('a first read that fails is told, to those who come within a second too, and tried again by the next who asks', async () => {
  const { clock, value, answer, loads } = setUp(undefined, 'b');
  const refused = expect(value.get()).rejects.toThrow('fetch failed');
  await answer();
  await refused;

  for (let i = 0; i < 10; i++) await expect(value.get()).rejects.toThrow('fetch failed');
  expect(loads()).toBe(1);
  await clock.advance(FIRST_REST_MS);
  const second = value.get();
  await answer();

  expect(await second).toBe('b');
});

test('a value that cannot be read at all is told to whoever reads the log, once per read', async () => {
  const { logger, value, answer } = setUp(undefined);
  value.warm();
  await answer();
  for (let i = 0; i < 3; i++) await expect(value.get()).rejects.toThrow();

  expect(logger.lines).toMatchObject([
    {
      level: 'error',
      message: 'the thing cannot be read, so nobody is let in',
      fields: { reason: 'TypeError: fetch failed' },
    },
  ]);
});

test('a refreshed value can be read ahead; when that fails nobody is told who did not ask', async () => {
  const { clock, value, answer } = setUp(undefined, 'b');
  value.warm();
  await answer();
  await clock.advance(FIRST_REST_MS);
  const asked = value.get();
  await answer();

  expect(await asked).toBe('b');
});

test('a refreshed value is read anew for whom it does not do, but after a rest, and whoever cannot have it is told', async () => {
  const { clock, value, answer, loads } = setUp('a', undefined, 'c');
  const first = value.get();
  await answer();
  await first;

  expect([await value.anew(), loads()]).toEqual(['a', 1]);
  await clock.advance(REST_MS);
  const refused = expect(value.anew()).rejects.toThrow('fetch failed');
  await answer();
  await refused;
  for (let i = 0; i < 10; i++) await expect(value.anew()).rejects.toThrow('fetch failed');
  expect([await value.get(), loads()]).toEqual(['a', 2]);

  await clock.advance(REST_MS);
  const again = value.anew();
  await answer();
  expect([await again, loads(), value.reads]).toEqual(['c', 3, 2]);
});
