/** The ingest queue as a producer sees it, and its dead-letter queue. */

import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetters, IngestQueue } from '../ports.ts';
import { calling } from './failures.ts';

export interface QueueOptions {
  readonly client: SQSClient;
  readonly url: string;
}

export class SqsIngestQueue implements IngestQueue {
  readonly #options: QueueOptions;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  async send(channel: string, body: string, deduplicationId: string): Promise<void> {
    const send = new SendMessageCommand({
      QueueUrl: this.#options.url,
      MessageBody: body,
      MessageGroupId: channel,
      MessageDeduplicationId: deduplicationId,
    });
    await calling('SQS', this.#options.client.send(send));
  }
}

export class SqsDeadLetters implements DeadLetters {
  readonly #options: QueueOptions;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  async bury(
    message: { readonly id: string; readonly group: string; readonly body: string },
    reason: string,
  ): Promise<void> {
    const send = new SendMessageCommand({
      QueueUrl: this.#options.url,
      MessageBody: message.body,
      MessageGroupId: message.group,
      MessageDeduplicationId: message.id,
      MessageAttributes: { reason: { DataType: 'String', StringValue: reason } },
    });
    await calling('SQS', this.#options.client.send(send));
  }
}
