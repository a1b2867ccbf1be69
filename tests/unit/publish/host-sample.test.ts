/** The sample of this machine: numbers that a machine can have. */

import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { sampleHost, sendHostSample } from '../../../lib/publish/host-sample.ts';
import { type Message, parseMessage } from '../../../lib/publish/ingest.ts';
import type { IngestQueue } from '../../../lib/publish/ports.ts';
import { FakeClock } from '../../support/time/clock.ts';

test('measures what a machine can be', async () => {
  const clock = new FakeClock();

  const sampling = sampleHost(clock);
  await clock.advance(500);
  const sample = await sampling;

  expect(sample.host).toBe(hostname());
  expect(sample.cpuPercent).toBeGreaterThanOrEqual(0);
  expect(sample.cpuPercent).toBeLessThanOrEqual(100);
  expect(sample.memoryTotalMiB).toBeGreaterThan(0);
  expect(sample.memoryUsedMiB).toBeGreaterThan(0);
  expect(sample.memoryUsedMiB).toBeLessThanOrEqual(sample.memoryTotalMiB);
  expect(sample.load1).toBeGreaterThanOrEqual(0);
  expect(sample.uptimeSeconds).toBeGreaterThan(0);
  expect(sample.eventLoopDelayMs).toBeGreaterThanOrEqual(0);
});

test('a sample is JSON without a loss: no number in it is infinite or not a number', async () => {
  const clock = new FakeClock();

  const sampling = sampleHost(clock);
  await clock.advance(500);
  const sample = await sampling;

  expect(JSON.parse(JSON.stringify(sample))).toEqual(sample);
});

test('watches for half a second', async () => {
  const clock = new FakeClock();
  let done = false;
  const sampling = sampleHost(clock).then(() => {
    done = true;
  });

  await clock.advance(499);
  const early = done;
  await clock.advance(1);
  await sampling;

  expect(early).toBe(false);
});

test('a sample is sent as a foreign producer would send it: a message of its channel, under its id', async () => {
  const clock = new FakeClock();
  const sent: string[][] = [];
  const queue = {
    send: async (...[channel, body, id]: Parameters<IngestQueue['send']>) =>
      String(sent.push([channel, body, id])),
  };

  const sending = sendHostSample(queue, clock, 'producer-12');
  await clock.advance(500);
  await sending;

  const [channel = '', body = '', deduplicationId] = sent[0] ?? [];
  const message: Message = { id: 'a message', group: channel, body };
  expect(deduplicationId).toBe('producer-12');
  expect(parseMessage(message).events).toMatchObject([{ id: 'producer-12' }]);
  expect(JSON.parse(body)).toMatchObject({ channel: 'host', data: { host: hostname() } });
});
