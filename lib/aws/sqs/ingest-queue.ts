/** The ingest queue as a producer sees it, and its dead-letter queue. */

import { SendMessageCommand, type SendMessageCommandInput, type SQSClient } from '@aws-sdk/client-sqs';
import { PushError } from '../../errors.ts';
import type { DeadLetters, IngestQueue } from '../../log/ports.ts';
import { calling } from '../errors.ts';

/** Characters of a reason that are kept; a producer's own words may stand in it. */
const MAX_REASON = 500;

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

export class SqsDeadLetters implements DeadLetters {
  readonly #options: QueueOptions;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  async bury(
    message: { readonly id: string; readonly group: string; readonly body: string },
    reason: string,
  ): Promise<void> {
    const bare = {
      QueueUrl: this.#options.url,
      MessageBody: message.body,
      MessageGroupId: message.group,
      // Also by this a letter is known again as the message that it was (`DeadLetter.putAsideFrom`).
      MessageDeduplicationId: message.id,
    };
    const attributes = { reason: { DataType: 'String', StringValue: sendable(reason) } };
    try {
      await this.#send({ ...bare, MessageAttributes: attributes });
    } catch (error) {
      if (error instanceof PushError) throw error;
      // A message that fills the queue's limit by itself has no room for a reason; holding up its channel would be worse.
      await this.#send(bare);
    }
  }

  #send(input: SendMessageCommandInput): Promise<unknown> {
    return calling('SQS', this.#options.client.send(new SendMessageCommand(input)));
  }
}

/** What every queue takes: SQS refuses control characters, U+FFFE and U+FFFF (SendMessage, MessageBody), some emulators all surrogates. */
function sendable(reason: string): string {
  return reason.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '?').slice(0, MAX_REASON);
}
