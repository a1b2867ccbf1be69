/**
 * Where each alarm of serverless.yml begins and ends: what is just too little, and what is enough. What the functions count is what they print; what AWS counts is
 * made up here. That the faults really come to this, tests/integration/alarms.test.ts shows.
 */

import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { newEvent } from '../../../lib/log/block.ts';
import { ingest } from '../../../lib/publish/ingest.ts';
import { COUNTERS, MEASURES } from '../../../lib/telemetry/metric-names.ts';
import { powertoolsMeter } from '../../../lib/telemetry/metrics.ts';
import type { Meter } from '../../../lib/telemetry/ports.ts';
import { Bell } from '../../../lib/wakeup/bell.ts';
import { sweep } from '../../../lib/wakeup/mailbox-sweep.ts';
import { loadService } from '../../../local/emulators/service.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryDeadLetters } from '../../../packages/testing/src/memory/stores.ts';
import { type Alarm, type Sample, samplesOf, stateOf } from '../../support/alarms/alarm.ts';
import {
  type Alarms,
  counted,
  declaredAlarms,
  EVERY_PERIOD,
  MINUTE,
  NOW,
} from '../../support/alarms/declared.ts';
import { MemoryLogger, unavailable } from '../../support/memory/doubles.ts';
import { memoryProcess, memoryWorld } from '../../support/memory/world.ts';
import { documentPath } from '../../support/repo/documents.ts';

