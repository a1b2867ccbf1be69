/** Schedules of `npm start`. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Service } from '../../../local/emulators/service.ts';
import { startSchedules } from '../../../local/serverless/triggers.ts';

const MINUTE_MS = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a function is not invoked while a store is down, and is again when it is up', () => {
  let isUp = true;
  const invoke = vi.fn(async () => undefined);
  const functions = { producer: { events: [{ schedule: 'rate(1 minute)' }] } };
  const service = { provider: { region: 'us-east-1' }, functions } as unknown as Service;
  const stopping = new AbortController();
  startSchedules({ service, emulators: { isUp: () => isUp } }, invoke, stopping.signal, () => undefined);
  expect(invoke).toHaveBeenCalledTimes(1);

  isUp = false;
  vi.advanceTimersByTime(3 * MINUTE_MS);
  expect(invoke).toHaveBeenCalledTimes(1);

  isUp = true;
  vi.advanceTimersByTime(2 * MINUTE_MS);
  expect(invoke).toHaveBeenCalledTimes(3);
  stopping.abort();
});
