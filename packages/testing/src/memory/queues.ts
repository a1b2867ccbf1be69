/** The queues in memory: mailboxes, which deliver at least once and hide what was received; the ingest queue; and its dead letters. */

import type { DeadLetterSink, IngestQueue } from '../../../../lib/publish/ports.ts';
import type { Clock } from '../../../../lib/runtime/ports.ts';
import type { MailboxAddresses, Mailboxes, Message } from '../../../../lib/wakeup/ports.ts';

const RETENTION_MS = 60_000;
const VISIBILITY_MS = 60_000;
const BATCH = 10;

interface Queued {
  readonly id: number;
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
}

interface Queue {
  readonly messages: Queued[];
  /** Aborted when something changes, to stir those who wait in `receive`. */
  change: AbortController;
}

export class MemoryMailboxes implements Mailboxes, MailboxAddresses {
  readonly #clock: Clock;
  readonly #queues = new Map<string, Queue>();
  #sent = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async open(name: string): Promise<string> {
    const address = await this.addressOf(name);
    if (!this.#queues.has(address))
      this.#queues.set(address, { messages: [], change: new AbortController() });
    return address;
  }

  async addressOf(name: string): Promise<string> {
    return `memory:${name}`;
  }

  async receive(
    mailbox: string,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<readonly Message[] | 'gone'> {
    const until = this.#clock.elapsed() + waitSeconds * 1000;
    for (;;) {
      const queue = this.#queues.get(mailbox);
      if (!queue) return 'gone';
      const now = this.#clock.elapsed();
      const messages = queue.messages.filter(
        ({ visibleAt, sentAt }) => visibleAt <= now && now - sentAt < RETENTION_MS,
      );
      if (messages.length > 0) return messages.slice(0, BATCH).map((message) => take(message, now));
      if (now >= until || signal?.aborted) return [];
      const change = queue.change.signal;
      await this.#clock.sleep(until - now, signal ? AbortSignal.any([change, signal]) : change);
    }
  }

  async send(mailbox: string, body: string): Promise<'sent' | 'gone'> {
    const queue = this.#queues.get(mailbox);
    if (!queue) return 'gone';
    const sentAt = this.#clock.elapsed();
    this.#sent++;
    queue.messages.push({ id: this.#sent, body, sentAt, visibleAt: sentAt });
    stir(queue);
    return 'sent';
  }

  async remove(mailbox: string, receipts: readonly string[]): Promise<void> {
    const messages = this.#queues.get(mailbox)?.messages;
    for (const receipt of receipts) {
      const at = messages?.findIndex(({ id }) => String(id) === receipt) ?? -1;
      if (at >= 0) messages?.splice(at, 1);
    }
  }

  async close(name: string): Promise<void> {
    const queue = this.#queues.get(`memory:${name}`);
    this.#queues.delete(`memory:${name}`);
    if (queue) stir(queue);
  }

  async list(): Promise<readonly string[]> {
    return [...this.#queues.keys()].map((address) => address.slice('memory:'.length));
  }

  /** Bodies of the letters that have not been removed. */
  bodies(mailbox: string): readonly string[] {
    return this.#queues.get(mailbox)?.messages.map(({ body }) => body) ?? [];
  }
}

function take(message: Queued, now: number): Message {
  message.visibleAt = now + VISIBILITY_MS;
  return { body: message.body, receipt: String(message.id) };
}

function stir(queue: Queue): void {
  const before = queue.change;
  queue.change = new AbortController();
  before.abort();
}

const DEDUPLICATION_MS = 5 * 60_000;

export class MemoryIngestQueue implements IngestQueue {
  readonly #clock: Clock;
  readonly #sent = new Map<string, { readonly at: number; readonly id: string }>();
  readonly messages: Array<{ readonly channel: string; readonly body: string }> = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(channel: string, body: string, deduplicationId: string): Promise<string> {
    const at = this.#clock.elapsed();
    const before = this.#sent.get(deduplicationId);
    if (before && at - before.at < DEDUPLICATION_MS) return before.id;
    const id = `m${this.messages.length + 1}`;
    this.#sent.set(deduplicationId, { at, id });
    this.messages.push({ channel, body });
    return id;
  }
}

export class MemoryDeadLetters implements DeadLetterSink {
  readonly moved: Array<{ readonly id: string; readonly body: string; readonly reason: string }> = [];

  async moveToDlq({ id, body }: { id: string; group: string; body: string }, reason: string): Promise<void> {
    this.moved.push({ id, body, reason });
  }
}
