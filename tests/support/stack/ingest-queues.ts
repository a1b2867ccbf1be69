/** The ingest queue and its dead-letter queue from outside: sending as a producer does, and receiving as Lambda does. */

import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { GROUND, type Stack } from './stack.ts';

/** A receive that does not wait asks only some of SQS's servers, and may find none of the messages; an emulator is one server. */
const WAIT_SECONDS = GROUND === 'local' ? 0 : 1;

export type QueueName = 'IngestQueue' | 'IngestDeadQueue';

export const queueUrl = (stack: Stack, name: QueueName): string => stack.references[name]?.ref ?? '';

/** Sends one message; an object is sent as JSON. */
export async function sendToIngest(stack: Stack, group: string, body: unknown): Promise<void> {
  await stack.clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl(stack, 'IngestQueue'),
      MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
      MessageGroupId: group,
      MessageDeduplicationId: randomUUID(),
    }),
  );
}

/** Up to 10 messages; none when there are none to be had. */
export async function receive(stack: Stack, name: QueueName): Promise<readonly Message[]> {
  const { Messages = [] } = await stack.clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl(stack, name),
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: WAIT_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}

/** Takes everything off a queue. */
export async function takeAll(stack: Stack, name: QueueName): Promise<readonly Message[]> {
  const taken: Message[] = [];
  for (;;) {
    const messages = await receive(stack, name);
    if (messages.length === 0) return taken;
    taken.push(...messages);
    for (const message of messages) await remove(stack, name, message);
  }
}

export async function remove(stack: Stack, name: QueueName, { ReceiptHandle }: Message): Promise<void> {
  await stack.clients.sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl(stack, name), ReceiptHandle }));
}

/** Gives a message back, as the end of its visibility timeout would. */
export async function giveBack(stack: Stack, { ReceiptHandle }: Message): Promise<void> {
  await stack.clients.sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: queueUrl(stack, 'IngestQueue'),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }),
  );
}
