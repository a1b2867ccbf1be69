/** `@doorbell/producer/sqs`: publishing by the ingest queue, which takes events also while nothing else of Doorbell is there. */

import { createHash } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SinkError } from './errors.ts';
import type { Sink } from './producer.ts';

export interface QueueOptions {
  /** The output `IngestQueueUrl` of the stack. Default: the environment's INGEST_QUEUE_URL. */
  readonly queueUrl?: string;
  /** Default: one as the environment says, with its region and credentials. */
  readonly client?: Pick<SQSClient, 'send'>;
}

/**
 * Each batch is one message, of the group that is the channel, so order is kept. What Doorbell cannot publish, as an event with a key that is none, goes to the
 * dead letters: the queue does not look into it.
 */
export function queueSink({ queueUrl = process.env.INGEST_QUEUE_URL, client }: QueueOptions = {}): Sink {
  if (!queueUrl)
    throw new Error(
      'queueUrl, or the environment variable INGEST_QUEUE_URL, must be the address of the ingest queue.',
    );
  const sqs = client ?? new SQSClient({});
  return {
    async send(channel, events) {
      const message = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: `{"channel":${JSON.stringify(channel)},"events":[${events.map(({ json }) => json).join(',')}]}`,
        MessageGroupId: channel,
        MessageDeduplicationId: nameOf(events.map(({ id }) => id)),
      });
      await sqs.send(message).catch((cause: unknown) => {
        throw new SinkError(`SQS did not take the events: ${reasonOf(cause)}`, isRetryable(cause), { cause });
      });
    },
  };
}

/** The same events sent again are the same message. */
function nameOf(ids: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(ids)).digest('hex');
}

/** The SDK has tried itself what it may. What SQS calls the caller's fault is the same the next time. */
function isRetryable(cause: unknown): boolean {
  return !(
    cause instanceof Error &&
    '$fault' in cause &&
    cause.$fault === 'client' &&
    !('$retryable' in cause)
  );
}

/** Its name only: a message of the SDK may quote what was sent. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : 'an unknown error';
}
