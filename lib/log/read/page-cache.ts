/**
 * The answers to the readers of one channel, one for all who stand at the same place: built once from the newest blocks in memory, or read once from the log.
 */

import type { PollAnswer } from '../../protocol/doorbell.ts';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import type { Block } from '../block.ts';
import type { Head } from '../head.ts';
import type { EventLog } from '../ports.ts';
import { answerOf, eventsToRead, type Narrow } from './narrow.ts';
import { RecentBlocks } from './recent-blocks.ts';

/** Answers kept for readers who come to the same place: those who are woken stand at one, and a few others where they were when the last events came. */
const MAX_ANSWERS = 16;

export class PageCache {
  readonly #channel: string;
  readonly #log: EventLog;
  readonly #tail = new RecentBlocks();
  /** Those that were built from the tail for the present head. */
  readonly #built = new BoundedMap<string, PollAnswer>(MAX_ANSWERS);
  /** The same for narrow readers, who must not push out what all others share. */
  readonly #narrow = new BoundedMap<string, PollAnswer>(MAX_ANSWERS);
  /** Those that are being read from the log. */
  readonly #reads = new Map<string, Promise<PollAnswer>>();

  constructor(channel: string, log: EventLog) {
    this.#channel = channel;
    this.#log = log;
  }

  /** Keeps a block that was read, or came with a ring. */
  add(block: Block): void {
    this.#tail.add(block);
  }

  /** The head has moved: what was built for the last one serves nobody. */
  forget(): void {
    this.#built.clear();
    this.#narrow.clear();
  }

  /**
   * The answer to a reader who stands at `after`, behind `head`: from memory where the tail reaches back that far, else from the log, read once for all who
   * know of the same head. Whoever knows of more may not join a read that perhaps began before it. Throws what the log throws.
   */
  at(after: number, limit: number, head: Head, narrow?: Narrow): Promise<PollAnswer> | PollAnswer {
    const place = `${after}:${limit}:${head.vid}:${head.epoch}`;
    const key = narrow ? `${place}:${narrow.name}` : place;
    const answers = narrow ? this.#narrow : this.#built;
    const known = answers.get(key);
    if (known) return known;
    const tail = this.#tail.after(after, head);
    return tail
      ? answers.set(key, answerOf(this.#channel, after, head, tail, limit, narrow))
      : this.#read(key, after, limit, head, narrow);
  }

  /** As `RecentBlocks.after`. */
  blocksAfter(after: number, head: Head): readonly Block[] | undefined {
    return this.#tail.after(after, head);
  }

  #read(
    key: string,
    after: number,
    limit: number,
    head: Head,
    narrow: Narrow | undefined,
  ): Promise<PollAnswer> {
    let read = this.#reads.get(key);
    if (!read) {
      read = this.#log
        .read(this.#channel, after, eventsToRead(limit, narrow))
        .then((blocks) => answerOf(this.#channel, after, head, blocks, limit, narrow))
        .finally(() => this.#reads.delete(key));
      this.#reads.set(key, read);
    }
    return read;
  }
}
