/** Mailboxes as SQS standard queues, one per process, named with the stack's prefix. Their address is the queue's URL. */

import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { MailboxAddresses, Mailboxes, Message } from '../../wakeup/ports.ts';
import { RECEIVE_MS } from '../clients.ts';
import { calling, isQueueGone } from '../errors.ts';

/** Seconds, SQS's least. An arm lives as long: an older doorbell has nobody to wake. */
const RETENTION_SECONDS = '60';
/** Seconds. A message that could not be deleted comes again after this; it is only a hint, so often is of no use. */
const VISIBILITY_SECONDS = '60';
/** A receive that is not answered so long after its wait has failed. */
const LATE_MS = 2_000;
/** SQS's most per receive and per batch. */
const BATCH = 10;

export interface MailboxQueuesOptions {
  readonly client: SQSClient;
  readonly prefix: string;
}

export class MailboxQueues implements Mailboxes, MailboxAddresses {
  readonly #client: SQSClient;
  readonly #prefix: string;
  /** What stands before the name in the address of each queue: region and account are the same for all. */
  #before: Promise<string | undefined> | undefined;

  constructor({ client, prefix }: MailboxQueuesOptions) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async open(name: string): Promise<string> {
    const create = new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        MessageRetentionPeriod: RETENTION_SECONDS,
        VisibilityTimeout: VISIBILITY_SECONDS,
        // Encrypted queues take HTTPS only (SQS developer guide, "Encryption at rest"), so no policy has to say that.
        SqsManagedSseEnabled: 'true',
      },
    });
    const { QueueUrl } = await calling('SQS', this.#client.send(create));
    if (!QueueUrl) throw new Error('SQS made a queue but gave no address');
    return QueueUrl;
  }

  /** Asks SQS until it has been told once in the life of this process. */
  async addressOf(name: string): Promise<string | undefined> {
    this.#before ??= this.#beforeNames(name);
    let before: string | undefined;
    try {
      before = await this.#before;
    } finally {
      if (before === undefined) this.#before = undefined;
    }
    return before === undefined ? undefined : `${before}${name}`;
  }

  async #beforeNames(name: string): Promise<string | undefined> {
    const ask = new GetQueueUrlCommand({ QueueName: name });
    const found = await orGone(calling('SQS', this.#client.send(ask)));
    if (found === 'gone') return undefined;
    const { QueueUrl } = found;
    if (!QueueUrl?.endsWith(`/${name}`)) throw new Error('SQS gave no address that ends in its name');
    return QueueUrl.slice(0, -name.length);
  }

  async receive(
    mailbox: string,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<readonly Message[] | 'gone'> {
    const receive = new ReceiveMessageCommand({
      QueueUrl: mailbox,
      WaitTimeSeconds: waitSeconds,
      MaxNumberOfMessages: BATCH,
    });
    // For all tries together: a connection that is dead must not outlast a poll.
    const late = AbortSignal.timeout(waitSeconds * 1000 + LATE_MS);
    const abortSignal = signal ? AbortSignal.any([signal, late]) : late;
    const options = { requestTimeout: RECEIVE_MS, abortSignal };
    const received = await orGone(calling('SQS', this.#client.send(receive, options)));
    if (received === 'gone') return 'gone';
    return (received.Messages ?? []).map(({ Body = '', ReceiptHandle = '' }) => ({
      body: Body,
      receipt: ReceiptHandle,
    }));
  }

  async send(mailbox: string, body: string): Promise<'sent' | 'gone'> {
    const send = new SendMessageCommand({ QueueUrl: mailbox, MessageBody: body });
    const sent = await orGone(calling('SQS', this.#client.send(send)));
    return sent === 'gone' ? 'gone' : 'sent';
  }

  async remove(mailbox: string, receipts: readonly string[]): Promise<void> {
    for (let i = 0; i < receipts.length; i += BATCH) {
      const entries = receipts
        .slice(i, i + BATCH)
        .map((receipt, at) => ({ Id: String(at), ReceiptHandle: receipt }));
      await orGone(
        calling(
          'SQS',
          this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: mailbox, Entries: entries })),
        ),
      );
    }
  }

  async close(name: string): Promise<void> {
    const found = await orGone(
      calling('SQS', this.#client.send(new GetQueueUrlCommand({ QueueName: name }))),
    );
    if (found === 'gone' || !found.QueueUrl) return;
    await orGone(calling('SQS', this.#client.send(new DeleteQueueCommand({ QueueUrl: found.QueueUrl }))));
  }

  async list(): Promise<readonly string[]> {
    const names: string[] = [];
    let next: string | undefined;
    do {
      const list = new ListQueuesCommand({
        QueueNamePrefix: this.#prefix,
        MaxResults: 1000,
        ...(next ? { NextToken: next } : {}),
      });
      const { QueueUrls = [], NextToken } = await calling('SQS', this.#client.send(list));
      names.push(...QueueUrls.map((url) => url.slice(url.lastIndexOf('/') + 1)));
      next = NextToken;
    } while (next);
    return names;
  }
}

async function orGone<T>(call: Promise<T>): Promise<T | 'gone'> {
  try {
    return await call;
  } catch (error) {
    if (isQueueGone(error)) return 'gone';
    throw error;
  }
}
