/** Both queues of dead letters in memory, as SQS has them. */

import type { DeadLetter, DeadLetterQueue, IngestQueue } from '../../../lib/publish/ports.ts';

/** FIFO per group: up to `perGroup` letters of a group at once, and no more of it while one of them is in hand. */
export class MemoryDeadLetterQueue implements DeadLetterQueue {
  messages: DeadLetter[] = [];
  /** Characters of the largest body that leaves room for a mark. */
  limit = 100;
  readonly #inHand = new Set<string>();
  readonly #perGroup: number;
  #made = 0;

  constructor(perGroup = 10) {
    this.#perGroup = perGroup;
  }

  put(group: string, body: string, more: Partial<DeadLetter> = {}): string {
    const id = `m${++this.#made}`;
    this.messages.push({ id, group, body, receipt: id, ...more });
    return id;
  }

  async receive(): Promise<readonly DeadLetter[]> {
    const busy = new Set(this.messages.filter(({ id }) => this.#inHand.has(id)).map(({ group }) => group));
    const counts = new Map<string, number>();
    const first = this.messages.filter(({ group }) => {
      counts.set(group, (counts.get(group) ?? 0) + 1);
      return !busy.has(group) && (counts.get(group) ?? 0) <= this.#perGroup;
    });
    for (const { id } of first) this.#inHand.add(id);
    return first;
  }

  async count() {
    return { waiting: this.messages.length - this.#inHand.size, inHand: this.#inHand.size };
  }

  async remove({ id }: DeadLetter): Promise<void> {
    this.#inHand.delete(id);
    this.messages = this.messages.filter((message) => message.id !== id);
  }

  async requeue(message: DeadLetter, setBackBy: string): Promise<boolean> {
    if (message.body.length > this.limit) return false;
    await this.remove(message);
    this.put(message.group, message.body, {
      ...(message.reason ? { reason: message.reason } : {}),
      requeuedBy: setBackBy,
    });
    return true;
  }

  async replace(message: DeadLetter, group: string, body: string): Promise<string> {
    const id = this.put(group, body, message.sentBack === undefined ? {} : { sentBack: message.sentBack });
    await this.remove(message);
    return id;
  }

  async release({ id }: DeadLetter): Promise<void> {
    this.#inHand.delete(id);
  }
}

export class SentMessages implements IngestQueue {
  readonly bodies: unknown[] = [];
  readonly deduplicationIds = new Set<string>();
  readonly times: Array<number | undefined> = [];

  async send(_: string, body: string, deduplicationId: string, sentBack?: number): Promise<string> {
    this.times.push(sentBack);
    this.bodies.push(JSON.parse(body));
    this.deduplicationIds.add(deduplicationId);
    return `sent ${this.bodies.length}`;
  }
}
