/**
 * What Lambda does between an SQS queue and a function: receives a batch, invokes the function with it, and deletes
 * exactly what the function took. The rest is left alone, so it comes back when its visibility timeout ends, and
 * goes to the dead-letter queue after `maxReceiveCount`. One batch at a time.
 */
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';

export interface Source {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  /** 1..10 messages per invocation. */
  readonly batchSize: number;
  /** Whether the function's answer may name messages that it did not take. */
  readonly partialFailures: boolean;
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
  /** Told about each failed invocation, and about a receive that fails after one that did not; the pump goes on. */
  readonly onError: (error: unknown) => void;
}

/** SQS's longest receive. */
const WAIT_SECONDS = 20;
/** After a failure of the queue itself: long enough not to spin, short enough not to be noticed. */
const PAUSE_MS = 1_000;

/** Pumps until `signal` aborts; resolves once the batch in hand, if any, is settled. */
export async function pollQueue(source: Source, signal: AbortSignal): Promise<void> {
  let isDown = false;
  while (!signal.aborted) {
    try {
      const messages = await receive(source, signal);
      isDown = false;
      if (messages.length > 0) await settle(source, messages);
    } catch (error) {
      if (signal.aborted) return;
      // A queue that stays away, as on a full disk, is told of once and not every second.
      if (!isDown) source.onError(error);
      isDown = true;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function receive(source: Source, signal: AbortSignal): Promise<readonly Message[]> {
  const { Messages } = await source.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: source.queueUrl,
      MaxNumberOfMessages: source.batchSize,
      WaitTimeSeconds: WAIT_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
    { abortSignal: signal },
  );
  return Messages ?? [];
}

async function settle(source: Source, messages: readonly Message[]): Promise<void> {
  let failed: ReadonlySet<string>;
  try {
    const answer = await source.invoke({ Records: messages.map((message) => toRecord(message, source)) });
    failed = source.partialFailures ? failedIn(answer, messages) : new Set();
  } catch (error) {
    // A function that throws has taken nothing.
    source.onError(error);
    return;
  }
  const taken = messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
  if (taken.length === 0) return;
  await source.sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: source.queueUrl,
      Entries: taken.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    }),
  );
}

/**
 * Ids of the messages that were not taken. As on Lambda, an answer that is malformed or names a message that was not
 * in the batch means that none was: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function failedIn(answer: unknown, messages: readonly Message[]): ReadonlySet<string> {
  const all = new Set(messages.map(({ MessageId }) => MessageId ?? ''));
  const failures = (answer as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return all;
  const named = failures.map((failure) => failure?.itemIdentifier);
  return named.every((id) => all.has(id)) ? new Set(named) : all;
}

/** The record as Lambda hands it over. */
export function toRecord(message: Message, source: Pick<Source, 'queueArn' | 'region'>): SQSRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    {
      ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
      ...(value.BinaryValue !== undefined && {
        binaryValue: Buffer.from(value.BinaryValue).toString('base64'),
      }),
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType ?? 'String',
    },
  ]);
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: message.Attributes as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: source.queueArn,
    awsRegion: source.region,
  };
}