let dashboard: string;
let alarms: Alarms;
beforeAll(async () => {
  const { resources } = await loadService();
  const body = resources.Resources.Dashboard?.Properties?.DashboardBody;
  dashboard = String((body as Readonly<Record<string, unknown>>)['Fn::Sub']);
  alarms = await declaredAlarms();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What a function prints of its metrics while it does `act` at each of these times. */
async function printed(times: readonly number[], act: (meter: Meter) => unknown): Promise<readonly Sample[]> {
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Doorbell');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'doorbell');
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  const samples: Sample[] = [];
  for (const at of times) {
    const meter = powertoolsMeter('all');
    // As Lambda: an invocation that fails prints nothing.
    await Promise.resolve(act(meter)).then(
      () => meter.flush(),
      () => undefined,
    );
    samples.push(...lines.splice(0).flatMap((line) => samplesOf(line, at)));
  }
  write.mockRestore();
  return samples;
}

async function ring(meter: Meter, isDown: boolean, times = 12): Promise<void> {
  const { waiters, mailboxes, clock } = memoryWorld();
  const send: typeof mailboxes.send = async (...message) => {
    if (isDown) throw unavailable();
    return mailboxes.send(...message);
  };
  const bell = new Bell({ waiters, mailboxes: { send }, clock, meter, logger: new MemoryLogger() });
  for (let first = 1; first <= times; first++) {
    const mailbox = await mailboxes.open(`m${first}`);
    await waiters.arm('doors', { mailbox, nonce: 'n', turn: 1, until: clock.now() + MINUTE });
    await bell.ring('doors', newBlock(first, [newEvent(`id-${first}`, first)]));
  }
}

async function swept(meter: Meter, isDown: boolean): Promise<void> {
  const { registry, mailboxes, clock } = memoryWorld();
  const list = isDown ? () => Promise.reject(unavailable()) : () => mailboxes.list();
  await sweep({ registry, mailboxes: { list, close: (name) => mailboxes.close(name) }, clock, meter });
}

/** By name: what is printed when all is well, and with the fault. */
const PRINTED: Readonly<
  Record<string, readonly [well: (meter: Meter) => unknown, bad: (meter: Meter) => unknown]>
> = {
  NoSweepAlarm: [(meter) => swept(meter, false), (meter) => swept(meter, true)],
  FoldsFailedAlarm: [(meter) => meter.count('FoldsFailed', 2), (meter) => meter.count('FoldsFailed', 3)],
  DoorbellsFailedAlarm: [(meter) => ring(meter, false), (meter) => ring(meter, true)],
  ThrottledAlarm: [(meter) => meter.count('CallsThrottled', 2), (meter) => meter.count('CallsThrottled', 40)],
  SlowWakesAlarm: [
    (meter) => Array.from({ length: 300 }, (_, n) => meter.record('WakeTime', n === 7 ? 9_000 : 30)),
    (meter) => Array.from({ length: 300 }, (_, n) => meter.record('WakeTime', n < 4 ? 2_500 : 30)),
  ],
};

/** What AWS counts in each period: when all is well, and with the fault. */
const COUNTED: Readonly<Record<string, readonly [well: readonly number[], bad: readonly number[]]>> = {
  PollErrorsAlarm: [
    [1, 0, 0],
    [1, 1, 1],
  ],
  PublishErrorsAlarm: [
    [0, 1],
    [1, 1, 1],
  ],
  IngestErrorsAlarm: [
    [0, 1],
    [1, 1, 1],
  ],
  SweepErrorsAlarm: [[0], [1]],
  PageErrorsAlarm: [
    [0, 1],
    [1, 1, 1],
  ],
  TicketErrorsAlarm: [
    [0, 1],
    [1, 1, 1],
  ],
  PollThrottlesAlarm: [
    [0, 0],
    [0, 1],
  ],
  ConcurrencyAlarm: [
    [500, 799],
    [500, 800],
  ],
  DeadLettersAlarm: [
    [0, 0],
    [0, 1],
  ],
  IngestAgeAlarm: [
    [3, 299],
    [3, 300],
  ],
  ApiFaultsAlarm: [[1, 1], Array.from({ length: 10 }, () => 1)],
};

function alarmOf(name: string): Alarm {
  const alarm = alarms[name];
  if (!alarm) throw new Error(`serverless.yml has no ${name}`);
  return alarm;
}

test('each alarm has a fault here', () => {
  expect(Object.keys(alarms).sort()).toEqual([...Object.keys(PRINTED), ...Object.keys(COUNTED)].sort());
});

test('an alarm on a metric of our own is on one that there is, and CloudWatch has it under these dimensions', () => {
  const own = Object.values(alarms).filter(({ Namespace }) => Namespace === 'Doorbell');

  expect(own.length).toBeGreaterThan(0);
  for (const { MetricName, Dimensions } of own) {
    expect({ ...COUNTERS, ...MEASURES }).toHaveProperty(MetricName);
    expect(Dimensions).toEqual([{ Name: 'service', Value: 'doorbell' }]);
  }
});

describe('by what functions print', () => {
  test.each(Object.entries(PRINTED))('%s', async (name, [well, bad]) => {
    expect(stateOf(alarmOf(name), await printed(EVERY_PERIOD, well), NOW)).toBe('OK');
    expect(stateOf(alarmOf(name), await printed(EVERY_PERIOD, bad), NOW)).toBe('ALARM');
  });
});

describe('by what AWS counts', () => {
  test.each(Object.entries(COUNTED))('%s', (name, [well, bad]) => {
    expect(stateOf(alarmOf(name), counted(alarmOf(name), well), NOW)).toBe('OK');
    expect(stateOf(alarmOf(name), counted(alarmOf(name), bad), NOW)).toBe('ALARM');
  });
});

test('silence is an alarm where a sweep should have spoken, and nowhere else', () => {
  const silent = Object.keys(alarms).filter((name) => stateOf(alarmOf(name), [], NOW) === 'ALARM');

  expect(silent).toEqual(['NoSweepAlarm']);
});

test('one sweep that is left out is no alarm, and three are', async () => {
  const sweeps = (...minutes: readonly number[]) =>
    printed(
      minutes.map((minute) => minute * MINUTE),
      (meter) => swept(meter, false),
    );

  expect(stateOf(alarmOf('NoSweepAlarm'), await sweeps(2, 7, 12, 17, 27), NOW)).toBe('OK');
  // CloudWatch looks five periods back before it takes silence for data.
  expect(stateOf(alarmOf('NoSweepAlarm'), await sweeps(2), NOW)).toBe('ALARM');
});

test('a message that is put aside is counted, and stands in the dead-letter queue, whose alarm is the one to fire', async () => {
  const deadLetters = new MemoryDeadLetters();
  const samples = await printed([27 * MINUTE], async (meter) => {
    const world = memoryWorld();
    const { publish, logger } = memoryProcess(world);
    const ports = { ...publish, clock: world.clock, meter, logger, deadLetters };
    await ingest(ports, [{ id: 'bad', group: 'doors', body: '{' }]);
  });

  expect(samples.map(({ metric }) => metric)).toContain('MessagesBuried');
  const depth = counted(alarmOf('DeadLettersAlarm'), [deadLetters.moved.length]);
  expect(stateOf(alarmOf('DeadLettersAlarm'), depth, NOW)).toBe('ALARM');
});

test('the dashboard is JSON, and shows metrics that there are', () => {
  const { widgets } = JSON.parse(dashboard) as {
    readonly widgets: ReadonlyArray<{ readonly properties: { readonly metrics: readonly string[][] } }>;
  };
  const own = widgets
    .flatMap(({ properties }) => properties.metrics)
    .filter(([space]) => space === 'Doorbell');

  expect(own.length).toBeGreaterThan(5);
  for (const [, name = '', ...dimensions] of own) {
    expect({ ...COUNTERS, ...MEASURES }).toHaveProperty(name);
    expect(dimensions).toEqual(['service', 'doorbell']);
  }
});

test('the document has a line for each alarm, and their price', () => {
  const text = readFileSync(documentPath('docs/operations/alarms.md'), 'utf8');
  const names = Object.values(alarms).map(({ AlarmName }) => AlarmName.replace(/^doorbell-dev-/, ''));

  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  expect(text).toContain(`deploys ${names.length} alarms`);
  expect(text).toContain(`$${(names.length * 0.1).toFixed(2)} a month`);
});
