/** The ingest queue as a producer sees it, and its dead-letter queue. */

import { type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type IngestQueue, SENT_BACK } from '../../publish/ports.ts';
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

  async send(channel: string, body: string, deduplicationId: string, sentBack?: number): Promise<string> {
    const send = new SendMessageCommand({
      QueueUrl: this.#options.url,
      MessageBody: body,
      MessageGroupId: channel,
      MessageDeduplicationId: deduplicationId,
      ...(sentBack === undefined ? {} : { MessageAttributes: attributesOf({ [SENT_BACK]: sentBack }) }),
    });
    const { MessageId = '' } = await calling('SQS', this.#options.client.send(send));
    return MessageId;
  }
}

/** Message attributes of SQS: numbers and texts by their names; those that are undefined are left out. */
export function attributesOf(
  values: Readonly<Record<string, string | number | undefined>>,
): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      if (value === undefined) return [];
      const DataType = typeof value === 'number' ? 'Number' : 'String';
      return [[name, { DataType, StringValue: String(value) }]];
    }),
  );
}
