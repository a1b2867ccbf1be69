/** What fauxqs's queues are, as far as they are used here, and how one is filled from what was kept. */

import type { FifoStore } from './fifo-store.ts';
import type { MessageDb } from './message-db.ts';

export interface QueuedMessage {
  readonly messageId: string;
  readonly messageDeduplicationId?: string;
  readonly sequenceNumber?: string;
  readonly delayUntil?: number;
  approximateReceiveCount: number;
}

export interface Queue {
  readonly name: string;
  sequenceCounter: number;
  /** Told of each change; nobody is where it is undefined. */
  persistence: FifoStore | undefined;
  readonly inflightMessages: ReadonlyMap<string, { readonly message: QueuedMessage }>;
  readonly deduplicationCache: { delete(id: string): void };
  isFifo(): boolean;
  enqueue(message: QueuedMessage): void;
  recordDeduplication(id: string, messageId: string, sequenceNumber: string | undefined): void;
  inspectMessages(): Record<'ready' | 'delayed', readonly QueuedMessage[]>;
  /** Empties it. */
  purge(): void;
}

/** What was kept under its name, in order. Its `persistence` must not be told of it. */
export function fill(queue: Queue, db: MessageDb): void {
  queue.sequenceCounter = Math.max(queue.sequenceCounter, db.counterOf(queue.name));
  for (const { message: text, received } of db.messagesOf(queue.name)) {
    const message = JSON.parse(text) as QueuedMessage;
    message.approximateReceiveCount = received;
    const { messageDeduplicationId: id, messageId, sequenceNumber } = message;
    if (id !== undefined) queue.recordDeduplication(id, messageId, sequenceNumber);
    queue.enqueue(message);
  }
}

/** Whether it was received and not deleted. */
export function isInHand({ inflightMessages }: Queue, messageId: string): boolean {
  return [...inflightMessages.values()].some(({ message }) => message.messageId === messageId);
}

/** Those in hand too. */
export function messagesIn(queue: Queue): readonly QueuedMessage[] {
  const { ready, delayed } = queue.inspectMessages();
  return [...ready, ...delayed, ...[...queue.inflightMessages.values()].map(({ message }) => message)];
}
