/** The ingest queue as a producer sees it, and its dead-letter queue. */

import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { IngestQueue } from '../../publish/ports.ts';
import { calling } from '../errors.ts';

export interface QueueOptions {
  readonly client: SQSClient;
  readonly url: string;
}

export class SqsIngestQueue implements IngestQueue {
  readonly #options: QueueOptions;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  async send(channel: string, body: string, deduplicationId: string): Promise<string> {
    const send = new SendMessageCommand({
      QueueUrl: this.#options.url,
      MessageBody: body,
      MessageGroupId: channel,
      MessageDeduplicationId: deduplicationId,
    });
    const { MessageId = '' } = await calling('SQS', this.#options.client.send(send));
    return MessageId;
  }
}
