/** One look at a channel, without an arm: for a poll that does not wait. Nobody shares it. */

import type { Head } from '../log/head.ts';
import type { EventLog } from '../log/ports.ts';
import type { HeadReader } from '../log/read/head-reader.ts';
import { answerOf, eventsToRead, type Narrow } from '../log/read/narrow.ts';
import { RecentBlocks } from '../log/read/recent-blocks.ts';
import type { PollAnswer } from '../protocol/doorbell.ts';
import type { Sight } from './reader.ts';

export interface SingleCheckPorts {
  readonly log: EventLog;
  readonly headReader: HeadReader;
}

export class SingleCheck implements Sight {
  readonly isArmed = false;
  readonly #ports: SingleCheckPorts;
  readonly #channel: string;
  #head: Head | undefined;
  #tail = new RecentBlocks();

  constructor(ports: SingleCheckPorts, channel: string) {
    this.#ports = ports;
    this.#channel = channel;
  }

  /** Checks; always `fresh`, because the check begins with this call. Throws what the log throws. */
  async arrive(): Promise<{ readonly fresh: boolean }> {
    await this.checkAgain();
    return { fresh: true };
  }

  async checkAgain(): Promise<void> {
    const { head, block } = await this.#ports.headReader.check(this.#channel);
    this.#head = head;
    this.#tail = new RecentBlocks();
    if (block) this.#tail.add(block);
  }

  /** What the check proved; call after `arrive`. */
  get head(): Head {
    if (!this.#head) throw new Error('head is asked for before the first check');
    return this.#head;
  }

  async answer(after: number, limit: number, narrow?: Narrow): Promise<PollAnswer> {
    const { head } = this;
    const blocks =
      this.#tail.after(after, head) ??
      (await this.#ports.log.read(this.#channel, after, eventsToRead(limit, narrow)));
    return answerOf(this.#channel, after, head, blocks, limit, narrow);
  }
}
