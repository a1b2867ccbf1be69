/**
 * Keeps what stands in FIFO queues on disk, as SQS does: what a producer has sent to the ingest queue is there after a kill, under the id that
 * it had. Standard queues are mailboxes, whose doorbells are hints; they stay in memory, where they cost nothing. A message that was received
 * and not deleted is there again at once. Survives the death of the process, not a loss of power.
 *
 * After a failed write, as on a full disk, nothing is taken. When there is room the file is opened again and the queues are filled from it, so that
 * memory and disk say the same. What was acknowledged must be there.
 *
 * fauxqs can keep queues too, but only all of them, and in a server of its own that listens on every interface. So its queues are given this
 * in place of its own store; `Queue` says what they call, and what is used of them.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { noRoomFor } from '../no-room.ts';
import { Damage } from './damage.ts';
import { fill, isInHand, messagesIn, type Queue, type QueuedMessage } from './fifo-queue.ts';
import { MessageDb } from './message-db.ts';
import { proveRoom } from './room.ts';
import { damageOf, StoreDown, type StoreOptions } from './table-store.ts';

/** Spare room for the next writes, and for what SQLite writes besides them. */
const SPARE_BYTES = 1024 * 1024;
const RETRY_MS = 500;

export class FifoStore {
  readonly #folder: string;
  readonly #report: (message: string) => void;
  readonly #retryMs: number;
  readonly #queues = new Map<string, Queue>();
  readonly #closing = new AbortController();
  #db: MessageDb | undefined;
  /** The message whose deletion failed: nobody knows whether it is there. */
  #doubtful: string | undefined;
  #mending: Promise<void> = Promise.resolve();

  /** The folder is made when it is missing. Throws why it cannot be used, in words for whoever starts it. */
  constructor(folder: string, { report = console.error, retryMs = RETRY_MS }: StoreOptions = {}) {
    this.#folder = folder;
    this.#report = report;
    this.#retryMs = retryMs;
    try {
      // What a killed one has left of its look for room.
      rmSync(join(folder, 'room'), { force: true });
      this.#db = new MessageDb(folder);
    } catch (error) {
      throw error instanceof Damage
        ? new Error(damageOf(folder, error), { cause: error })
        : noRoomFor(folder, error);
    }
  }

  /** False while nothing can be written: then FIFO queues must not be asked. */
  get isUp(): boolean {
    return this.#db !== undefined;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#mending;
    this.#db?.close();
    this.#db = undefined;
  }

  /** A queue was made: it gets back what stood in the one of its name, in order, and tells what happens to it from now on. */
  insertQueue(queue: Queue): void {
    queue.persistence = undefined;
    if (!queue.isFifo()) return;
    fill(queue, this.#opened());
    this.#queues.set(queue.name, queue);
    queue.persistence = this;
  }

  insertMessage(queueName: string, message: QueuedMessage): void {
    const { messageId: id, approximateReceiveCount: received, messageDeduplicationId } = message;
    try {
      this.#write((db) => db.put({ id, queue: queueName, message: JSON.stringify(message), received }));
    } catch (error) {
      // It was noted as sent before it was kept: sent again, it would be taken for its own repetition, and acknowledged.
      if (messageDeduplicationId !== undefined)
        this.#queues.get(queueName)?.deduplicationCache.delete(messageDeduplicationId);
      throw error;
    }
  }

  deleteMessage(messageId: string): void {
    // Not in hand: it is on its way to the dead-letter queue, which puts it there in one step.
    if (![...this.#queues.values()].some((queue) => isInHand(queue, messageId))) return;
    this.#doubtful = messageId;
    this.#write((db) => db.delete(messageId));
    this.#doubtful = undefined;
  }

  /** Does not throw: the message is in hand already. */
  updateMessageInflight(messageId: string, _receipt: string, _until: number, received: number): void {
    try {
      this.#write((db) => db.receive(messageId, received));
    } catch {
      // That it cannot be written was said, and the queue is filled from the file again.
    }
  }

  updateQueueSequenceCounter(queueName: string, counter: number): void {
    this.#write((db) => db.count(queueName, counter));
  }

  deleteQueueMessages(queueName: string): void {
    this.#write((db) => db.clear(queueName));
  }

  deleteQueue(queueName: string): void {
    this.#write((db) => db.forget(queueName));
    this.#queues.delete(queueName);
  }

  /** It may be received again; that it was received stays counted. */
  updateMessageReady(): void {}

  /** What a queue is like is said by serverless.yml at every start. */
  updateQueueAttributes(): void {}

  #opened(): MessageDb {
    if (!this.#db) throw new StoreDown();
    return this.#db;
  }

  #write(act: (db: MessageDb) => void): void {
    const db = this.#opened();
    try {
      act(db);
    } catch (error) {
      this.#db = undefined;
      this.#mending = this.#mend(db, error as Error);
      throw new StoreDown(undefined, { cause: error });
    }
  }

  /** Never rejects. */
  async #mend(broken: MessageDb, { message }: Error): Promise<void> {
    this.#report(`${this.#folder} cannot be written: ${message}. Nothing is taken until it can be.`);
    broken.close();
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await proveRoom(this.#folder, SPARE_BYTES);
        this.#openAgain();
        return this.#report(`${this.#folder} can be written again; all that was acknowledged is there.`);
      } catch (failure) {
        if (failure instanceof Damage) return this.#report(damageOf(this.#folder, failure));
        await sleep(this.#retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #openAgain(): void {
    const db = new MessageDb(this.#folder);
    const queues = [...this.#queues.values()];
    const there = new Set(queues.flatMap(({ name }) => db.messagesOf(name).map(({ id }) => id)));
    if (this.#doubtful !== undefined) there.add(this.#doubtful);
    const missing = queues.flatMap(messagesIn).filter(({ messageId }) => !there.has(messageId));
    if (missing.length > 0) {
      db.close();
      throw new Damage(`${missing.length} messages that were acknowledged are not there any more`);
    }
    for (const queue of queues) {
      queue.persistence = undefined;
      queue.purge();
      fill(queue, db);
      queue.persistence = this;
    }
    this.#doubtful = undefined;
    this.#db = db;
  }
}
