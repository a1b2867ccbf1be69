/**
 * SQS in memory, at the level of the SDK's commands: the standard queues behind mailboxes, and queues that are only sent to. A queue is
 * unusable for up to a second after it was made; what was received stays hidden for the visibility timeout.
 */

import type { Clock } from '../../../lib/runtime/ports.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
}

interface Queue {
  readonly url: string;
  readonly usableAt: number;
  readonly retentionMs: number;
  readonly visibilityMs: number;
  readonly messages: Message[];
  /** Aborted when something changes, to stir those who wait in a receive. */
  change: AbortController;
}

/** The members of the commands' inputs that are looked at. */
export interface SqsInput {
  readonly QueueName?: string;
  readonly QueueUrl?: string;
  readonly QueueNamePrefix?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageBody?: string;
  readonly WaitTimeSeconds?: number;
  readonly MaxNumberOfMessages?: number;
  readonly Entries?: ReadonlyArray<{ readonly ReceiptHandle?: string }>;
}

/** Given, because the default reason is an error with a stack, made anew each time. */
const CHANGED = 'changed';

export class MemorySqs {
  readonly #clock: Clock;
  readonly #youngMs: number;
  readonly #queues = new Map<string, Queue>();
  #sent = 0;

  /** `youngMs`: how long a new queue is unusable, 0..1000. */
  constructor(clock: Clock, youngMs = 0) {
    this.#clock = clock;
    this.#youngMs = youngMs;
  }

  /** Does what the command says; throws what SQS answers. */
  async apply(command: string, input: SqsInput): Promise<object> {
    switch (command) {
      case 'CreateQueue':
        return this.#create(input);
      case 'GetQueueUrl':
        return { QueueUrl: this.#existing(urlOf(input.QueueName)).url };
      case 'ListQueues':
        return this.#list(input);
      case 'DeleteQueue':
        return this.#delete(input);
      case 'SendMessage':
        return this.#send(input);
      case 'ReceiveMessage':
        return this.#receive(input);
      case 'DeleteMessageBatch':
        return this.#remove(input);
      default:
        throw new Error(`Doorbell does not send ${command}`);
    }
  }

  /** What is hidden in the queue is visible again: at least once means that it may come twice. */
  reveal(url: string): void {
    const queue = this.#queues.get(url);
    for (const message of queue?.messages ?? []) message.visibleAt = this.#clock.now();
    if (queue) stir(queue);
  }

  /** Bodies of the messages that have not been deleted. */
  bodies(url: string): readonly string[] {
    return this.#queues.get(url)?.messages.map(({ body }) => body) ?? [];
  }

  #create({ QueueName, Attributes = {} }: SqsInput): object {
    const url = urlOf(QueueName);
    if (!this.#queues.has(url)) {
      this.#queues.set(url, {
        url,
        usableAt: this.#clock.now() + this.#youngMs,
        retentionMs: Number(Attributes.MessageRetentionPeriod ?? 345_600) * 1000,
        visibilityMs: Number(Attributes.VisibilityTimeout ?? 30) * 1000,
        messages: [],
        change: new AbortController(),
      });
    }
    return { QueueUrl: url };
  }

  #list({ QueueNamePrefix = '' }: SqsInput): object {
    const prefix = urlOf(QueueNamePrefix);
    return { QueueUrls: [...this.#queues.keys()].filter((url) => url.startsWith(prefix)) };
  }

  #delete({ QueueUrl = '' }: SqsInput): object {
    const queue = this.#existing(QueueUrl);
    this.#queues.delete(QueueUrl);
    stir(queue);
    return {};
  }

  #send({ QueueUrl = '', MessageBody = '' }: SqsInput): object {
    const queue = this.#usable(QueueUrl);
    const sentAt = this.#clock.now();
    const id = String(++this.#sent);
    queue.messages.push({ id, body: MessageBody, sentAt, visibleAt: sentAt });
    stir(queue);
    return { MessageId: id };
  }

  async #receive({ QueueUrl = '', WaitTimeSeconds = 0, MaxNumberOfMessages = 1 }: SqsInput): Promise<object> {
    const until = this.#clock.now() + WaitTimeSeconds * 1000;
    for (;;) {
      const queue = this.#usable(QueueUrl);
      const now = this.#clock.now();
      const kept = queue.messages.filter(({ sentAt }) => now - sentAt < queue.retentionMs);
      const taken = kept.filter(({ visibleAt }) => visibleAt <= now).slice(0, MaxNumberOfMessages);
      for (const message of taken) message.visibleAt = now + queue.visibilityMs;
      if (taken.length > 0)
        return { Messages: taken.map(({ id, body }) => ({ MessageId: id, Body: body, ReceiptHandle: id })) };
      if (now >= until) return {};
      const next = Math.min(until, ...kept.map(({ visibleAt }) => visibleAt));
      await this.#clock.sleep(next - now, queue.change.signal);
    }
  }

  #remove({ QueueUrl = '', Entries = [] }: SqsInput): object {
    const { messages } = this.#existing(QueueUrl);
    for (const { ReceiptHandle } of Entries) {
      const at = messages.findIndex(({ id }) => id === ReceiptHandle);
      if (at >= 0) messages.splice(at, 1);
    }
    return {};
  }

  #existing(url: string): Queue {
    const queue = this.#queues.get(url);
    if (queue) return queue;
    throw Object.assign(new Error('The specified queue does not exist.'), { name: 'QueueDoesNotExist' });
  }

  #usable(url: string): Queue {
    const queue = this.#existing(url);
    return this.#clock.now() < queue.usableAt ? this.#existing('young') : queue;
  }
}

function urlOf(name = ''): string {
  return `https://sqs.memory/queues/${name}`;
}

function stir(queue: Queue): void {
  const before = queue.change;
  queue.change = new AbortController();
  before.abort(CHANGED);
}
