/**
 * Lambda: the sample producer. Every minute -> what this machine is doing, to channel `host`. It knows only the ingest queue, as a foreign
 * producer would. Its deduplication id is schedule name + time, so a job that runs twice publishes once.
 */

import type { ScheduledEvent } from 'aws-lambda';
import { ingestQueue } from '../lib/compose/ingest.ts';
import { sendHostSample } from '../lib/publish/host-sample.ts';
import { systemClock } from '../lib/runtime/system.ts';

const queue = ingestQueue(process.env);

export async function handler(event: ScheduledEvent): Promise<void> {
  const schedule = event.resources[0]?.split('/').at(-1) ?? 'schedule';
  await sendHostSample(queue, systemClock, `${schedule}-${event.time}`);
}
