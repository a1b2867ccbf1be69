/**
 * Keeps what stands in FIFO queues on disk, as SQS does: what a producer has sent to the ingest queue is there after a kill, under the id that
 * it had. Standard queues are mailboxes, whose doorbells are hints; they stay in memory, where they cost nothing. A message that was received
 * and not deleted is there again at once. Survives the death of the process, not a loss of power.
 *
 * fauxqs can keep queues too, but only all of them, and in a server of its own that listens on every interface. So its queues are given this
 * in place of its own store; what they call, and what is used of them here, is declared below.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

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
  persistence: KeptMessages | undefined;
  isFifo(): boolean;
  enqueue(message: QueuedMessage): void;
  recordDeduplication(id: string, messageId: string, sequenceNumber: string | undefined): void;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS messages (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    message TEXT NOT NULL,
    received INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS counters (queue TEXT PRIMARY KEY, counter INTEGER NOT NULL);`;

export class KeptMessages {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #received: StatementSync;
  readonly #count: StatementSync;

  /** The folder is made when it is missing. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#db = new DatabaseSync(join(folder, 'messages.db'));
    this.#db.exec(SCHEMA);
    this.#insert = this.#db.prepare(
      'INSERT INTO messages (id, queue, message, received) VALUES (?, ?, ?, ?)',
    );
    this.#delete = this.#db.prepare('DELETE FROM messages WHERE id = ?');
    this.#received = this.#db.prepare('UPDATE messages SET received = ? WHERE id = ?');
    this.#count = this.#db.prepare('INSERT OR REPLACE INTO counters (queue, counter) VALUES (?, ?)');
  }

  close(): void {
    this.#db.close();
  }

  /** A queue was made: it gets back what stood in the one of its name, in order, and tells what happens to it from now on. */
  insertQueue(queue: Queue): void {
    queue.persistence = undefined;
    if (!queue.isFifo()) return;
    const counted = this.#db.prepare('SELECT counter FROM counters WHERE queue = ?').get(queue.name);
    queue.sequenceCounter = Number(counted?.counter ?? 0);
    const kept = this.#db.prepare('SELECT message, received FROM messages WHERE queue = ? ORDER BY place');
    for (const { message: text, received } of kept.all(queue.name)) {
      const message = JSON.parse(String(text)) as QueuedMessage;
      message.approximateReceiveCount = Number(received);
      const { messageDeduplicationId: id, messageId, sequenceNumber } = message;
      if (id !== undefined) queue.recordDeduplication(id, messageId, sequenceNumber);
      queue.enqueue(message);
    }
    queue.persistence = this;
  }

  insertMessage(queueName: string, message: QueuedMessage): void {
    const { messageId, approximateReceiveCount } = message;
    this.#insert.run(messageId, queueName, JSON.stringify(message), approximateReceiveCount);
  }

  deleteMessage(messageId: string): void {
    this.#delete.run(messageId);
  }

  updateMessageInflight(messageId: string, _receipt: string, _until: number, received: number): void {
    this.#received.run(received, messageId);
  }

  updateQueueSequenceCounter(queueName: string, counter: number): void {
    this.#count.run(queueName, counter);
  }

  deleteQueueMessages(queueName: string): void {
    this.#db.prepare('DELETE FROM messages WHERE queue = ?').run(queueName);
  }

  deleteQueue(queueName: string): void {
    this.deleteQueueMessages(queueName);
    this.#db.prepare('DELETE FROM counters WHERE queue = ?').run(queueName);
  }

  /** It may be received again; that it was received stays counted. */
  updateMessageReady(): void {}

  /** What a queue is like is said by serverless.yml at every start. */
  updateQueueAttributes(): void {}
}
