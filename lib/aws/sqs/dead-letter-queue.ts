/** The dead-letter queue in hand of the person who clears it. */

import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { PushError } from '../../errors.ts';
import type { DeadLetter, DeadLetterCounts, DeadLetterQueue, DeadLetterSink } from '../../publish/ports.ts';
import { calling } from '../errors.ts';
import type { QueueOptions } from './ingest-queue.ts';

/** Seconds. Long enough to go through a whole queue with the messages that stay in hand. */
const IN_HAND_SECONDS = 600;

/** Seconds. A receive that waits asks every server that keeps a part of the queue; one that does not may find none of its messages. */
const WAIT_SECONDS = 1;

/** SQS's most per receive. */
const BATCH = 10;

export class SqsDeadLetterQueue implements DeadLetterQueue {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor({ client, url }: QueueOptions) {
    this.#client = client;
    this.#url = url;
  }

  async receive(): Promise<readonly DeadLetter[]> {
    const receive = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout: IN_HAND_SECONDS,
      MessageSystemAttributeNames: ['MessageGroupId', 'MessageDeduplicationId'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await calling('SQS', this.#client.send(receive));
    return Messages.map(letterOf);
  }

  async count(): Promise<DeadLetterCounts> {
    const get = new GetQueueAttributesCommand({
      QueueUrl: this.#url,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    });
    const { Attributes } = await calling('SQS', this.#client.send(get));
    return {
      waiting: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
      inHand: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
    };
  }

  async remove({ receipt }: DeadLetter): Promise<void> {
    const remove = new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle: receipt });
    await calling('SQS', this.#client.send(remove));
  }

  async requeue(message: DeadLetter, by: string): Promise<boolean> {
    const { body, group, reason } = message;
    const attributes = { setBackBy: by, ...(reason === undefined ? {} : { reason }) };
    const send = new SendMessageCommand({
      QueueUrl: this.#url,
      MessageBody: body,
      MessageGroupId: group,
      // Never the same: SQS would take a second one for the first, and say nothing.
      MessageDeduplicationId: randomUUID(),
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
      ),
    });
    try {
      await calling('SQS', this.#client.send(send));
    } catch (error) {
      if (error instanceof PushError) throw error;
      // It fills the queue's limit by itself: there is no room for the mark.
      return false;
    }
    await this.remove(message);
    return true;
  }

  async release({ receipt }: DeadLetter): Promise<void> {
    const show = new ChangeMessageVisibilityCommand({
      QueueUrl: this.#url,
      ReceiptHandle: receipt,
      VisibilityTimeout: 0,
    });
    await calling('SQS', this.#client.send(show));
  }
}

function letterOf({
  MessageId = '',
  Body = '',
  ReceiptHandle = '',
  Attributes,
  MessageAttributes,
}: Message): DeadLetter {
  const reason = MessageAttributes?.reason?.StringValue;
  const setBackBy = MessageAttributes?.setBackBy?.StringValue;
  const putAsideFrom = Attributes?.MessageDeduplicationId;
  return {
    id: MessageId,
    group: Attributes?.MessageGroupId ?? '',
    body: Body,
    receipt: ReceiptHandle,
    ...(reason === undefined ? {} : { reason }),
    ...(setBackBy === undefined ? {} : { requeuedBy: setBackBy }),
    ...(putAsideFrom === undefined ? {} : { putAsideFrom }),
  };
}

/** Characters of a reason that are kept; a producer's own words may stand in it. */
const MAX_REASON = 500;

export class SqsDeadLetterSink implements DeadLetterSink {
  readonly #options: QueueOptions;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  async moveToDlq(
    message: { readonly id: string; readonly group: string; readonly body: string },
    reason: string,
  ): Promise<void> {
    const bare = {
      QueueUrl: this.#options.url,
      MessageBody: message.body,
      MessageGroupId: message.group,
      // Also by this a message is known again as the message that it was (`DeadLetter.putAsideFrom`).
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
