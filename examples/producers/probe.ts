/**
 * Lambda, every minute: asks for a web page and publishes how that went to channel `probes`. A producer needs the ingest queue's address, the right
 * to send to it, and nothing of Doorbell.
 */

import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { ScheduledEvent } from 'aws-lambda';

const CHANNEL = 'probes';
const LONGEST_MS = 5_000;

const sqs = new SQSClient({});

export async function handler(event: ScheduledEvent): Promise<void> {
  // A schedule may fire twice, and Lambda tries again what failed: the same id is published once.
  const id = `probe@${event.time}`;
  const url = process.env.PROBE_URL ?? '';
  // What the event is about: the channel's state has the newest answer of each server. Without one it is about nothing.
  const key = URL.parse(url)?.host || undefined;
  // The next one comes in a minute. When none has come in three, the channel `alarms.probes` tells it.
  const body = { channel: CHANNEL, id, key, expect: 'PT3M', data: await probe(url) };
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.INGEST_QUEUE_URL,
      MessageBody: JSON.stringify(body),
      // Always the channel: the order of a group is the order of the channel.
      MessageGroupId: CHANNEL,
      MessageDeduplicationId: id,
    }),
  );
}

/** `status` is null when there was no answer. */
async function probe(url: string): Promise<{ url: string; status: number | null; ms: number }> {
  const started = performance.now();
  const answer = await fetch(url, { signal: AbortSignal.timeout(LONGEST_MS) }).catch(() => undefined);
  await answer?.body?.cancel();
  return { url, status: answer?.status ?? null, ms: Math.round(performance.now() - started) };
}
