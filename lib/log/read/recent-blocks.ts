/**
 * The newest blocks of one channel, in memory, contiguous and bounded. What it holds was read from the log or came with a ring;
 * it is only ever a copy: where it does not reach back far enough, the log is read.
 */

import type { Block } from '../block.ts';
import type { Head } from '../head.ts';

/** Blocks kept: what a burst brings between two turns of a reader. At 256 KiB each, 4 MiB per channel at the very most. */
const MAX_BLOCKS = 16;

export class RecentBlocks {
  #blocks: Block[] = [];

  /** Takes a newer block; one that does not follow on directly, or is of another life, starts the tail anew. */
  add(block: Block): void {
    const newest = this.#blocks.at(-1);
    if (newest?.epoch === block.epoch && block.last <= newest.last) return;
    if (block.isBare) {
      this.#blocks = [];
      return;
    }
    if (newest?.epoch !== block.epoch || block.first !== newest.last + 1) this.#blocks = [];
    this.#blocks.push(block);
    if (this.#blocks.length > MAX_BLOCKS) this.#blocks.shift();
  }

  /**
   * The blocks that hold everything after `after`, up to `head` at least; undefined when the tail does not reach back that far, or forth: a process
   * may be told how far the log reaches without its events.
   */
  after(after: number, head: Head): readonly Block[] | undefined {
    const oldest = this.#blocks[0];
    const newest = this.#blocks.at(-1);
    if (!oldest || !newest || after + 1 < oldest.first) return undefined;
    if (newest.epoch !== head.epoch || newest.last < head.vid) return undefined;
    return this.#blocks.filter((block) => block.last > after);
  }
}
