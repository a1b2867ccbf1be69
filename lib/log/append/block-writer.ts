/**
 * Writing a channel's next block, where a publisher's view says that it goes. Before a number goes into the log it is reserved in the
 * channel's own item, so that it is not given out again when its block has expired.
 */

import type { Random } from '../../runtime/ports.ts';
import type { Logger, Meter } from '../../telemetry/ports.ts';
import { reasonOf } from '../../telemetry/reason.ts';
import { NEVER, widthOf } from '../block.ts';
import type { NewBlock } from '../ports.ts';
import { textOfMark } from '../queue-mark.ts';
import {
  mustSkip,
  noteBlock,
  RESERVE_STEP,
  type WriterState,
  type WriterStatePorts,
} from './writer-state.ts';

export interface WritePorts extends WriterStatePorts {
  /** How long a block is kept at least, in ms. */
  readonly retentionMs: number;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** What a block will hold. */
export type BlockContent = Pick<NewBlock, 'events' | 'bytes' | 'mark' | 'writers' | 'queueMark'>;

export class BlockWriter {
  readonly #ports: WritePorts;

  constructor(ports: WritePorts) {
    this.#ports = ports;
  }

  /**
   * Puts a block of this content right after the view's head. `conflict` when its numbers are taken, `other-life` when the channel was
   * made anew. The view learns what was reserved, not the block.
   */
  async put(
    state: WriterState,
    content: BlockContent,
    token: string,
  ): Promise<NewBlock | 'conflict' | 'other-life'> {
    const { clock, log, meter } = this.#ports;
    const begun = clock.elapsed();
    const last = state.head + widthOf(content);
    if (!(await this.#reserve(state, last))) return 'other-life';
    const block = this.#next(state, last, token, content);
    const outcome = await log.append(state.log, block);
    meter.record('AppendTime', clock.elapsed() - begun);
    if (outcome === 'conflict') return 'conflict';
    if (state.highWaterMark === 0) await this.#recordBirth(state, last);
    return block;
  }

  /** Passes over numbers that may have been given out and expired, where there are any. `conflict` when another publisher was first. */
  async skipGap(state: WriterState): Promise<'clear' | 'conflict' | 'other-life'> {
    const { log, clock, random } = this.#ports;
    if (!mustSkip(state, clock.now())) return 'clear';
    // Readers take the high-water mark for the head while nothing is kept. What is raised now may be passed by them, so it is skipped too.
    if (state.head >= state.highWaterMark && !(await this.#reserve(state, state.head + 1)))
      return 'other-life';
    const { writers, queueMark } = state;
    const block = this.#next(state, state.highWaterMark, random.id(), {
      events: [],
      ...(writers ? { writers } : {}),
      ...(queueMark ? { queueMark: textOfMark(queueMark) } : {}),
    });
    if ((await log.append(state.log, block)) === 'conflict') return 'conflict';
    noteBlock(state, { ...block, entries: [], textLength: 0 }, clock);
    return 'clear';
  }

  #next(state: WriterState, last: number, token: string, content: BlockContent): NewBlock {
    const { clock, retentionMs } = this.#ports;
    const now = clock.now();
    // A clock that is behind, or a retention that was shortened, must not let it expire before older blocks.
    // What ends the log is kept for good, or nothing would tell that it has ended.
    const expires = content.mark ? NEVER : Math.max(now + retentionMs, state.expires);
    const at = new Date(now).toISOString();
    return { first: state.head + 1, last, epoch: state.epoch, at, token, expires, ...content };
  }

  /** Makes sure that no number up to `last` can be given out again once its block has expired. */
  async #reserve(state: WriterState, last: number): Promise<boolean> {
    // At birth the block comes first: the other way round, a crash between the two would look like a channel whose first events expired.
    if (last <= state.highWaterMark || state.head === 0) return true;
    const { records } = this.#ports;
    const upTo = Math.ceil(last / RESERVE_STEP) * RESERVE_STEP;
    if (state.highWaterMark === 0) {
      const life = await records.begin(state.channel, { epoch: state.epoch, highWaterMark: upTo });
      state.highWaterMark = life.highWaterMark;
      if (life.epoch !== state.epoch) return false;
    }
    if (last <= state.highWaterMark) return true;
    const raised = await records.reserve(state.channel, state.epoch, upTo);
    if (raised) state.highWaterMark = upTo;
    return raised;
  }

  async #recordBirth(state: WriterState, last: number): Promise<void> {
    const { records, logger } = this.#ports;
    try {
      const reserved = Math.ceil(last / RESERVE_STEP) * RESERVE_STEP;
      state.highWaterMark = (
        await records.begin(state.channel, { epoch: state.epoch, highWaterMark: reserved })
      ).highWaterMark;
    } catch (error) {
      // The event is in the log; the next append records the birth before it goes on.
      const reason = reasonOf(error);
      logger.warn('a new channel could not be recorded yet', { channel: state.channel, reason });
    }
  }
}
