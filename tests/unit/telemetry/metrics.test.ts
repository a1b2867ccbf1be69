/** Counts become one line for CloudWatch at the end of an invocation. */

import { afterEach, expect, test, vi } from 'vitest';
import { powertoolsMeter } from '../../../lib/telemetry/metrics.ts';
import { reasonOf } from '../../../lib/telemetry/reason.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** A meter, and the lines that it has written. */
function setUp() {
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Doorbell');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'poll');
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  return { meter: powertoolsMeter(), lines, warn };
}

test('what was counted in one invocation is one line, each count once or as often as said', () => {
  const { meter, lines } = setUp();
  meter.count('PollsAnswered');
  meter.count('EventsDelivered', 7);
  expect(lines).toEqual([]);

  meter.flush();

  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ PollsAnswered: 1, EventsDelivered: 7, service: 'poll' });
});

test('the next invocation counts anew', () => {
  const { meter, lines } = setUp();
  meter.count('PollsEmpty');
  meter.flush();
  meter.count('PollsAnswered');
  meter.flush();

  expect(JSON.parse(lines[1] ?? '')).not.toHaveProperty('PollsEmpty');
});

test('where nothing was counted nothing is written, not even a warning', () => {
  const { meter, lines, warn } = setUp();

  meter.flush();

  expect([lines, warn.mock.calls]).toEqual([[], []]);
});

test('an error is logged by its name, and what is none as unknown', () => {
  expect([reasonOf(new TypeError('a secret')), reasonOf('a text')]).toEqual(['TypeError', 'unknown']);
});
