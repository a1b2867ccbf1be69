/** `doorbell bench`: figures of what went through, and an end in every case. */

import { expect, test } from 'vitest';
import { systemClock } from '../../../lib/runtime/system.ts';
import { call, cut, memoryServer, scripted } from '../../support/cli/terminal.ts';
import { eventsIn } from '../../support/memory/world.ts';

test('measures events from publish to a waiting reader, and a throughput', async () => {
  const { call, world } = await memoryServer();

  const { exit, out, err } = await call(
    ['bench', '--channel', 'b', '--events', '10', '--seconds', '1', '--publishers', '2', '--json'],
    { clock: systemClock },
  );

  const { channel, latency, throughput } = JSON.parse(out);
  expect([exit, err, channel]).toEqual([0, '', 'b']);
  expect(latency).toEqual({
    events: 10,
    p50Ms: expect.any(Number),
    p99Ms: expect.any(Number),
    maxMs: expect.any(Number),
  });
  expect(latency.p50Ms).toBeLessThanOrEqual(latency.p99Ms);
  // One that begins it, five that warm it up.
  expect(eventsIn(world, 'b')).toHaveLength(1 + 5 + 10 + throughput.events);
  expect(throughput.events).toBeGreaterThan(0);
});

test('doorbell bench says it in words, without a throughput where none is asked for', async () => {
  const { call } = await memoryServer();

  const { out } = await call(['bench', '--events', '10', '--seconds', '0'], { clock: systemClock });

  expect(out).toMatch(
    /^channel {15}bench-\w+\npublish -> delivered {2}p50 [\d.]+ ms, p99 [\d.]+ ms, most [\d.]+ ms, of 10 events\n$/,
  );
});

test('doorbell bench ends when the server is not there, and with bad bounds before it is asked', async () => {
  expect((await call(['bench'], scripted(cut()))).exit).toBe(3);
  expect((await call(['bench', '--seconds', '61'], scripted(cut()))).exit).toBe(2);
});
