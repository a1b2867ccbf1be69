/** Whoever asks for health, without a token, costs next to nothing. */

import { expect, test } from 'vitest';
import { Health } from '../../../lib/channels/health.ts';
import type { PushError } from '../../../lib/errors.ts';
import { unavailable } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

function setUp() {
  const clock = new FakeClock();
  let asked = 0;
  let isDown = false;
  const last = async () => {
    asked++;
    if (isDown) throw unavailable();
    return undefined;
  };
  const health = new Health({ log: { last }, clock });
  const code = () =>
    health.check().then(
      () => 'ok',
      (error: PushError) => error.code,
    );
  const set = (down: boolean) => {
    isDown = down;
  };
  return { clock, health, code, asked: () => asked, set };
}

test('health asks the log once a second, however many ask', async () => {
  const { clock, code, asked } = setUp();

  expect(await Promise.all([code(), code(), code()])).toEqual(['ok', 'ok', 'ok']);
  await clock.advance(999);
  expect([await code(), asked()]).toEqual(['ok', 1]);
  await clock.advance(1);
  expect([await code(), asked()]).toEqual(['ok', 2]);
});

test('health says within a second that the log is gone, and that it is back', async () => {
  const { clock, code, set } = setUp();
  await code();
  set(true);
  await clock.advance(1_000);
  expect([await code(), await code()]).toEqual(['unavailable', 'unavailable']);
  set(false);
  await clock.advance(1_000);

  expect(await code()).toBe('ok');
});

test('health says yes or no to a supervisor', async () => {
  const { clock, health, set } = setUp();
  const before = await health.isHealthy();
  set(true);
  await clock.advance(1_000);

  expect([before, await health.isHealthy()]).toEqual([true, false]);
});
