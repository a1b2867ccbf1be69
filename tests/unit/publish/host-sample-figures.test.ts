/** How the sample's figures come from what a machine tells. */

import { expect, test } from 'vitest';
import { type Machine, sampleHost } from '../../../lib/publish/host-sample.ts';
import { FakeClock } from '../../support/time/clock.ts';

const MIB = 1024 * 1024;

type Times = ReturnType<Machine['cpus']>[number]['times'];
const IDLE: Times = { user: 100, nice: 100, sys: 100, idle: 5_000, irq: 100 };

/** A machine whose cores, one `Times` each, go from `before` to `after` while it is measured. */
async function sampled(
  cores: { readonly before: readonly Times[]; readonly after: readonly Times[] },
  more: Partial<Machine> = {},
) {
  const clock = new FakeClock();
  const start = clock.elapsed();
  const machine: Machine = {
    cpus: () =>
      (clock.elapsed() === start ? cores.before : cores.after).map((times) => ({
        model: 'one',
        speed: 1,
        times,
      })),
    hostname: () => 'gate',
    totalmem: () => 16 * MIB,
    freemem: () => 6 * MIB,
    loadavg: () => [0.126, 2, 3],
    uptime: () => 86_400.6,
    ...more,
  };
  const sampling = sampleHost(clock, machine);
  await clock.advance(500);
  return sampling;
}

const plus = (more: Partial<Times>): Times => {
  const sum = { ...IDLE };
  for (const key of Object.keys(more) as Array<keyof Times>) sum[key] += more[key] ?? 0;
  return sum;
};

test.each([
  { what: 'that did nothing', after: plus({ idle: 500 }), percent: 0 },
  { what: 'that had no rest', after: plus({ user: 500 }), percent: 100 },
  { what: 'that was busy for its users', after: plus({ user: 100, idle: 400 }), percent: 20 },
  { what: 'that was busy for nice users', after: plus({ nice: 100, idle: 400 }), percent: 20 },
  { what: 'that was busy for the system', after: plus({ sys: 100, idle: 400 }), percent: 20 },
  { what: 'that was busy with interrupts', after: plus({ irq: 100, idle: 400 }), percent: 20 },
  { what: 'whose share has no end', after: plus({ user: 100, idle: 200 }), percent: 33.33 },
  { what: 'whose ticks stand still', after: IDLE, percent: 0 },
])('a core $what was busy for $percent %', async ({ after, percent }) => {
  expect((await sampled({ before: [IDLE], after: [after] })).cpuPercent).toBe(percent);
});

test('the share of a machine is that of all its cores together', async () => {
  const after = [plus({ user: 500 }), plus({ idle: 500 })];

  expect((await sampled({ before: [IDLE, IDLE], after })).cpuPercent).toBe(50);
});

test('memory is told in whole MiB, load in hundredths, uptime in whole seconds', async () => {
  expect(await sampled({ before: [IDLE], after: [IDLE] })).toMatchObject({
    host: 'gate',
    memoryUsedMiB: 10,
    memoryTotalMiB: 16,
    load1: 0.13,
    uptimeSeconds: 86_401,
  });
});

test('a machine that knows no load, as Windows does, has none', async () => {
  const sample = await sampled({ before: [IDLE], after: [IDLE] }, { loadavg: () => [] });

  expect(sample.load1).toBe(0);
});

test('a machine that tells of no core was not busy', async () => {
  expect((await sampled({ before: [], after: [] })).cpuPercent).toBe(0);
});
