/** Counts become one line for CloudWatch at the end of an invocation. */

import { afterEach, expect, test, vi } from 'vitest';
import { type Extent, powertoolsMeter } from '../../../lib/telemetry/metrics.ts';
import { reasonOf } from '../../../lib/telemetry/reason.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** A meter, and the lines that it has written. */
function setUp(extent: Extent = 'all') {
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Doorbell');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'poll');
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  return { meter: powertoolsMeter(extent), lines, warn };
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

test('a measure has its unit, and every value of the invocation', () => {
  const { meter, lines } = setUp();
  meter.record('HoldTime', 12.5);
  meter.record('HoldTime', 3);
  meter.record('ReaderLag', 7);
  meter.flush();

  const { _aws, ...values } = JSON.parse(lines[0] ?? '');
  expect(values).toMatchObject({ HoldTime: [12.5, 3], ReaderLag: 7 });
  expect(_aws.CloudWatchMetrics[0].Metrics).toEqual([
    { Name: 'HoldTime', Unit: 'Milliseconds' },
    { Name: 'ReaderLag', Unit: 'Count' },
  ]);
});

test('a refusal is counted by its code, which is a dimension of nothing else', () => {
  const { meter, lines } = setUp();
  meter.count('PollsEmpty');
  meter.refused('bad-parameter');
  meter.flush();

  const [refusal, counted] = lines.map((line) => JSON.parse(line));
  expect(refusal).toMatchObject({ Refusals: 1, code: 'bad-parameter', service: 'poll' });
  expect(refusal._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service', 'code']]);
  expect(counted).not.toHaveProperty('code');
  expect(counted).toMatchObject({ PollsEmpty: 1 });
});

test.each([
  ['none', []],
  ['counts', ['PollsEmpty']],
  ['all', ['Refusals', 'PollsEmpty', 'HoldTime']],
] as const)('with %s as the extent, these are written: %j', (extent, expected) => {
  const { meter, lines } = setUp(extent);
  meter.count('PollsEmpty');
  meter.record('HoldTime', 3);
  meter.refused('forbidden');
  meter.flush();

  const written = lines.flatMap((line) => JSON.parse(line)._aws.CloudWatchMetrics[0].Metrics);
  expect(written.map(({ Name }) => Name)).toEqual(expected);
});

test('where nothing was counted nothing is written, not even a warning', () => {
  const { meter, lines, warn } = setUp();

  meter.flush();

  expect([lines, warn.mock.calls]).toEqual([[], []]);
});

test('an error is logged by its name, and what is none as unknown', () => {
  expect([reasonOf(new TypeError('a secret')), reasonOf('a text')]).toEqual(['TypeError', 'unknown']);
});
