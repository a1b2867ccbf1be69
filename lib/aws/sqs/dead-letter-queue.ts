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
import {
  type DeadLetter,
  type DeadLetterCounts,
  type DeadLetterQueue,
  type DeadLetterSink,
  type PutAside,
  SENT_BACK,
} from '../../publish/ports.ts';
import { calling } from '../errors.ts';
import { attributesOf, type QueueOptions } from './ingest-queue.ts';

/** Seconds. Long enough to go through a whole queue with the messages that stay in hand. */
const IN_HAND_SECONDS = 600;

/** Seconds. A receive that waits asks every server that keeps a part of the queue; one that does not may find none of its messages. */
const WAIT_SECONDS = 1;

/** SQS's most per receive. */
const BATCH = 10;

export class SqsDeadLetterQueue implements DeadLetterQueue {
  readonly #client: SQSClient;
  readonly #url: string;
  readonly #inHandSeconds: number;

  /** `inHandSeconds`: how long a message is hidden from others once it is taken, 1 to 43,200; default 600. */
  constructor({
    client,
    url,
    inHandSeconds = IN_HAND_SECONDS,
  }: QueueOptions & { readonly inHandSeconds?: number }) {
    this.#client = client;
    this.#url = url;
    this.#inHandSeconds = inHandSeconds;
  }

  async receive(): Promise<readonly DeadLetter[]> {
    const receive = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout: this.#inHandSeconds,
      MessageSystemAttributeNames: ['MessageGroupId', 'MessageDeduplicationId', 'SentTimestamp'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await calling('SQS', this.#client.send(receive));
    return Messages.map(messageOf);
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
    const { body, group, reason, sentBack } = message;
    try {
      await this.#put(group, body, { setBackBy: by, reason, [SENT_BACK]: sentBack });
    } catch (error) {
      if (error instanceof PushError) throw error;
      // It fills the queue's limit by itself: there is no room for the mark.
      return false;
    }
    await this.remove(message);
    return true;
  }

  async replace(message: DeadLetter, group: string, body: string): Promise<string> {
    const { sentBack } = message;
    let id: string;
    try {
      id = await this.#put(group, body, { [SENT_BACK]: sentBack });
    } catch (error) {
      if (error instanceof PushError) throw error;
      throw new PushError('too-large', 'No queue takes a message of this length.', { field: 'body' }, error);
    }
    await this.remove(message);
    return id;
  }

  async #put(
    group: string,
    body: string,
    attributes: Readonly<Record<string, string | number | undefined>>,
  ): Promise<string> {
    const send = new SendMessageCommand({
      QueueUrl: this.#url,
      MessageBody: body,
      MessageGroupId: group,
      // Never the same: SQS would take a second one for the first, and say nothing.
      MessageDeduplicationId: randomUUID(),
      MessageAttributes: attributesOf(attributes),
    });
    const { MessageId = '' } = await calling('SQS', this.#client.send(send));
    return MessageId;
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

function messageOf({
  MessageId = '',
  Body = '',
  ReceiptHandle = '',
  Attributes,
  MessageAttributes,
}: Message): DeadLetter {
  const reason = MessageAttributes?.reason?.StringValue;
  const setBackBy = MessageAttributes?.setBackBy?.StringValue;
  const putAsideFrom = Attributes?.MessageDeduplicationId;
  const sentBack = MessageAttributes?.[SENT_BACK]?.StringValue;
  const at = Attributes?.SentTimestamp;
  return {
    id: MessageId,
    group: Attributes?.MessageGroupId ?? '',
    body: Body,
    receipt: ReceiptHandle,
    ...(reason === undefined ? {} : { reason }),
    ...(setBackBy === undefined ? {} : { requeuedBy: setBackBy }),
    ...(putAsideFrom === undefined ? {} : { putAsideFrom }),
    ...(sentBack === undefined ? {} : { sentBack: timesOf(sentBack) }),
    ...(at === undefined ? {} : { at: Number(at) }),
  };
}

/** Whoever may send to the queues may write anything there. */
function timesOf(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** Characters of a reason that are kept; a producer's own words may stand in it. */
const MAX_REASON = 500;

export class SqsDeadLetterSink implements DeadLetterSink {
  readonly #options: QueueOptions;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  async moveToDlq(message: PutAside, reason: string): Promise<void> {
    const bare = {
      QueueUrl: this.#options.url,
      MessageBody: message.body,
      MessageGroupId: message.group,
      // Also by this a message is known again as the message that it was (`DeadLetter.putAsideFrom`).
      MessageDeduplicationId: message.id,
    };
    const attributes = { reason: sendable(reason), [SENT_BACK]: message.sentBack };
    try {
      await this.#send({ ...bare, MessageAttributes: attributesOf(attributes) });
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
