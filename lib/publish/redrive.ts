/**
 * Redrive: what stands in the dead-letter queue goes back to the ingest queue, in order within each group. A message is removed only after it
 * was sent back, so a crash between the two sends it twice; its events keep their ids, so the log takes them once. What can never be
 * published stays, at the end of its group, where it holds up nobody; so does what ingest puts aside again.
 */

import { PushError } from '../errors.ts';
import { entriesJson } from '../log/block.ts';
import { queueable } from '../runtime/json.ts';
import type { Random } from '../runtime/ports.ts';
import { type Parsed, parseMessage } from './ingest.ts';
import type { ChannelSchemas, DeadLetter, DeadLetterQueues } from './ports.ts';

export interface RedrivePorts extends DeadLetterQueues {
  readonly random: Random;
  /** With them, what does not fit stays where it is. Without, ingest puts it aside again. */
  readonly schemas?: ChannelSchemas | undefined;
}

export interface RedriveOptions {
  /** Change nothing. Shows the first messages of each group only: those behind them cannot be seen while these are in hand. */
  readonly dryRun: boolean;
  /** Send back what can never be published, too, as it is. */
  readonly all: boolean;
  /** Most messages to send back, 0 or more. */
  readonly max: number;
  /** Messages that this redrive is about; all others are let go as they were. Absent: all. */
  readonly only?: (message: DeadLetter) => boolean;
}

/**
 * What became of a message. `forced`: sent back though it can never be published (`all`), so it will come again. `returned`: this run sent it
 * back and ingest has put it aside again already. `good` and `bad` in a dry run, which leaves both.
 */
export type Fate = 'sent' | 'forced' | 'left' | 'returned' | 'good' | 'bad';

export interface RedriveReport {
  readonly message: DeadLetter;
  readonly fate: Fate;
  /** Why it was here: what the message says, else what is wrong with it; undefined when it only failed too often. */
  readonly reason: string | undefined;
}

/**
 * Goes through the queue once and calls `tell` for each message; ends when no message is left that it could take. False when `max` or `stop`
 * left some. Throws `unavailable` when a queue cannot be reached: what was not sent is then where it was. May be repeated, and run beside
 * another.
 */
export function redrive(
  ports: RedrivePorts,
  options: RedriveOptions,
  tell: (told: RedriveReport) => void,
  stop?: { readonly aborted: boolean },
): Promise<boolean> {
  return new Round(ports, options, tell).go(stop);
}

/** Once round: what this run has seen or sent comes to the end of its group, and is not gone through again. */
class Round {
  readonly #ports: RedrivePorts;
  readonly #options: RedriveOptions;
  readonly #tell: (told: RedriveReport) => void;
  readonly #name: string;
  /** By id, with the newest receipt: one that stays in hand for longer than the queue hides it comes again. */
  readonly #inHand = new Map<string, DeadLetter>();
  /** Ids that the messages sent back have in the ingest queue. */
  readonly #sent = new Set<string>();

  constructor(ports: RedrivePorts, options: RedriveOptions, tell: (told: RedriveReport) => void) {
    this.#ports = ports;
    this.#options = options;
    this.#tell = tell;
    this.#name = ports.random.id();
  }

  async go(stop: { readonly aborted: boolean } | undefined): Promise<boolean> {
    const { deadLetters } = this.#ports;
    try {
      for (;;) {
        const messages = await deadLetters.receive();
        if (messages.length === 0) return true;
        const unknown = messages.filter(({ id }) => !this.#inHand.has(id));
        for (const message of messages) this.#inHand.set(message.id, message);
        for (const message of unknown) {
          if (stop?.aborted || this.#sent.size >= this.#options.max) return false;
          await this.#treat(message);
        }
      }
    } finally {
      // One that cannot be let go comes back by itself, only later.
      for (const message of this.#inHand.values()) await deadLetters.release(message).catch(() => undefined);
    }
  }

  async #treat(message: DeadLetter): Promise<void> {
    // Set back by this run, so its group has been gone through. It stays in hand, or it would come again at once.
    if (message.requeuedBy === this.#name) return;
    const { only = () => true } = this.#options;
    if (!only(message)) return;
    const isBack = this.#hasSent(message);
    const checked = checkDeadLetter(message, this.#ports.schemas);
    const good = typeof checked !== 'string';
    const reason = message.reason ?? (good ? undefined : checked);
    if (this.#options.dryRun) this.#tell({ message, reason, fate: good ? 'good' : 'bad' });
    else if (!isBack && (good || this.#options.all)) {
      this.#sent.add(await sendBack(this.#ports, message, good ? checked : undefined));
      this.#inHand.delete(message.id);
      this.#tell({ message, reason, fate: good ? 'sent' : 'forced' });
    } else {
      const marked = reason === undefined ? message : { ...message, reason };
      if (await this.#ports.deadLetters.requeue(marked, this.#name)) this.#inHand.delete(message.id);
      this.#tell({ message, reason, fate: isBack ? 'returned' : 'left' });
    }
  }

  /** SQS moves a message that failed too often under its own id; ingest puts one aside in a new message, which names the old one. */
  #hasSent({ id, putAsideFrom }: DeadLetter): boolean {
    return this.#sent.has(id) || (putAsideFrom !== undefined && this.#sent.has(putAsideFrom));
  }
}

/** The message as `ingest` would read it, or why it never could. */
export function checkDeadLetter(
  { id, group, body }: Pick<DeadLetter, 'id' | 'group' | 'body'>,
  schemas: ChannelSchemas | undefined,
): Parsed | string {
  try {
    return parseMessage({ id, group, body }, schemas);
  } catch (error) {
    // The schema itself is wrong, and not the message: ingest will see.
    if (schemas && error instanceof PushError && error.code === 'internal')
      return checkDeadLetter({ id, group, body }, undefined);
    return error instanceof Error ? error.message : 'unreadable';
  }
}

/** Resolves with the id that it has in the ingest queue. */
export async function sendBack(
  { deadLetters, ingestQueue, random }: RedrivePorts,
  message: DeadLetter,
  parsed: Parsed | undefined,
): Promise<string> {
  // Never the same deduplication id: SQS would take a message that comes back twice within 5 minutes for one, and it would be lost.
  const times = (message.sentBack ?? 0) + 1;
  const send = (body: string) => ingestQueue.send(message.group, body, random.id(), times);
  const sent = send(parsed ? withIds(message.group, parsed) : message.body).catch((error: unknown) => {
    if (error instanceof PushError) throw error;
    // With the ids it passes the queue's limit. As it was it goes; only what was in the log already may then be there twice.
    return send(message.body);
  });
  const id = await sent;
  await deadLetters.remove(message);
  return id;
}

/** The message with its events' ids written out: those made of its own id would be others in a new message. */
export function withIds(channel: string, { events }: Parsed): string {
  return queueable(`{"channel":${JSON.stringify(channel)},"events":${entriesJson(events)}}`);
}
